#include "common/metrics/exposition.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>
#include <unordered_map>

#include "common/base/check.h"

namespace parley::metrics {
namespace {

bool IsHistogram(const Family& family) {
  return family.type == FamilyType::kSeconds || family.type == FamilyType::kAmounts;
}

prometheus::MetricType TypeOf(const Family& family) {
  switch (family.type) {
    case FamilyType::kCounter:
      return prometheus::MetricType::Counter;
    case FamilyType::kGauge:
      return prometheus::MetricType::Gauge;
    case FamilyType::kSeconds:
    case FamilyType::kAmounts:
      break;
  }
  return prometheus::MetricType::Histogram;
}

prometheus::ClientMetric::Histogram HistogramOf(const Family& family, const Distribution& distribution) {
  const bool times = family.type == FamilyType::kSeconds;
  const double unit = times ? 1e6 : 1;
  const std::vector<int64_t>& bounds = times ? Distribution::TimeBounds() : Distribution::AmountBounds();
  const std::vector<uint64_t> counts = distribution.NotAbove(bounds);
  prometheus::ClientMetric::Histogram histogram;
  histogram.sample_count = distribution.count();
  histogram.sample_sum = static_cast<double>(distribution.sum()) / unit;
  for (size_t i = 0; i < bounds.size(); ++i) {
    histogram.bucket.push_back({counts[i], static_cast<double>(bounds[i]) / unit});
  }
  histogram.bucket.push_back({distribution.count(), std::numeric_limits<double>::infinity()});
  return histogram;
}

}  // namespace

void Exposition::Add(const Family& family, double value, Labels labels) {
  PARLEY_CHECK(!IsHistogram(family));
  samples_.push_back({&family, std::move(labels), value, std::nullopt});
}

void Exposition::Add(const Family& family, const Distribution& distribution, Labels labels) {
  PARLEY_CHECK(IsHistogram(family));
  samples_.push_back({&family, std::move(labels), 0, distribution});
}

void Exposition::Append(Exposition other) {
  for (Sample& sample : other.samples_) samples_.push_back(std::move(sample));
}

std::string Exposition::Text(const Labels& common) const {
  std::vector<prometheus::MetricFamily> families;
  std::unordered_map<std::string_view, size_t> places;  // the format wants what belongs together in one place
  for (const Sample& sample : samples_) {
    const Family& family = *sample.family;
    const auto [place, fresh] = places.emplace(family.name, families.size());
    if (fresh) families.push_back({std::string(family.name), std::string(family.help), TypeOf(family), {}});
    prometheus::ClientMetric& metric = families[place->second].metric.emplace_back();
    for (const Labels* labels : {&common, &sample.labels}) {
      for (const auto& [name, value] : *labels) metric.label.push_back({std::string(name), value});
    }
    if (family.type == FamilyType::kCounter) metric.counter.value = sample.value;
    if (family.type == FamilyType::kGauge) metric.gauge.value = sample.value;
    if (sample.distribution) metric.histogram = HistogramOf(family, *sample.distribution);
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace parley::metrics
