// How long to wait before trying again: longer each time, never at the same moment as everybody else.
#pragma once

#include <cstdint>

namespace parley::client {

class Backoff {
 public:
  Backoff() = default;
  Backoff(int64_t first_ms, int64_t max_ms) : first_ms_(first_ms), max_ms_(max_ms) {}

  // Milliseconds to wait now. Not less than `retry_after_ms` (0: the server asked for nothing). `random` is any number:
  // it spreads the answer over half of the step, so that a thousand clients do not come back as one.
  [[nodiscard]] int64_t Next(int64_t retry_after_ms, uint64_t random);
  // It worked: the next failure starts over.
  void Reset() { step_ms_ = 0; }

 private:
  int64_t first_ms_ = 250;
  int64_t max_ms_ = 15'000;
  int64_t step_ms_ = 0;
};

}  // namespace parley::client
