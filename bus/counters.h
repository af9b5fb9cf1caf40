// What passed through the bus and what did not, by reason. Nothing is dropped without being counted here.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace parley::bus {

enum class Count : uint8_t {
  kBatches,
  kRequests,
  kReplies,
  kPublished,
  kEvents,
  kParked,
  kQueued,
  // From here on: what somebody did not get.
  kMalformed,          // the rest of a batch after bytes that are no envelope
  kMisplaced,          // an envelope of a kind that its sender may not send, or with a body that cannot be read
  kStranger,           // from a node that is not registered
  kDuplicate,          // asked again while the same request waits here
  kLate,               // its deadline passed while it waited here
  kParkExpired,        // no primary came in time
  kParkFull,           // too much is parked
  kOverloaded,         // the worker's queue is full
  kShed,               // a background request that made room for a realtime one
  kUnanswered,         // a worker did not answer before the deadline
  kReplyNoTarget,      // the caller is gone
  kReplyPipeFull,      // the caller does not keep up
  kEventPipeFull,      // the frontend does not keep up, and is told
  kDroppablePipeFull,  // the same, of events that may be missed
  kPeerGoneBytes,      // bytes that waited for a peer that is gone
  kCount_,
};

[[nodiscard]] std::string_view NameOf(Count what);

// Whether it counts what somebody did not get.
[[nodiscard]] constexpr bool IsDrop(Count what) { return what >= Count::kMalformed; }

class Counters {
 public:
  void Add(Count what, uint64_t n = 1) { values_[static_cast<size_t>(what)] += n; }
  [[nodiscard]] uint64_t Of(Count what) const { return values_[static_cast<size_t>(what)]; }
  // `name=value` of every count that is not zero.
  [[nodiscard]] std::string Text() const;
  bool operator==(const Counters&) const = default;

 private:
  std::array<uint64_t, static_cast<size_t>(Count::kCount_)> values_{};
};

}  // namespace parley::bus
