#include "common/base/now.h"

#include <ctime>

namespace parley {
namespace {

int64_t ReadUs(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<int64_t>(t.tv_sec) * 1'000'000 + t.tv_nsec / 1'000;
}

}  // namespace

Now ReadClocks() {
  const int64_t mono_us = ReadUs(CLOCK_MONOTONIC), wall_us = ReadUs(CLOCK_REALTIME);
  return Now{mono_us / 1'000, wall_us / 1'000, mono_us, wall_us};
}

}  // namespace parley
