// The simulator itself: it must find what is wrong on purpose.
#include <catch2/catch.hpp>

#include "common/base/log.h"
#include "tests/sim/friends_world.h"
#include "tests/sim/groups_world.h"
#include "tests/sim/world.h"

namespace parley::sim {
namespace {

// How many of the first seeds show it, counted up to three. `run` is a Report of a seed.
template <class Run>
int Found(Run run, Mutation mutation, uint64_t seeds = 100) {
  SetUpLog("sim", "text", "error");
  int found = 0;
  for (uint64_t seed = 1; seed <= seeds && found < 3; ++seed) {
    if (run(seed, mutation).broken) ++found;
  }
  return found;
}

Report Messages(uint64_t seed, Mutation mutation) {
  Scenario scenario;
  scenario.seed = seed;
  scenario.mutation = mutation;
  return World(scenario).Run();
}

Report Groups(uint64_t seed, Mutation mutation) {
  Scenario scenario;
  scenario.seed = seed;
  scenario.steps = 2'500;
  scenario.mutation = mutation;
  return GroupsWorld(scenario).Run();
}

FriendsWorld::Report Friends(uint64_t seed, Mutation mutation) { return FriendsWorld(seed, mutation).Run(); }

TEST_CASE("the simulator finds a worker that acknowledges before the write is durable") {
  CHECK(Found(Messages, Mutation::kAcknowledgesTooEarly) == 3);
}
TEST_CASE("the simulator finds a bus that forgets epochs") { CHECK(Found(Messages, Mutation::kForgetsEpochs) == 3); }
TEST_CASE("the simulator finds a line that reorders") { CHECK(Found(Messages, Mutation::kReordersLine) == 3); }
TEST_CASE("the simulator finds a worker that forgets what it did") {
  CHECK(Found(Messages, Mutation::kForgetsIds) == 3);
}
TEST_CASE("the simulator finds a worker that forgets which slots it took") {
  CHECK(Found(Messages, Mutation::kForgetsCopies, 400) ==
        3);  // it shows where a slot with something in it was just taken
}

TEST_CASE("the simulator finds groups of workers that acknowledge before the write is durable") {
  CHECK(Found(Groups, Mutation::kAcknowledgesTooEarly) == 3);
}
TEST_CASE("the simulator finds groups of workers that forget what they did") {
  CHECK(Found(Groups, Mutation::kForgetsIds) == 3);
}

TEST_CASE("the simulator finds a friendship that was acknowledged before it is durable") {
  CHECK(Found(Friends, Mutation::kAcknowledgesTooEarly, 200) > 0);
}
TEST_CASE("the simulator finds a friend module that forgets what it did") {
  CHECK(Found(Friends, Mutation::kForgetsIds, 200) > 0);
}

}  // namespace
}  // namespace parley::sim
