#include "client/backoff.h"

#include <algorithm>

namespace parley::client {

int64_t Backoff::Next(int64_t retry_after_ms, uint64_t random) {
  step_ms_ = step_ms_ == 0 ? first_ms_ : std::min(step_ms_ * 2, max_ms_);
  const int64_t half = step_ms_ / 2;
  const auto jitter = static_cast<int64_t>(random % (static_cast<uint64_t>(half) + 1));
  // The server spreads its clients over time too, but they all were told at once.
  if (retry_after_ms > 0) return retry_after_ms + jitter;
  return half + jitter;
}

}  // namespace parley::client
