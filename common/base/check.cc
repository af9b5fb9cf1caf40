#include "common/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace parley {

void CheckFailed(const char* condition, const char* file, int line) noexcept {
  // Not through the logger: it may be what is broken.
  std::fprintf(stderr, "%s:%d: invariant broken: %s\n", file, line, condition);
  std::fflush(stderr);
  std::abort();
}

}  // namespace parley
