#include "common/wire/figures.h"

#include <catch2/catch.hpp>

namespace parley::wire {

TEST_CASE("a bucket of latencies is at most an eighth wide, and none is left out") {
  size_t before = 0;
  for (int64_t us = 0; us < 2'000'000; us += 1 + us / 100) {
    const size_t index = Latencies::IndexOf(us);
    CHECK(index >= before);
    CHECK(index <= before + 1);
    CHECK(Latencies::UpperOf(index) >= us);
    CHECK(Latencies::UpperOf(index) <= us + us / 8);
    before = index;
  }
  CHECK(Latencies::IndexOf(-5) == 0);
  CHECK(Latencies::IndexOf(INT64_MAX) == Latencies::kBuckets - 1);
}

TEST_CASE("percentiles are of all that was added, here and elsewhere") {
  Latencies here, elsewhere;
  CHECK(here.PercentileUs(50) == 0);
  for (int i = 0; i < 98; ++i) here.Add(5);
  for (int i = 0; i < 2; ++i) elsewhere.Add(1'000'000);
  CHECK(here.PercentileUs(99) == 5);
  here.AddPacked(elsewhere.Packed());
  CHECK(here.PercentileUs(50) == 5);
  CHECK(here.PercentileUs(98) == 5);
  CHECK(here.PercentileUs(99) >= 1'000'000);
  CHECK(here.PercentileUs(99) <= 1'125'000);
}

TEST_CASE("packed latencies are short, and what is malformed in them does no harm") {
  Latencies latencies;
  for (int i = 0; i < 1'000; ++i) latencies.Add(7);
  CHECK(latencies.Packed() == std::vector<int64_t>{7, 1'000});
  latencies.AddPacked({-1, 5, 100'000, 5, 7, -3, 6});
  CHECK(latencies.Packed() == std::vector<int64_t>{7, 1'000});
}

TEST_CASE("rates are per second since the look before; a gauge has none") {
  Meter meter;
  const auto look = [&](int64_t requests, int64_t open, int64_t now_ms) {
    std::vector<Figure> figures{{"requests", FigureKind::kCount, requests}, {"open", FigureKind::kGauge, open}};
    meter.Rate(figures, Now{now_ms, 0});
    return std::vector<int64_t>{figures[0].per_second, figures[1].per_second};
  };
  CHECK(look(1'000, 5, 10'000) == std::vector<int64_t>{0, 0});
  CHECK(look(1'300, 9, 12'000) == std::vector<int64_t>{150, 0});
  CHECK(look(1'300, 0, 13'000) == std::vector<int64_t>{0, 0});
}

}  // namespace parley::wire
