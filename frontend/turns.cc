#include "frontend/turns.h"

#include "common/base/check.h"

namespace parley::frontend {

void Turns::Wait(uint64_t session, Waiting waiting) { lines_[session].waiting.push_back(std::move(waiting)); }

std::optional<Turns::Waiting> Turns::Next(uint64_t session) {
  const auto it = lines_.find(session);
  if (it == lines_.end() || it->second.waiting.empty() || it->second.under_way >= kUnderWayMax) return std::nullopt;
  Waiting next = std::move(it->second.waiting.front());
  it->second.waiting.pop_front();
  ++it->second.under_way;
  return next;
}

void Turns::Done(uint64_t session) {
  const auto it = lines_.find(session);
  if (it == lines_.end()) return;  // forgotten with its session
  PARLEY_CHECK(it->second.under_way > 0);
  --it->second.under_way;
  Tidy(session);
}

size_t Turns::Forget(uint64_t session) {
  const auto it = lines_.find(session);
  if (it == lines_.end()) return 0;
  size_t bytes = 0;
  for (const Waiting& waiting : it->second.waiting) bytes += waiting.envelope.size();
  lines_.erase(it);
  return bytes;
}

void Turns::Tidy(uint64_t session) {
  const auto it = lines_.find(session);
  if (it != lines_.end() && it->second.under_way == 0 && it->second.waiting.empty()) lines_.erase(it);
}

}  // namespace parley::frontend
