#include "common/wire/figures.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace parley::wire {

void Meter::Rate(std::vector<Figure>& figures, const Now& now) {
  const int64_t passed_ms = now.mono_ms - before_ms_;
  for (size_t i = 0; i < figures.size(); ++i) {
    if (figures[i].kind == FigureKind::kGauge || i >= before_.size() || passed_ms <= 0) continue;
    figures[i].per_second = ((figures[i].value - before_[i]) * 1'000 + passed_ms / 2) / passed_ms;
  }
  before_.clear();
  for (const Figure& figure : figures) before_.push_back(figure.value);
  before_ms_ = now.mono_ms;
}

size_t Latencies::IndexOf(int64_t us) {
  const auto value = static_cast<uint64_t>(std::max<int64_t>(us, 0));
  if (value < 8) return value;
  const int shift = static_cast<int>(std::bit_width(value)) - 4;
  return std::min(static_cast<size_t>(shift + 1) * 8 + ((value >> shift) & 7), kBuckets - 1);
}

int64_t Latencies::UpperOf(size_t index) {
  if (index < 8) return static_cast<int64_t>(index);
  return ((static_cast<int64_t>(index % 8) + 9) << (index / 8 - 1)) - 1;
}

std::vector<int64_t> Latencies::Packed() const {
  std::vector<int64_t> packed;
  for (size_t i = 0; i < kBuckets; ++i) {
    if (buckets_[i] == 0) continue;
    packed.push_back(static_cast<int64_t>(i));
    packed.push_back(buckets_[i]);
  }
  return packed;
}

void Latencies::AddPacked(const std::vector<int64_t>& packed) {
  for (size_t i = 0; i + 1 < packed.size(); i += 2) {
    if (packed[i] < 0 || packed[i] >= static_cast<int64_t>(kBuckets) || packed[i + 1] < 0) continue;
    buckets_[static_cast<size_t>(packed[i])] += packed[i + 1];
  }
}

int64_t Latencies::PercentileUs(int percent) const {
  const int64_t count = std::accumulate(buckets_.begin(), buckets_.end(), int64_t{0});
  if (count == 0) return 0;
  const int64_t wanted = (count * percent + 99) / 100;
  int64_t seen = 0;
  size_t index = 0;
  while ((seen += buckets_[index]) < wanted) ++index;
  return UpperOf(index);
}

}  // namespace parley::wire
