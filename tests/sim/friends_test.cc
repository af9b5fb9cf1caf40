// Lives of a cluster whose people do things about each other, each from its seed.
#include <catch2/catch.hpp>

#include "common/base/log.h"
#include "tests/sim/friends_world.h"
#include "tests/sim/seeds.h"

namespace parley::sim {
namespace {

constexpr uint64_t kSeeds = SeedsOf(200);

TEST_CASE("two sides of a friendship agree whatever happens, and so does everybody who has to know") {
  SetUpLog("sim", "text", "error");
  size_t done = 0, refused = 0, alone = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const FriendsWorld::Report report = FriendsWorld(seed).Run();
    if (report.broken) FAIL_CHECK(*report.broken);
    done += report.done;
    refused += report.refused;
    alone += report.alone;
  }
  // Things did happen.
  CHECK(done > 30 * kSeeds);
  CHECK(refused > 20 * kSeeds);
  CHECK(alone > 8 * kSeeds);
}

}  // namespace
}  // namespace parley::sim
