#include "frontend/out_queue.h"

#include <algorithm>

#include "common/base/check.h"

namespace parley::frontend {
namespace {

// A tail beyond this is sealed, so that what was sent of a long queue can be let go.
constexpr size_t kPieceBytes = 64 * 1024;
constexpr size_t kCopiedBytesMax = 1024;
// What the pool keeps for reuse.
constexpr size_t kFreeQueuesMax = 256;
constexpr size_t kKeptCapacityMax = 64 * 1024;

}  // namespace

void OutQueue::Seal() {
  if (tail_.empty()) return;
  sealed_bytes_ += tail_.size();
  sealed_.push_back(std::make_shared<const std::string>(std::move(tail_)));
  tail_.clear();
}

std::string& OutQueue::Tail() {
  if (tail_.size() >= kPieceBytes) Seal();
  return tail_;
}

void OutQueue::Share(const SharedBytes& bytes) {
  if (bytes->size() <= kCopiedBytesMax) {
    Tail().append(*bytes);
    return;
  }
  Seal();
  sealed_bytes_ += bytes->size();
  sealed_.push_back(bytes);
}

size_t OutQueue::Pieces(std::span<std::string_view> pieces) const {
  size_t count = 0;
  for (const SharedBytes& sealed : sealed_) {
    if (count == pieces.size()) break;
    pieces[count++] = *sealed;
  }
  if (count < pieces.size() && !tail_.empty()) pieces[count++] = tail_;
  if (count > 0) pieces[0].remove_prefix(sent_);
  return count;
}

void OutQueue::Consume(size_t size) {
  PARLEY_CHECK(size <= bytes());
  sent_ += size;
  size_t gone = 0;
  while (gone < sealed_.size() && sent_ >= sealed_[gone]->size()) {
    sent_ -= sealed_[gone]->size();
    sealed_bytes_ -= sealed_[gone]->size();
    ++gone;
  }
  if (gone > 0) sealed_.erase(sealed_.begin(), sealed_.begin() + static_cast<std::ptrdiff_t>(gone));
  if (sealed_.empty() && sent_ == tail_.size()) {
    tail_.clear();
    sent_ = 0;
  }
}

void OutQueue::Clear() {
  sealed_.clear();
  sealed_bytes_ = 0;
  tail_.clear();
  sent_ = 0;
}

std::unique_ptr<OutQueue> OutQueuePool::Borrow() {
  if (free_.empty()) return std::make_unique<OutQueue>();
  std::unique_ptr<OutQueue> queue = std::move(free_.back());
  free_.pop_back();
  return queue;
}

void OutQueuePool::GiveBack(std::unique_ptr<OutQueue> queue) {
  if (free_.size() >= kFreeQueuesMax || queue->tail_.capacity() > kKeptCapacityMax) return;
  queue->Clear();
  free_.push_back(std::move(queue));
}

}  // namespace parley::frontend
