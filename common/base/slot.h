// Slots: how a module's key space is cut. The number is part of a cluster's data and never changes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace parley {

inline constexpr int kSlots = 256;
using Slot = uint8_t;
using Epoch = uint64_t;  // grows by one at each change of a slot's primary; 0: none yet

// xxh64(key) mod 256. The same on every machine, for ever.
[[nodiscard]] Slot SlotOf(std::string_view key);
[[nodiscard]] uint64_t Hash64(std::string_view bytes);
// Some key of that slot, for what is asked of a slot rather than of a key.
[[nodiscard]] const std::string& KeyOfSlot(Slot slot);

}  // namespace parley
