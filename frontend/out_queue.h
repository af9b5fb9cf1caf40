// What waits to be sent to one client, and the pool from which connections borrow their queue while there is anything.
// An idle connection has none. Knows bytes, not messages.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace parley::frontend {

using SharedBytes = std::shared_ptr<const std::string>;

class OutQueue {
 public:
  // Where the next message is encoded: append to it, and keep no reference past the next call.
  std::string& Tail();
  // Bytes that other queues hold too. Small ones are copied: cheaper than one more piece to send.
  void Share(const SharedBytes& bytes);

  [[nodiscard]] bool empty() const { return bytes() == 0; }
  [[nodiscard]] size_t bytes() const { return sealed_bytes_ + tail_.size() - sent_; }
  // The first pieces to send, at most as many as fit; returns how many.
  size_t Pieces(std::span<std::string_view> pieces) const;
  // `size` bytes were sent.
  void Consume(size_t size);
  void Clear();

 private:
  friend class OutQueuePool;
  void Seal();

  std::vector<SharedBytes> sealed_;
  size_t sealed_bytes_ = 0;
  std::string tail_;
  size_t sent_ = 0;  // of the first piece
};

class OutQueuePool {
 public:
  std::unique_ptr<OutQueue> Borrow();
  void GiveBack(std::unique_ptr<OutQueue> queue);

 private:
  std::vector<std::unique_ptr<OutQueue>> free_;
};

}  // namespace parley::frontend
