// Removes what has expired, a few rows per second, going round all slots: sessions whose token has ended, and old
// changes of password. Nothing depends on when it comes by: what has expired is refused before.
#pragma once

#include "common/base/now.h"
#include "common/module/host.h"
#include "modules/user/presence.h"
#include "modules/user/rows.h"

namespace parley::user {

class Sweep {
 public:
  static constexpr int kRowsPerStep = 500;
  static constexpr int kSlotsPerStep = 16;

  void Step(module::Host& host, const Presence& presence);

 private:
  // What is left of the step's rows; 0 where the slot has more.
  int StepSessions(module::Context& ctx, const Presence& presence, int rows);
  int StepChanges(module::Context& ctx, int rows);
  void NextSlot();

  Slot slot_ = 0;
  bool sessions_done_ = false;  // of the slot
  SessionRow session_;          // where to go on
  PasswordChangeRow change_;
};

}  // namespace parley::user
