#include "common/base/slot.h"

#include <xxhash.h>

#include <array>

namespace parley {

uint64_t Hash64(std::string_view bytes) { return XXH64(bytes.data(), bytes.size(), 0); }

Slot SlotOf(std::string_view key) { return static_cast<Slot>(Hash64(key) % kSlots); }

const std::string& KeyOfSlot(Slot slot) {
  static const auto kKeys = [] {
    std::array<std::string, kSlots> keys;
    int missing = kSlots;
    for (int i = 0; missing > 0; ++i) {
      std::string key = std::to_string(i);
      std::string& place = keys[SlotOf(key)];
      if (!place.empty()) continue;
      place = std::move(key);
      --missing;
    }
    return keys;
  }();
  return kKeys[slot];
}

}  // namespace parley
