#include "common/metrics/distribution.h"

namespace parley::metrics {
namespace {

// The upper ends of the last of each eight buckets: one below each power of two.
std::vector<int64_t> BelowPowers(int from, int to) {
  std::vector<int64_t> bounds;
  for (int power = from; power <= to; ++power) bounds.push_back((int64_t{1} << power) - 1);
  return bounds;
}

}  // namespace

std::vector<uint64_t> Distribution::NotAbove(const std::vector<int64_t>& bounds) const {
  const std::vector<int64_t> packed = buckets_.Packed();  // by growing bucket
  std::vector<uint64_t> counts;
  uint64_t seen = 0;
  size_t at = 0;
  for (const int64_t bound : bounds) {
    while (at < packed.size() && wire::Latencies::UpperOf(static_cast<size_t>(packed[at])) <= bound) {
      seen += static_cast<uint64_t>(packed[at + 1]);
      at += 2;
    }
    counts.push_back(seen);
  }
  return counts;
}

const std::vector<int64_t>& Distribution::TimeBounds() {
  static const std::vector<int64_t> bounds = BelowPowers(7, 24);
  return bounds;
}

const std::vector<int64_t>& Distribution::AmountBounds() {
  static const std::vector<int64_t> bounds = BelowPowers(1, 20);
  return bounds;
}

}  // namespace parley::metrics
