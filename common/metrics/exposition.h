// What a process shows of itself at one moment, for Prometheus. Adding is cheap, since it happens on the main loop;
// writing it out is not, and happens on another thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/metrics/distribution.h"

namespace parley::metrics {

enum class FamilyType : uint8_t {
  kCounter,  // only grows; its name ends in _total
  kGauge,    // how much there is now
  kSeconds,  // a histogram of times: added as microseconds, shown as seconds
  kAmounts,  // a histogram of amounts
};

// One metric's declaration: each is a constant beside what counts it, and lives as long as the program.
struct Family {
  std::string_view name;
  FamilyType type;
  std::string_view help;
};

using Labels = std::vector<std::pair<std::string_view, std::string>>;

class Exposition {
 public:
  // A counter or a gauge.
  void Add(const Family& family, double value, Labels labels = {});
  void Add(const Family& family, uint64_t value, Labels labels = {}) {
    Add(family, static_cast<double>(value), std::move(labels));
  }
  void Add(const Family& family, int64_t value, Labels labels = {}) {
    Add(family, static_cast<double>(value), std::move(labels));
  }
  // A histogram.
  void Add(const Family& family, const Distribution& distribution, Labels labels = {});
  // All that another one holds.
  void Append(Exposition other);

  // In Prometheus's text format, with the labels `common` on every line.
  [[nodiscard]] std::string Text(const Labels& common) const;
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  struct Sample {
    const Family* family;
    Labels labels;
    double value = 0;
    std::optional<Distribution> distribution;
  };

  std::deque<Sample> samples_;
};

}  // namespace parley::metrics
