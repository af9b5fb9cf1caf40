// The two times that decisions may depend on, read once per loop turn and passed in.
#pragma once

#include <cstdint>

namespace parley {

struct Now {
  int64_t mono_ms = 0;  // never goes back; for deadlines and timers
  int64_t wall_ms = 0;  // milliseconds since 1970 UTC; for people and records
  int64_t mono_us = 0;  // as mono_ms, finer; for measuring alone
  int64_t wall_us = 0;  // as wall_ms, finer; for comparing what several processes did
};

// The real clocks. Only shells call this.
[[nodiscard]] Now ReadClocks();

}  // namespace parley
