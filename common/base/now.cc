#include "common/base/now.h"

#include <ctime>

namespace parley {
namespace {

int64_t ReadMs(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<int64_t>(t.tv_sec) * 1000 + t.tv_nsec / 1'000'000;
}

}  // namespace

Now ReadClocks() { return Now{ReadMs(CLOCK_MONOTONIC), ReadMs(CLOCK_REALTIME)}; }

}  // namespace parley
