// How long a session lives.
#pragma once

#include <cstdint>

namespace parley::user {

inline constexpr int64_t kTokenLifeMs = 30LL * 24 * 3'600'000;
// Uses are written down at most this often, so that a session that is resumed all the time costs no writes.
inline constexpr int64_t kUsedGrainMs = 3'600'000;

// Never early: the last use may have been a grain after the one that was written down.
[[nodiscard]] constexpr bool HasExpired(int64_t used_ms, int64_t now_ms) {
  return now_ms > used_ms + kTokenLifeMs + kUsedGrainMs;
}
[[nodiscard]] constexpr bool IsStale(int64_t used_ms, int64_t now_ms) { return now_ms >= used_ms + kUsedGrainMs; }

}  // namespace parley::user
