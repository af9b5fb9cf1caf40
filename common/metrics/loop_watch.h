// Measures a main loop: how long its turns take, and how late it comes to what is due.
#pragma once

#include "common/metrics/exposition.h"

namespace parley::metrics {

class LoopWatch {
 public:
  static constexpr int64_t kLookMs = 100;

  // A turn ended; it began at `began_us`.
  void OnTurn(int64_t began_us, int64_t now_us) { turns_.Add(now_us - began_us); }
  // A timer of kLookMs fired.
  void OnTimer(int64_t now_us);

  void Report(Exposition& out) const;

 private:
  Distribution turns_, lags_;
  int64_t timer_us_ = 0;  // when it fired last
};

}  // namespace parley::metrics
