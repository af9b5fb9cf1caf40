// One worker's credit: how much it is given at a time, and what waits for its window.
//
// The window counts requests and bytes that the worker was given and has not answered. Realtime requests are served
// first; when the queue is full, background ones are shed, newest first, and then the newcomer is refused. Calls
// between modules bypass the window, since a worker that waits for another must not wait behind its own callers; they
// have a bound of their own.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "bus/outstanding.h"
#include "bus/waiting.h"
#include "common/wire/control.h"

namespace parley::bus {

class Lanes {
 public:
  explicit Lanes(const wire::Registration& worker);

  // Whether a request may go to the worker now, before anything that waits. It then counts as outstanding.
  [[nodiscard]] bool TakeNow(wire::Lane lane, NodeId source, const RequestId& request, size_t bytes,
                             int64_t deadline_ms);
  // Whether the same request waits here already.
  [[nodiscard]] bool Has(NodeId source, const RequestId& request) const;
  // Lets a request wait. Returns those that were turned away for want of room: background ones that made way, or the
  // request itself.
  std::vector<Waiting> Queue(Waiting waiting);
  // The next one that may go now, if any; it then counts as outstanding.
  std::optional<Waiting> Next();
  // All that waits, in order of lane and then arrival: the worker takes nothing more.
  std::vector<Waiting> TakeAll();

  // The worker answered. False when that request did not count.
  bool Answered(NodeId caller, const RequestId& request) { return outstanding_.Remove(caller, request); }
  // Calls `each` with those whose deadline passed while they waited; returns how many were never answered.
  template <class Each>
  size_t Expire(int64_t now_ms, Each&& each) {
    for (WaitingLine& line : lines_) line.Expire(now_ms, each);
    return outstanding_.Expire(now_ms);
  }

  [[nodiscard]] bool empty() const { return lines_[0].empty() && lines_[1].empty(); }
  [[nodiscard]] const Outstanding& outstanding() const { return outstanding_; }

 private:
  [[nodiscard]] bool WindowOpen() const;
  [[nodiscard]] bool RoomFor(size_t bytes) const;
  WaitingLine& LineOf(wire::Lane lane) { return lines_[lane == wire::Lane::kBackground ? 1 : 0]; }

  int64_t window_requests_, window_bytes_;
  Outstanding outstanding_;
  std::array<WaitingLine, 2> lines_;  // realtime, background
};

}  // namespace parley::bus
