#include "common/testing/queue_executor.h"

namespace parley::testing {

bool QueueExecutor::Run(std::function<void()> work, std::function<void()> then) {
  if (!accept_) return false;
  queue_.emplace_back(std::move(work), std::move(then));
  return true;
}

bool QueueExecutor::Step() {
  if (queue_.empty()) return false;
  auto [work, then] = std::move(queue_.front());
  queue_.pop_front();
  work();
  then();
  return true;
}

}  // namespace parley::testing
