// Requests that wait inside the bus, oldest first: for a worker's window (lanes.h) or for a primary (parking.h).
#pragma once

#include <algorithm>
#include <deque>
#include <limits>
#include <string>
#include <unordered_set>

#include "bus/outstanding.h"
#include "common/base/check.h"
#include "common/base/ids.h"
#include "common/base/slot.h"
#include "common/wire/envelope.h"

namespace parley::bus {

struct Module;

struct Waiting {
  std::string envelope;  // whole and encoded, its source stamped
  Module* module = nullptr;
  Slot slot = 0;
  wire::Lane lane = wire::Lane::kRealtime;
  NodeId source;
  RequestId request;
  int64_t deadline_ms = 0;  // the caller's
  int64_t give_up_ms = 0;   // no later than the deadline
};

// Holds each request once.
class WaitingLine {
 public:
  // Not one that is here already: see Has().
  void Push(Waiting waiting) {
    PARLEY_CHECK(keys_.insert(RequestKey(waiting.source, waiting.request)).second);
    bytes_ += waiting.envelope.size();
    earliest_ms_ = std::min(earliest_ms_, waiting.give_up_ms);
    line_.push_back(std::move(waiting));
  }
  Waiting PopOldest() {
    Waiting oldest = std::move(line_.front());
    line_.pop_front();
    Forget(oldest);
    return oldest;
  }
  Waiting PopNewest() {
    Waiting newest = std::move(line_.back());
    line_.pop_back();
    Forget(newest);
    return newest;
  }
  // Takes out those that are given up by now, and calls `each` with them.
  template <class Each>
  void Expire(int64_t now_ms, Each&& each) {
    if (now_ms < earliest_ms_) return;
    earliest_ms_ = kNever;
    std::erase_if(line_, [&](const Waiting& waiting) {
      if (waiting.give_up_ms > now_ms) {
        earliest_ms_ = std::min(earliest_ms_, waiting.give_up_ms);
        return false;
      }
      Forget(waiting);
      each(waiting);
      return true;
    });
  }
  [[nodiscard]] bool Has(NodeId source, const RequestId& request) const {
    return keys_.contains(RequestKey(source, request));
  }

  [[nodiscard]] bool empty() const { return line_.empty(); }
  [[nodiscard]] size_t count() const { return line_.size(); }
  [[nodiscard]] size_t bytes() const { return bytes_; }

 private:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

  void Forget(const Waiting& waiting) {
    keys_.erase(RequestKey(waiting.source, waiting.request));
    bytes_ -= waiting.envelope.size();
  }

  std::deque<Waiting> line_;
  std::unordered_set<uint64_t> keys_;
  size_t bytes_ = 0;
  int64_t earliest_ms_ = kNever;  // none is given up before
};

}  // namespace parley::bus
