#include "bus/parking.h"

#include "bus/limits.h"

namespace parley::bus {

Parking::Verdict Parking::Park(Waiting& waiting, int64_t now_ms) {
  const auto key = std::pair(waiting.module, waiting.slot);
  const auto found = lines_.find(key);
  if (found != lines_.end() && found->second.Has(waiting.source, waiting.request)) return Verdict::kDuplicate;
  const size_t bytes = waiting.envelope.size();
  if (count_ >= kParkedRequestsMax || bytes_ + bytes > kParkedBytesMax) return Verdict::kFull;
  waiting.give_up_ms = std::min(now_ms + park_ms_, waiting.deadline_ms);
  ++count_;
  bytes_ += bytes;
  lines_[key].Push(std::move(waiting));
  return Verdict::kParked;
}

std::vector<Waiting> Parking::Take(Module& module, Slot slot) {
  std::vector<Waiting> taken;
  const auto it = lines_.find({&module, slot});
  if (it == lines_.end()) return taken;
  count_ -= it->second.count();
  bytes_ -= it->second.bytes();
  while (!it->second.empty()) taken.push_back(it->second.PopOldest());
  lines_.erase(it);
  return taken;
}

}  // namespace parley::bus
