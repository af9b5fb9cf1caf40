#include "common/metrics/pulse.h"

#include <algorithm>

#include "common/base/log.h"

namespace parley::metrics {

void Pulse::OnTurn(int64_t now_ms, const std::string& not_ready) {
  turned_ms_.store(now_ms, std::memory_order_relaxed);
  if (not_ready == told_) return;
  told_ = not_ready;
  const std::lock_guard lock(mutex_);
  not_ready_ = not_ready;
}

int64_t Pulse::AgeMs(int64_t now_ms) const {
  return std::max<int64_t>(now_ms - turned_ms_.load(std::memory_order_relaxed), 0);
}

std::string Pulse::Sick(int64_t now_ms) const {
  const int64_t age_ms = AgeMs(now_ms);
  if (age_ms <= kStuckMs) return {};
  return fmt::format("the main loop has not turned for {} ms", age_ms);
}

std::string Pulse::NotReady(int64_t now_ms) const {
  if (std::string sick = Sick(now_ms); !sick.empty()) return sick;
  const std::lock_guard lock(mutex_);
  return not_ready_;
}

}  // namespace parley::metrics
