#include "bus/counters.h"

namespace parley::bus {

std::string_view NameOf(Count what) {
  switch (what) {
    case Count::kBatches:
      return "batches";
    case Count::kRequests:
      return "requests";
    case Count::kReplies:
      return "replies";
    case Count::kPublished:
      return "published";
    case Count::kEvents:
      return "events";
    case Count::kParked:
      return "parked";
    case Count::kQueued:
      return "queued";
    case Count::kMalformed:
      return "malformed";
    case Count::kMisplaced:
      return "misplaced";
    case Count::kStranger:
      return "stranger";
    case Count::kDuplicate:
      return "duplicate";
    case Count::kLate:
      return "late";
    case Count::kParkExpired:
      return "park_expired";
    case Count::kParkFull:
      return "park_full";
    case Count::kOverloaded:
      return "overloaded";
    case Count::kShed:
      return "shed";
    case Count::kUnanswered:
      return "unanswered";
    case Count::kReplyNoTarget:
      return "reply_no_target";
    case Count::kReplyPipeFull:
      return "reply_pipe_full";
    case Count::kEventPipeFull:
      return "event_pipe_full";
    case Count::kDroppablePipeFull:
      return "droppable_pipe_full";
    case Count::kPeerGoneBytes:
      return "peer_gone_bytes";
    case Count::kCount_:
      break;
  }
  return "?";
}

std::string Counters::Text() const {
  std::string text;
  for (size_t i = 0; i < values_.size(); ++i) {
    if (values_[i] == 0) continue;
    if (!text.empty()) text += ' ';
    text.append(NameOf(static_cast<Count>(i))).append("=").append(std::to_string(values_[i]));
  }
  return text;
}

}  // namespace parley::bus
