#include "frontend/deadlines.h"

#include <algorithm>

namespace parley::frontend {
namespace {

// While requests are open, or the client takes nothing, silence is not idleness.
bool IsWaiting(const Session& session) { return !session.open.empty() || session.blocked_ms != 0; }

}  // namespace

int64_t Deadlines::IdleMs(const Session& session) const {
  const int64_t silence =
      session.user == nullptr ? std::min(timeouts_.anonymous_ms, timeouts_.idle_ms) : timeouts_.idle_ms;
  return session.heard_ms + silence;
}

int64_t Deadlines::NextMs(const Session& session, int64_t now_ms) const {
  if (session.phase == Session::Phase::kClosing) return session.closing_ms + timeouts_.closing_ms;
  // A busy session is looked at again when it might have become idle.
  int64_t next = std::max(IdleMs(session), IsWaiting(session) ? now_ms + 1'000 : 0);
  if (session.inbound.incomplete()) {
    next = std::min(next, session.inbound.incomplete_since_ms() + timeouts_.incomplete_ms);
  }
  if (session.blocked_ms != 0) next = std::min(next, session.blocked_ms + timeouts_.stuck_ms);
  if (session.held != nullptr) next = std::min(next, session.held->until_ms);
  if (session.resync_ms != 0) next = std::min(next, session.resync_ms);
  return next;
}

void Deadlines::Update(Session& session, int64_t now_ms) {
  if (session.phase == Session::Phase::kOver) return;
  const int64_t next = NextMs(session, now_ms);
  if (!session.on_wheel() || next < session.due_ms()) wheel_.Put(session, next);
}

Due Deadlines::DueOf(const Session& session, int64_t now_ms) const {
  if (session.phase == Session::Phase::kOver) return Due::kNothing;
  if (session.phase == Session::Phase::kClosing) {
    return now_ms >= session.closing_ms + timeouts_.closing_ms ? Due::kOver : Due::kNothing;
  }
  if (session.inbound.incomplete() && now_ms >= session.inbound.incomplete_since_ms() + timeouts_.incomplete_ms) {
    return Due::kIncomplete;
  }
  if (session.blocked_ms != 0 && now_ms >= session.blocked_ms + timeouts_.stuck_ms) return Due::kStuck;
  if (session.held != nullptr && now_ms >= session.held->until_ms) return Due::kHeldAnswer;
  if (session.resync_ms != 0 && now_ms >= session.resync_ms) return Due::kResync;
  if (!IsWaiting(session) && now_ms >= IdleMs(session)) return Due::kIdle;
  return Due::kNothing;
}

}  // namespace parley::frontend
