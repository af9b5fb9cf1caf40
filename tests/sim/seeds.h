// How many seeds a test lives through.
#pragma once

#include <cstdint>

namespace parley::sim {

// A sanitizer makes each life some forty times as long, and looks at the code more than at the promises.
constexpr uint64_t SeedsOf(uint64_t all) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return all / 10;
#else
  return all;
#endif
}

}  // namespace parley::sim
