// Latencies, counted into buckets that are at most 3 % wide, so that recording one costs a few instructions.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace parley::bench {

class Histogram {
 public:
  void Record(int64_t ns) {
    const auto value = static_cast<uint64_t>(ns < 0 ? 0 : ns);
    ++buckets_[IndexOf(value)];
    ++count_;
    if (value > max_) max_ = value;
  }
  void Clear() { *this = Histogram(); }

  [[nodiscard]] uint64_t count() const { return count_; }
  [[nodiscard]] double max_ms() const { return static_cast<double>(max_) / 1e6; }
  // The upper end of the bucket in which `part` (0 to 1) of all are reached.
  [[nodiscard]] double QuantileMs(double part) const {
    const auto wanted = static_cast<uint64_t>(part * static_cast<double>(count_));
    uint64_t seen = 0;
    for (size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (seen > wanted) return static_cast<double>(std::min(UpperOf(i), max_)) / 1e6;
    }
    return max_ms();
  }

  // Below 32 each value has its bucket; above, each power of two has 32 of them.
  static constexpr size_t IndexOf(uint64_t value) {
    if (value < 32) return value;
    const int shift = static_cast<int>(std::bit_width(value)) - 6;
    return static_cast<size_t>(shift + 1) * 32 + ((value >> shift) & 31);
  }
  static constexpr uint64_t UpperOf(size_t index) {
    if (index < 32) return index;
    const size_t shift = index / 32 - 1;
    return ((32 + (index & 31) + 1) << shift) - 1;
  }

 private:
  std::array<uint64_t, 60 * 32> buckets_{};
  uint64_t count_ = 0;
  uint64_t max_ = 0;
};

}  // namespace parley::bench
