#include "common/metrics/distribution.h"

#include <catch2/catch.hpp>

using namespace parley;
using metrics::Distribution;

TEST_CASE("a distribution knows its count and its sum") {
  Distribution distribution;
  for (const int64_t value : {3, 1'000, 250'000}) distribution.Add(value);
  CHECK(distribution.count() == 3);
  CHECK(distribution.sum() == 251'003);
}

TEST_CASE("bounds count what is not above them, and only that") {
  for (const std::vector<int64_t>& bounds : {Distribution::TimeBounds(), Distribution::AmountBounds()}) {
    for (size_t i = 0; i < bounds.size(); ++i) {
      Distribution distribution;
      distribution.Add(bounds[i]);
      distribution.Add(bounds[i] + 1);
      const std::vector<uint64_t> counts = distribution.NotAbove(bounds);
      REQUIRE(counts.size() == bounds.size());
      CAPTURE(bounds[i]);
      if (i > 0) CHECK(counts[i - 1] == 0);
      CHECK(counts[i] == 1);
      if (i + 1 < bounds.size()) CHECK(counts[i + 1] == 2);
    }
  }
}

TEST_CASE("what is beyond the last bound is in the count alone") {
  Distribution distribution;
  distribution.Add(int64_t{1} << 40);
  CHECK(distribution.NotAbove(Distribution::TimeBounds()).back() == 0);
  CHECK(distribution.count() == 1);
}
