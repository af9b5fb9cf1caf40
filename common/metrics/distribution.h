// How values of one kind are spread: times in microseconds, or plain amounts. Counted in the buckets of
// wire::Latencies, with the sum that a mean needs.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "common/wire/figures.h"

namespace parley::metrics {

class Distribution {
 public:
  void Add(int64_t value) {
    buckets_.Add(value);
    ++count_;
    sum_ += value;
  }
  [[nodiscard]] uint64_t count() const { return count_; }
  [[nodiscard]] int64_t sum() const { return sum_; }
  [[nodiscard]] const wire::Latencies& buckets() const { return buckets_; }

  // Of each bound, which must be given in growing order and be upper ends of buckets, how many values are not above it.
  [[nodiscard]] std::vector<uint64_t> NotAbove(const std::vector<int64_t>& bounds) const;
  // Bounds that fit: of times from an eighth of a millisecond to 16 seconds, and of amounts from one to a million.
  static const std::vector<int64_t>& TimeBounds();
  static const std::vector<int64_t>& AmountBounds();

 private:
  wire::Latencies buckets_;
  uint64_t count_ = 0;
  int64_t sum_ = 0;
};

}  // namespace parley::metrics
