// An executor whose work waits until the test lets it run.
#pragma once

#include <deque>
#include <functional>
#include <utility>

#include "common/module/host.h"

namespace parley::testing {

class QueueExecutor final : public module::Executor {
 public:
  bool Run(std::function<void()> work, std::function<void()> then) override;
  // Runs the oldest piece, and what follows it. False when there is none.
  bool Step();
  void Drop() { queue_.clear(); }
  [[nodiscard]] size_t size() const { return queue_.size(); }
  // What Run() answers from now on.
  void Accept(bool accept) { accept_ = accept; }

 private:
  bool accept_ = true;
  std::deque<std::pair<std::function<void()>, std::function<void()>>> queue_;
};

}  // namespace parley::testing
