#include "common/metrics/loop_watch.h"

#include <algorithm>

namespace parley::metrics {
namespace {

constexpr Family kTurnSeconds{"parley_loop_turn_seconds", FamilyType::kSeconds,
                              "How long turns of the main loop took; nothing else is done meanwhile."};
constexpr Family kLagSeconds{"parley_loop_lag_seconds", FamilyType::kSeconds,
                             "How late the main loop came to a timer of 100 ms."};

}  // namespace

void LoopWatch::OnTimer(int64_t now_us) {
  if (timer_us_ != 0) lags_.Add(std::max<int64_t>(now_us - timer_us_ - kLookMs * 1'000, 0));
  timer_us_ = now_us;
}

void LoopWatch::Report(Exposition& out) const {
  out.Add(kTurnSeconds, turns_);
  out.Add(kLagSeconds, lags_);
}

}  // namespace parley::metrics
