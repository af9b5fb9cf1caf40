#include "bus/outstanding.h"

#include <map>
#include <random>

#include "tests/bus/bus_kit.h"

namespace parley::bus {

TEST_CASE("requests count until they are answered or forgotten") {
  Outstanding out;
  const NodeId node{5};
  CHECK(out.Add(node, {1, 1}, 100, false, 1'000));
  CHECK(out.Add(node, {1, 2}, 200, false, 2'000));
  CHECK(out.Add(node, {1, 3}, 400, true, 3'000));
  CHECK_FALSE(out.Add(node, {1, 1}, 100, false, 1'500));
  CHECK(out.windowed().requests == 2);
  CHECK(out.windowed().bytes == 300);
  CHECK(out.internal().bytes == 400);
  CHECK(out.Remove(node, {1, 2}));
  CHECK_FALSE(out.Remove(node, {1, 2}));
  CHECK_FALSE(out.Remove(NodeId{6}, {1, 1}));
  CHECK(out.Expire(1'400) == 0);
  CHECK(out.Expire(1'500) == 1);
  CHECK(out.Expire(9'000) == 1);
  CHECK(out.windowed().requests + out.internal().requests == 0);
  CHECK(out.windowed().bytes + out.internal().bytes == 0);
}

TEST_CASE("the table agrees with a simple one over many random steps") {
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    Outstanding out;
    std::map<uint64_t, std::pair<int64_t, uint32_t>> model;  // id → forget_ms, bytes
    int64_t now_ms = 0;
    for (int step = 0; step < 5'000; ++step) {
      // Few distinct ids and much clustering, so that entries push each other around.
      const RequestId id{0, 2 + random() % 300};
      switch (random() % 8) {
        case 0:
          now_ms += random() % 20;
          CHECK(out.Expire(now_ms) == std::erase_if(model, [&](const auto& m) { return m.second.first <= now_ms; }));
          break;
        case 1:
        case 2:
        case 3:
          CHECK(out.Remove(NodeId{1}, id) == (model.erase(id.low) == 1));
          break;
        default: {
          const int64_t forget_ms = now_ms + 1 + random() % 100;
          const auto bytes = static_cast<uint32_t>(random() % 1'000);
          const bool added = out.Add(NodeId{1}, id, bytes, false, forget_ms);
          const auto [it, inserted] = model.emplace(id.low, std::pair(forget_ms, bytes));
          CHECK(added == inserted);
          it->second.first = std::max(it->second.first, forget_ms);
        }
      }
      int64_t total = 0;
      for (const auto& [key, value] : model) total += value.second;
      REQUIRE(out.windowed().requests == static_cast<int64_t>(model.size()));
      REQUIRE(out.windowed().bytes == total);
    }
  }
}

}  // namespace parley::bus
