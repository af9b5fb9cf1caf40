// Whether what one sender was promised is what its partner got: each message once, under the promised seq, in order.
// Keeps sums instead of lists, so that it costs nothing however long the load runs.
#pragma once

#include <cstdint>

namespace parley::bench {

class Ledger {
 public:
  // The server acknowledged message `number` with `seq`.
  void Acknowledged(uint32_t number, uint64_t seq) {
    ++acknowledged_;
    promised_ += Mix(number, seq);
  }
  // The partner received it.
  void Received(uint32_t number, uint64_t seq) {
    if (seq == last_seq_) {
      ++twice_;
    } else if (seq < last_seq_) {
      ++disordered_;
    } else {
      last_seq_ = seq;
    }
    ++received_;
    kept_ += Mix(number, seq);
  }

  [[nodiscard]] uint64_t acknowledged() const { return acknowledged_; }
  [[nodiscard]] uint64_t received() const { return received_; }
  // Messages of which both is true.
  [[nodiscard]] uint64_t delivered() const { return acknowledged_ < received_ ? acknowledged_ : received_; }
  [[nodiscard]] uint64_t missing() const { return acknowledged_ > received_ ? acknowledged_ - received_ : 0; }
  [[nodiscard]] uint64_t twice() const { return twice_; }
  [[nodiscard]] uint64_t disordered() const { return disordered_; }
  // Once all is quiet: what was received is exactly what was promised.
  [[nodiscard]] bool agrees() const { return acknowledged_ == received_ && promised_ == kept_; }

 private:
  // splitmix64, so that sums of different sets of (number, seq) practically never agree.
  static uint64_t Mix(uint32_t number, uint64_t seq) {
    uint64_t x = seq * 0x9E3779B97F4A7C15ULL + number;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
    return x ^ (x >> 31);
  }

  uint64_t acknowledged_ = 0, received_ = 0;
  uint64_t promised_ = 0, kept_ = 0;
  uint64_t last_seq_ = 0;
  uint64_t twice_ = 0, disordered_ = 0;
};

// That the records of one conversation are dense: as many as there are numbers from the first to the last.
class Density {
 public:
  void Saw(uint64_t seq) {
    if (first_ == 0 || seq < first_) first_ = seq;
    if (seq > last_) last_ = seq;
  }
  [[nodiscard]] bool Holds(uint64_t records) const { return records == (first_ == 0 ? 0 : last_ - first_ + 1); }

 private:
  uint64_t first_ = 0, last_ = 0;
};

}  // namespace parley::bench
