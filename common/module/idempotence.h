// The memory of what was done: one row per change, kept kRequestIdKeptMs, under the id that makes a repetition.
#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "common/base/now.h"
#include "common/schema/codec.h"
#include "common/store/view.h"

namespace parley::module {

struct Done {
  std::string method;
  int64_t arguments_hash = 0;  // xxh64 of the canonical arguments
  schema::Encoded result;
  int64_t time_ms = 0;
  std::vector<int64_t> after;  // outbox numbers: the result is told once these have been acknowledged
  int64_t epoch = 0;           // of the hold on the slot in which it was done; rows of before there was this: 0
  static constexpr auto kFields = std::tuple{
      schema::Required("m", &Done::method), schema::Required("h", &Done::arguments_hash),
      schema::Required("r", &Done::result), schema::Required("t", &Done::time_ms),
      schema::Optional("a", &Done::after),  schema::Optional("e", &Done::epoch),
  };
};

//   'I' scope user id   what the client called `id`: the same user, at the same key (conversation, group or account)
struct ClientIdRow {
  static constexpr char kTable = 'I';
  std::string scope, user, id;
  static constexpr auto kKey = std::tuple{&ClientIdRow::scope, &ClientIdRow::user, &ClientIdRow::id};
  using Value = Done;
};

//   'R' request   the caller's own 128-bit id, in hex, where the client gave none
struct RequestIdRow {
  static constexpr char kTable = 'R';
  std::string request;
  static constexpr auto kKey = std::tuple{&RequestIdRow::request};
  using Value = Done;
};

// Removes what is old, a few rows at a time, going round all slots and both tables.
class IdempotenceSweep {
 public:
  // Looks at no more than `rows_max` rows of the current slot; moves on to the next when it has seen all of it.
  void Step(store::View& view, const std::array<Epoch, kSlots>& owned, const Now& now, int rows_max);

 private:
  int slot_ = 0;
  char table_ = ClientIdRow::kTable;
  std::string from_;  // key to go on at; empty: from the beginning
};

}  // namespace parley::module
