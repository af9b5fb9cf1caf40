// What a worker's own store says of the slots in it.
#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>

#include "common/base/slot.h"
#include "common/schema/codec.h"
#include "common/store/key.h"

namespace parley::module {

struct Owned {
  int64_t epoch = 0;
  bool copy = false;
  static constexpr auto kFields = std::tuple{schema::Required("e", &Owned::epoch), schema::Optional("c", &Owned::copy)};
};

//   'E' (nothing else)   this worker was last primary of the slot in this epoch; or, a copy: it holds the whole of what
//   the primary of that epoch gave away, and the bus has not told it yet whose the slot is. No row: what is here of the
//   slot is a copy that never became whole, or one that is being removed.
struct OwnedRow {
  static constexpr char kTable = 'E';
  static constexpr std::tuple<> kKey{};
  using Value = Owned;
};

// Whether a row goes with its slot when that moves: all but what is said of this store itself (tables 'E' and FF).
[[nodiscard]] inline bool MovesWithSlot(std::string_view key) {
  return key.size() >= 2 && key[1] != OwnedRow::kTable && key[1] != '\xFF';
}

}  // namespace parley::module
