// When a session has waited too long: for the client's bytes, for the rest of a message, for the client to take what is
// sent. Each session is on one wheel with the earliest of its deadlines.
#pragma once

#include <cstdint>

#include "common/base/limits.h"
#include "frontend/session.h"
#include "frontend/wheel.h"

namespace parley::frontend {

struct Timeouts {
  int64_t idle_ms = limits::kIdleMs;
  int64_t anonymous_ms = limits::kAnonymousIdleMs;  // without a login
  int64_t incomplete_ms = limits::kIncompleteMs;
  int64_t stuck_ms = 30'000;   // the client takes nothing of what waits for it
  int64_t closing_ms = 5'000;  // from session.closed to the end of the connection
  int64_t attach_ms = 2'000;   // how long a login waits for the modules to know of it
  int64_t drain_ms = 8'000;    // how long draining waits for answers
};

// What is due.
enum class Due : uint8_t { kNothing, kIdle, kIncomplete, kStuck, kOver, kHeldAnswer, kResync };

class Deadlines {
 public:
  Deadlines(const Timeouts& timeouts, int64_t now_ms) : timeouts_(timeouts), wheel_(now_ms) {}

  // After a change that may bring a session's next deadline forward.
  void Update(Session& session, int64_t now_ms);
  void Remove(Session& session) { wheel_.Remove(session); }
  // The most urgent of what is due.
  [[nodiscard]] Due DueOf(const Session& session, int64_t now_ms) const;

  template <class F>
  void Advance(int64_t now_ms, F&& on_due) {
    wheel_.Advance(now_ms, [&](Spoke& spoke) {
      auto& session = static_cast<Session&>(spoke);
      on_due(session);
      if (session.phase != Session::Phase::kOver && !session.on_wheel()) wheel_.Put(session, NextMs(session, now_ms));
    });
  }

 private:
  [[nodiscard]] int64_t IdleMs(const Session& session) const;
  [[nodiscard]] int64_t NextMs(const Session& session, int64_t now_ms) const;

  const Timeouts timeouts_;
  Wheel wheel_;
};

}  // namespace parley::frontend
