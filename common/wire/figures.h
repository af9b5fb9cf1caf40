// What a node tells of itself with its heartbeats: what it counted, and at the frontends how long clients waited for
// which method. All counts are since the process started, so that one that is lost is made good by the next. The bus
// keeps the last of each node; who wants the whole adds them up (modules/admin).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "common/base/now.h"
#include "common/schema/codec.h"

namespace parley::wire {

enum class FigureKind : uint8_t {
  kCount,  // how often something happened
  kDrop,   // how often somebody did not get something, by reason
  kGauge,  // how much there is now
};
constexpr auto NamesOf(FigureKind) {
  using P = std::pair<FigureKind, std::string_view>;
  return std::array{P{FigureKind::kCount, "count"}, P{FigureKind::kDrop, "drop"}, P{FigureKind::kGauge, "gauge"}};
}

struct Figure {
  std::string name;
  FigureKind kind = FigureKind::kCount;
  int64_t value = 0;
  int64_t per_second = 0;  // of what is counted, of late
  bool operator==(const Figure&) const = default;
  static constexpr auto kFields = std::tuple{
      schema::Required("n", &Figure::name),
      schema::Optional("k", &Figure::kind),
      schema::Optional("v", &Figure::value),
      schema::Optional("s", &Figure::per_second),
  };
};

struct MethodFigures {
  std::string method;
  int64_t count = 0;
  int64_t errors = 0;
  std::vector<int64_t> latencies;  // Latencies::Packed
  bool operator==(const MethodFigures&) const = default;
  static constexpr auto kFields = std::tuple{
      schema::Required("m", &MethodFigures::method),
      schema::Required("c", &MethodFigures::count),
      schema::Optional("e", &MethodFigures::errors),
      schema::Optional("l", &MethodFigures::latencies),
  };
};

// The body of a node's heartbeat, where there is one.
struct Figures {
  int64_t up_ms = 0;
  std::optional<int64_t> sessions;  // of a frontend: connections that are logged in
  std::vector<Figure> figures;
  std::vector<MethodFigures> methods;  // of a frontend
  bool operator==(const Figures&) const = default;
  static constexpr auto kFields = std::tuple{
      schema::Required("up_ms", &Figures::up_ms),
      schema::Optional("sessions", &Figures::sessions),
      schema::Optional("figures", &Figures::figures),
      schema::Optional("methods", &Figures::methods),
  };
};

// Finds `per_second` of counted figures: what was added since the look before.
class Meter {
 public:
  // The same figures in the same order each time.
  void Rate(std::vector<Figure>& figures, const Now& now);

 private:
  std::vector<int64_t> before_;
  int64_t before_ms_ = 0;
};

// Times in microseconds, counted in buckets of which each power of two has eight: at most an eighth wide.
class Latencies {
 public:
  void Add(int64_t us) { ++buckets_[IndexOf(us)]; }
  // As [bucket, count, bucket, count, …] of the buckets that are not empty.
  [[nodiscard]] std::vector<int64_t> Packed() const;
  // What Packed() gave, possibly in another process. What is malformed is left out.
  void AddPacked(const std::vector<int64_t>& packed);
  // The upper end of the bucket in which `percent` of all are reached; 0 where there are none.
  [[nodiscard]] int64_t PercentileUs(int percent) const;

  static constexpr size_t kBuckets = 200;  // the last one: two minutes and more
  [[nodiscard]] static size_t IndexOf(int64_t us);
  [[nodiscard]] static int64_t UpperOf(size_t index);

 private:
  std::array<int64_t, kBuckets> buckets_{};
};

}  // namespace parley::wire
