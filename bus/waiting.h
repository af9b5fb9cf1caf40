// Requests that wait inside the bus, oldest first: for a worker's window (lanes.h) or for a primary (parking.h).
#pragma once

#include <algorithm>
#include <deque>
#include <string>

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

class WaitingLine {
 public:
  void Push(Waiting waiting) {
    bytes_ += waiting.envelope.size();
    line_.push_back(std::move(waiting));
  }
  Waiting PopOldest() {
    Waiting oldest = std::move(line_.front());
    line_.pop_front();
    bytes_ -= oldest.envelope.size();
    return oldest;
  }
  Waiting PopNewest() {
    Waiting newest = std::move(line_.back());
    line_.pop_back();
    bytes_ -= newest.envelope.size();
    return newest;
  }
  // Takes out those that are given up by now, and calls `each` with them.
  template <class Each>
  void Expire(int64_t now_ms, Each&& each) {
    std::erase_if(line_, [&](const Waiting& waiting) {
      if (waiting.give_up_ms > now_ms) return false;
      bytes_ -= waiting.envelope.size();
      each(waiting);
      return true;
    });
  }
  [[nodiscard]] bool Has(NodeId source, const RequestId& request) const {
    return std::ranges::any_of(
        line_, [&](const Waiting& waiting) { return waiting.request == request && waiting.source == source; });
  }

  [[nodiscard]] bool empty() const { return line_.empty(); }
  [[nodiscard]] size_t count() const { return line_.size(); }
  [[nodiscard]] size_t bytes() const { return bytes_; }

 private:
  std::deque<Waiting> line_;
  size_t bytes_ = 0;
};

}  // namespace parley::bus
