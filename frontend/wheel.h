// One coarse timer for every connection: deadlines that are seconds away, at the cost of two pointers each.
// A deadline fires up to one tick late, and never early.
#pragma once

#include <array>
#include <cstdint>

namespace parley::frontend {

// What is put on the wheel derives from this.
class Spoke {
 public:
  Spoke() = default;
  Spoke(const Spoke&) = delete;
  Spoke& operator=(const Spoke&) = delete;
  [[nodiscard]] bool on_wheel() const { return next_ != nullptr; }
  [[nodiscard]] int64_t due_ms() const { return due_ms_; }

 private:
  friend class Wheel;
  Spoke* previous_ = nullptr;
  Spoke* next_ = nullptr;
  int64_t due_ms_ = 0;
};

class Wheel {
 public:
  explicit Wheel(int64_t now_ms);
  Wheel(const Wheel&) = delete;
  Wheel& operator=(const Wheel&) = delete;

  // On the wheel already: moves it.
  void Put(Spoke& spoke, int64_t due_ms);
  void Remove(Spoke& spoke);

  // Takes off the wheel and hands over each that is due. `on_due` may put it back, and may remove any other.
  template <class F>
  void Advance(int64_t now_ms, F&& on_due) {
    const int64_t tick_now = now_ms / kTickMs;
    // After a long pause, one round sees every bucket.
    if (tick_now - tick_ > kBuckets) tick_ = tick_now - kBuckets;
    while (tick_ < tick_now) {
      ++tick_;
      // What is not due yet (put there from beyond the horizon) is moved on; a list of its own, so that what is put
      // back into this bucket waits for the next round.
      Spoke due;
      Splice(BucketOf(tick_), due);
      while (due.next_ != &due) {
        Spoke& spoke = *due.next_;
        Unlink(spoke);
        if (spoke.due_ms_ > now_ms) {
          Put(spoke, spoke.due_ms_);
        } else {
          on_due(spoke);
        }
      }
    }
  }

 private:
  static constexpr int64_t kTickMs = 50;
  static constexpr int64_t kBuckets = 2048;  // a horizon of 102 s; what is later is looked at once a round

  Spoke& BucketOf(int64_t tick) { return buckets_[static_cast<size_t>(tick % kBuckets)]; }
  static void Unlink(Spoke& spoke);
  static void Splice(Spoke& from, Spoke& to);

  std::array<Spoke, kBuckets> buckets_;
  int64_t tick_;
};

}  // namespace parley::frontend
