// A few hundred lives of a cluster, each from its seed.
#include <catch2/catch.hpp>

#include "common/base/log.h"
#include "tests/sim/seeds.h"
#include "tests/sim/world.h"

namespace parley::sim {
namespace {

constexpr uint64_t kSeeds = SeedsOf(200);

Report RunSeed(uint64_t seed) {
  Scenario scenario;
  scenario.seed = seed;
  const Report report = World(scenario).Run();
  if (report.broken) FAIL_CHECK(report.Line(scenario));
  return report;
}

TEST_CASE("what is promised holds whatever happens") {
  SetUpLog("sim", "text", "error");
  size_t acknowledged = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) acknowledged += RunSeed(seed).acknowledged;
  CHECK(acknowledged > 20 * kSeeds);  // things did happen
}

TEST_CASE("a seed is the whole of a run") {
  for (const uint64_t seed : {7, 8, 9}) CHECK(RunSeed(seed).fingerprint == RunSeed(seed).fingerprint);
}

}  // namespace
}  // namespace parley::sim
