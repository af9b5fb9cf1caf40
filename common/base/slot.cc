#include "common/base/slot.h"

#include <xxhash.h>

namespace parley {

uint64_t Hash64(std::string_view bytes) { return XXH64(bytes.data(), bytes.size(), 0); }

Slot SlotOf(std::string_view key) { return static_cast<Slot>(Hash64(key) % kSlots); }

}  // namespace parley
