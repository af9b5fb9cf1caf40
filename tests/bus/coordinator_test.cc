#include "bus/coordinator.h"

#include <numeric>

#include "tests/bus/bus_kit.h"

namespace parley::bus {

TEST_CASE("slots are cut in proportion to capacities, and all of them are given out") {
  CHECK(SlotCounts({1}) == std::vector<int>{256});
  CHECK(SlotCounts({3, 1}) == std::vector<int>{192, 64});
  CHECK(SlotCounts({1, 1, 1}) == std::vector<int>{86, 85, 85});
  CHECK(SlotCounts({1'000'000, 1}) == std::vector<int>{256, 0});
  for (int64_t workers = 1; workers <= 300; ++workers) {
    std::vector<int64_t> capacities;
    for (int64_t i = 0; i < workers; ++i) capacities.push_back(1 + i * i % 17);
    const std::vector<int> counts = SlotCounts(capacities);
    CHECK(std::accumulate(counts.begin(), counts.end(), 0) == kSlots);
    CHECK(std::ranges::min(counts) >= 0);
  }
}

TEST_CASE("what the coordinator stores is what it loads") {
  const auto disk = store::MakeMemoryDisk();
  const auto kv = store::OpenMemory(disk);
  ClusterStore cluster(*kv);
  const std::vector<SlotRow> rows = {{"message", 0, 1, "message-1", "s1", "b1"},
                                     {"message", 255, 7, "message-2", "s2", "b2"},
                                     {"user", 3, 2, "user-1", "s3", "b3"}};
  const wire::ModuleRoutes routes{"message", WorkerRegistration("message-1").routes};
  REQUIRE(cluster.SaveSlots(rows).has_value());
  REQUIRE(cluster.SaveRoutes(routes).has_value());
  auto loaded = cluster.Load().value();
  std::ranges::sort(loaded.slots, {}, [](const SlotRow& row) { return std::pair(row.module, row.slot); });
  CHECK(loaded.slots == rows);
  CHECK(loaded.routes == std::vector{routes});
}

TEST_CASE("a damaged row is an error that names it, not a crash") {
  const auto kv = store::OpenMemory(store::MakeMemoryDisk());
  ClusterStore cluster(*kv);
  REQUIRE(cluster.SaveSlots(std::vector<SlotRow>{{"message", 9, 1, "message-1", "s1", "b1"}}).has_value());
  const auto it = kv->Iterate();
  it->Seek("");
  REQUIRE(kv->Commit({{std::string(it->key()), "no row"}}).has_value());
  const auto loaded = cluster.Load();
  REQUIRE_FALSE(loaded.has_value());
  CHECK(loaded.error().message.find("a slot of message") != std::string::npos);
}

TEST_CASE_METHOD(BusTest, "when the disk fails, nobody is told of slots that are not on it") {
  TestNode& worker = Worker("message-1");
  kv->Poison("the disk is gone");
  Settle();
  REQUIRE(router->failure().has_value());
  CHECK_FALSE(worker.Slots().has_value());
}

TEST_CASE_METHOD(BusTest, "when the disk fails at a return, the old epoch is not spoken for") {
  TestNode& worker = Serving("message-1");
  worker.Restart();
  kv->Poison("the disk is gone");
  worker.Register();
  Pass(1'000);
  REQUIRE(router->failure().has_value());
  CHECK_FALSE(worker.Slots().has_value());
}

}  // namespace parley::bus
