// A few hundred lives of a cluster, each from its seed; and the simulator itself, which must find what is wrong on
// purpose.
#include <catch2/catch.hpp>

#include "common/base/log.h"
#include "tests/sim/world.h"

namespace parley::sim {
namespace {

constexpr uint64_t kSeeds = 200;

Report RunSeed(uint64_t seed, Mutation mutation = Mutation::kNone) {
  Scenario scenario;
  scenario.seed = seed;
  scenario.mutation = mutation;
  const Report report = World(scenario).Run();
  if (mutation == Mutation::kNone && report.broken) FAIL_CHECK(report.Line(scenario));
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

TEST_CASE("the simulator finds a worker that acknowledges before the write is durable") {
  CHECK(Found(RunSeed, Mutation::kAcknowledgesTooEarly) == 3);
}
TEST_CASE("the simulator finds a bus that forgets epochs") { CHECK(Found(RunSeed, Mutation::kForgetsEpochs) == 3); }
TEST_CASE("the simulator finds a line that reorders") { CHECK(Found(RunSeed, Mutation::kReordersLine) == 3); }
TEST_CASE("the simulator finds a worker that forgets what it did") {
  CHECK(Found(RunSeed, Mutation::kForgetsIds) == 3);
}
TEST_CASE("the simulator finds a worker that forgets which slots it took") {
  CHECK(Found(RunSeed, Mutation::kForgetsCopies, 400) == 3);  // it shows where a slot with something in it was just taken
}

}  // namespace
}  // namespace parley::sim
