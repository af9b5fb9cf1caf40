#include "common/io/offload.h"

namespace parley::io {

Offload::Offload(Loop& loop, int threads, size_t queued_max) : loop_(loop), queued_max_(queued_max) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { ThreadMain(); });
}

Offload::~Offload() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool Offload::Run(std::function<void()> work, std::function<void()> then) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= queued_max_) return false;
    queue_.emplace_back(std::move(work), std::move(then));
  }
  wake_.notify_one();
  return true;
}

size_t Offload::queued() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void Offload::ThreadMain() {
  for (;;) {
    std::pair<std::function<void()>, std::function<void()>> piece;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      piece = std::move(queue_.front());
      queue_.pop_front();
    }
    piece.first();
    loop_.Post(std::move(piece.second));
  }
}

}  // namespace parley::io
