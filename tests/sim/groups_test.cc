// Lives of a cluster whose users come and go in groups, each from its seed.
#include <catch2/catch.hpp>

#include "common/base/log.h"
#include "tests/sim/groups_world.h"
#include "tests/sim/seeds.h"

namespace parley::sim {
namespace {

constexpr uint64_t kSeeds = SeedsOf(250);

Report RunSeed(uint64_t seed) {
  Scenario scenario;
  scenario.seed = seed;
  scenario.steps = 2'500;
  const Report report = GroupsWorld(scenario).Run();
  if (report.broken) FAIL_CHECK(report.Line(scenario) << " --groups");
  return report;
}

TEST_CASE("what is promised of groups holds whatever happens") {
  SetUpLog("sim", "text", "error");
  size_t acknowledged = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) acknowledged += RunSeed(seed).acknowledged;
  CHECK(acknowledged > 50 * kSeeds);  // things did happen
}

TEST_CASE("a seed is the whole of a run of groups") {
  for (const uint64_t seed : {7, 8}) CHECK(RunSeed(seed).fingerprint == RunSeed(seed).fingerprint);
}

}  // namespace
}  // namespace parley::sim
