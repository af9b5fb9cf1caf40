#include "bus/pipe.h"

#include "bus/limits.h"

namespace parley::bus {

bool Pipe::full() const { return bytes_ >= kPipeBytesMax; }

void Pipe::Seal() {
  sealed_.push_back(std::move(open_));
  open_.clear();
}

char* Pipe::Append(std::string_view envelope) {
  if (!open_.empty() && open_.size() + envelope.size() > kBatchBytes) Seal();
  const size_t at = open_.size();
  open_.append(envelope);
  bytes_ += envelope.size();
  return open_.data() + at;
}

void Pipe::Append(const wire::Envelope& envelope) {
  const size_t size = wire::EncodedBytes(envelope);
  if (!open_.empty() && open_.size() + size > kBatchBytes) Seal();
  wire::Append(open_, envelope);
  bytes_ += size;
}

void Pipe::TellDropped() {
  // Half the bound: or it would be told again and again at the edge.
  if (!dropped_ || bytes_ > kPipeEventBytesMax / 2) return;
  dropped_ = false;
  wire::Envelope notice;
  notice.kind = wire::Kind::kDropped;
  Append(notice);
}

Pipe::Event Pipe::AppendEvent(std::string_view envelope, uint8_t flags, NodeId source) {
  TellDropped();
  // Once one is dropped all are, until the peer has been told: what comes after a hole must not look like no hole.
  if ((flags & wire::kDroppable) != 0 && (dropped_ || bytes_ + envelope.size() > kPipeDroppableBytesMax)) {
    return Event::kMissed;
  }
  if (dropped_ || bytes_ + envelope.size() > kPipeEventBytesMax) {
    dropped_ = true;
    return Event::kDropped;
  }
  char* at = Append(envelope);
  wire::StampKind(at, wire::Kind::kEvent);
  wire::StampSource(at, source);
  return Event::kTaken;
}

Sent Pipe::Flush(std::string_view identity, Outbound& outbound, int64_t now_ms) {
  while (bytes_ > 0) {
    const std::string& batch = sealed_.empty() ? open_ : sealed_.front();
    const Sent sent = outbound.Send(identity, batch);
    if (sent == Sent::kFull && stuck_since_ms_ == 0) stuck_since_ms_ = now_ms;
    if (sent != Sent::kYes) return sent;
    stuck_since_ms_ = 0;
    bytes_ -= batch.size();
    if (!sealed_.empty()) {
      sealed_.pop_front();
    } else {
      open_.clear();
      if (open_.capacity() > 4 * kBatchBytes) open_.shrink_to_fit();
    }
  }
  return Sent::kYes;
}

}  // namespace parley::bus
