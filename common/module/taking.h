// One slot that this worker copies from another: what comes next, and when to ask again. Knows neither the bus nor the
// store.
#pragma once

#include <cstdint>

#include "common/base/check.h"
#include "common/base/ids.h"

namespace parley::module {

class Taking {
 public:
  static constexpr int64_t kAskAgainMs = 1'000;

  enum class State : uint8_t {
    kClearing,  // what is here of the slot from before is being removed
    kAsking,    // for part()
    kStoring,   // it has arrived, and is not durable yet
    kWhole,     // the last part is durable
  };

  Taking(int64_t move, NodeId from) : move_(move), from_(from) {}

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] int64_t move() const { return move_; }
  [[nodiscard]] NodeId from() const { return from_; }
  [[nodiscard]] int64_t part() const { return part_; }

  // Nothing of before is here.
  void Cleared() {
    PARLEY_CHECK(state_ == State::kClearing);
    state_ = State::kAsking;
  }
  // Whether to ask for part() now; it is taken for asked then.
  [[nodiscard]] bool Ask(int64_t now_ms) {
    if (state_ != State::kAsking || now_ms < ask_ms_) return false;
    ask_ms_ = now_ms + kAskAgainMs;
    return true;
  }
  // A part has arrived. False: it is not the one that is wanted.
  [[nodiscard]] bool Arrived(int64_t number) {
    if (state_ != State::kAsking || number != part_) return false;
    state_ = State::kStoring;
    return true;
  }
  // It is durable. True, once: hardly anything is missing any more.
  [[nodiscard]] bool Stored(bool behind, bool last) {
    PARLEY_CHECK(state_ == State::kStoring);
    state_ = last ? State::kWhole : State::kAsking;
    ++part_;
    ask_ms_ = 0;
    if (behind || caught_up_) return false;
    caught_up_ = true;
    return true;
  }

 private:
  int64_t move_;
  NodeId from_;
  State state_ = State::kClearing;
  int64_t part_ = 1;
  int64_t ask_ms_ = 0;  // when to ask (again)
  bool caught_up_ = false;
};

}  // namespace parley::module
