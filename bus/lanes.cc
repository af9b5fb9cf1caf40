#include "bus/lanes.h"

#include "bus/limits.h"

namespace parley::bus {

Lanes::Lanes(const wire::Registration& worker)
    : window_requests_(worker.window_requests > 0 ? worker.window_requests : kWindowRequests),
      window_bytes_(worker.window_bytes > 0 ? worker.window_bytes : kWindowBytes) {}

// The last request may overstep the bytes: or one larger than the whole window would never go.
bool Lanes::WindowOpen() const {
  const Tally& out = outstanding_.windowed();
  return out.requests < window_requests_ && out.bytes < window_bytes_;
}

bool Lanes::RoomFor(size_t bytes) const {
  return lines_[0].count() + lines_[1].count() < kLaneRequestsMax &&
         lines_[0].bytes() + lines_[1].bytes() + bytes <= kLaneBytesMax;
}

bool Lanes::TakeNow(wire::Lane lane, NodeId source, const RequestId& request, size_t bytes, int64_t deadline_ms) {
  const bool internal = lane == wire::Lane::kInternal;
  const Tally& inside = outstanding_.internal();
  const bool open =
      internal ? inside.requests < kInternalRequestsMax && inside.bytes < kInternalBytesMax : empty() && WindowOpen();
  if (!open) return false;
  outstanding_.Add(source, request, static_cast<uint32_t>(bytes), internal, deadline_ms + kAnswerGraceMs);
  return true;
}

bool Lanes::Has(NodeId source, const RequestId& request) const {
  return lines_[0].Has(source, request) || lines_[1].Has(source, request);
}

std::vector<Waiting> Lanes::Queue(Waiting waiting) {
  std::vector<Waiting> turned_away;
  const size_t bytes = waiting.envelope.size();
  if (waiting.lane == wire::Lane::kRealtime) {
    while (!RoomFor(bytes) && !lines_[1].empty()) turned_away.push_back(lines_[1].PopNewest());
  }
  if (waiting.lane != wire::Lane::kInternal && RoomFor(bytes)) {
    auto& line = LineOf(waiting.lane);
    line.Push(std::move(waiting));
  } else {
    turned_away.push_back(std::move(waiting));
  }
  return turned_away;
}

std::optional<Waiting> Lanes::Next() {
  if (empty() || !WindowOpen()) return std::nullopt;
  Waiting next = (lines_[0].empty() ? lines_[1] : lines_[0]).PopOldest();
  outstanding_.Add(next.source, next.request, static_cast<uint32_t>(next.envelope.size()), false,
                   next.deadline_ms + kAnswerGraceMs);
  return next;
}

std::vector<Waiting> Lanes::TakeAll() {
  std::vector<Waiting> all;
  for (WaitingLine& line : lines_) {
    while (!line.empty()) all.push_back(line.PopOldest());
  }
  return all;
}

}  // namespace parley::bus
