#include "modules/user/sweep.h"

#include <vector>

#include "common/module/context.h"
#include "modules/user/session_life.h"
#include "modules/user/user.h"

namespace parley::user {

void Sweep::Step(module::Host& host, const Presence& presence) {
  int rows = kRowsPerStep;
  for (int slots = 0; slots < kSlotsPerStep && rows > 0; ++slots) {
    host.InSlot(slot_, [&](module::Context& ctx) {
      if (!sessions_done_) rows = StepSessions(ctx, presence, rows);
      if (sessions_done_) rows = StepChanges(ctx, rows);
    });
    if (rows > 0) NextSlot();
  }
}

int Sweep::StepSessions(module::Context& ctx, const Presence& presence, int rows) {
  store::SlotView view = ctx.view();
  const int64_t now_ms = ctx.now().wall_ms;
  bool more = false;
  view.ScanFrom<SessionRow>(session_, store::Order::kAscending, [&](const SessionRow& row, const Session& session) {
    if (rows == 0) {
      session_ = row;
      more = true;
      return false;
    }
    --rows;
    if (presence.Connected(row.user, row.session)) {
      // A connection is a use, however long it lasts.
      if (IsStale(session.used_ms, now_ms - kDayMs)) {
        Session used = session;
        used.used_ms = now_ms;
        view.Put(row, used);
      }
    } else if (HasExpired(session.used_ms, now_ms)) {
      view.Delete(row);
    }
    return true;
  });
  sessions_done_ = !more;
  return rows;
}

int Sweep::StepChanges(module::Context& ctx, int rows) {
  store::SlotView view = ctx.view();
  const int64_t now_ms = ctx.now().wall_ms;
  view.ScanFrom<PasswordChangeRow>(change_, store::Order::kAscending,
                                   [&](const PasswordChangeRow& row, const PasswordChange& change) {
                                     if (rows == 0) {
                                       change_ = row;
                                       return false;
                                     }
                                     --rows;
                                     if (now_ms - change.time_ms > kRepeatMs) view.Delete(row);
                                     return true;
                                   });
  return rows;
}

void Sweep::NextSlot() {
  ++slot_;  // round and round: a Slot has as many values as there are slots
  sessions_done_ = false;
  session_ = {};
  change_ = {};
}

}  // namespace parley::user
