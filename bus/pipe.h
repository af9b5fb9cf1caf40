// What waits to be sent to one peer, gathered into batches. Knows nothing of what the envelopes mean, but for events:
// they are the first to be dropped when the peer does not keep up, and the peer is told once there is room again.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "bus/outbound.h"
#include "common/wire/envelope.h"

namespace parley::bus {

class Pipe {
 public:
  // Appends a copy and returns where it is, for stamping; valid until the next call. The caller looks at full() first,
  // or knows that what it sends is small and rare.
  char* Append(std::string_view envelope);
  void Append(const wire::Envelope& envelope);

  enum class Event : uint8_t { kTaken, kDropped, kMissed };
  // An event, passed on as one: kEvent, from `source`. kDropped: no room, and the peer will be told. kMissed: no room
  // for an event that may be missed.
  Event AppendEvent(std::string_view envelope, uint8_t flags, NodeId source);
  // Tells the peer of dropped events as soon as there is room.
  void TellDropped();

  // Sends what is here, batch by batch, until the peer takes no more. kYes: everything left.
  Sent Flush(std::string_view identity, Outbound& outbound, int64_t now_ms);

  [[nodiscard]] bool empty() const { return bytes_ == 0; }
  [[nodiscard]] bool full() const;
  [[nodiscard]] size_t bytes() const { return bytes_; }
  // Since when the peer has taken nothing; 0: it keeps up.
  [[nodiscard]] int64_t stuck_since_ms() const { return stuck_since_ms_; }

 private:
  void Seal();

  std::string open_;                // the batch being gathered; keeps its memory
  std::deque<std::string> sealed_;  // older ones
  size_t bytes_ = 0;
  bool dropped_ = false;
  int64_t stuck_since_ms_ = 0;
};

}  // namespace parley::bus
