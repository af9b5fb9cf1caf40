// Helper threads for slow work: password hashing, disk sync. Values go in, values come back on the loop's thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "common/io/loop.h"

namespace parley::io {

class Offload {
 public:
  // `threads` threads that run at most `queued_max` waiting pieces of work.
  Offload(Loop& loop, int threads, size_t queued_max);
  ~Offload();  // waits for the running work; what still waited is dropped, its `then` is never called

  // Runs `work` on a helper thread and then `then` on the loop's thread. False when the queue is full: nothing happens.
  [[nodiscard]] bool Run(std::function<void()> work, std::function<void()> then);
  [[nodiscard]] size_t queued() const;
  [[nodiscard]] int threads() const { return static_cast<int>(threads_.size()); }

 private:
  void ThreadMain();

  Loop& loop_;
  const size_t queued_max_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::deque<std::pair<std::function<void()>, std::function<void()>>> queue_;
  std::vector<std::thread> threads_;
};

}  // namespace parley::io
