#include "common/module/known_ids.h"

#include <catch2/catch.hpp>
#include <string>

#include "common/module/idempotence.h"
#include "common/testing/queue_executor.h"

using namespace parley;
using namespace parley::module;

namespace {

constexpr int64_t kDayMs = 24 * 3600 * 1000;

std::string KeyOfId(Slot slot, const std::string& id) {
  return store::KeyOf(slot, ClientIdRow{"alice~bob", "alice", id});
}

class KnownIdsTest {
 public:
  KnownIdsTest() {
    store::Batch batch;
    for (int i = 0; i < 1'000; ++i) batch.push_back({KeyOfId(7, "old" + std::to_string(i)), "done"});
    batch.push_back({store::KeyOf(8, RequestIdRow{"request"}), "done"});
    REQUIRE(store->Commit(batch));
  }
  void Reads() {
    ids.Tick(now_ms);
    while (helpers.Step()) {
    }
  }

  std::unique_ptr<store::KeyValue> store = store::OpenMemory(store::MakeMemoryDisk());
  testing::QueueExecutor helpers;
  KnownIds ids{*store, helpers};
  int64_t now_ms = kDayMs;
};

}  // namespace

TEST_CASE_METHOD(KnownIdsTest, "until a slot's rows were read, every id may be there") {
  CHECK(ids.MayHave(7, KeyOfId(7, "new")));
  ids.Gain(7);
  ids.Tick(now_ms);
  CHECK(ids.MayHave(7, KeyOfId(7, "new")));
  Reads();
  CHECK(!ids.MayHave(7, KeyOfId(7, "new")));
  CHECK(ids.MayHave(8, KeyOfId(8, "new")));
}

TEST_CASE_METHOD(KnownIdsTest, "what is stored, and what is written from then on, is known") {
  for (const Slot slot : {Slot{7}, Slot{8}}) ids.Gain(slot);
  ids.Add(KeyOfId(7, "early"), now_ms);  // before its slot was read
  Reads();
  ids.Add(KeyOfId(7, "late"), now_ms);
  for (int i = 0; i < 1'000; ++i) REQUIRE(ids.MayHave(7, KeyOfId(7, "old" + std::to_string(i))));
  CHECK(ids.MayHave(8, store::KeyOf(8, RequestIdRow{"request"})));
  CHECK(ids.MayHave(7, KeyOfId(7, "early")));
  CHECK(ids.MayHave(7, KeyOfId(7, "late")));
  CHECK(!ids.MayHave(7, KeyOfId(7, "never")));
}

TEST_CASE_METHOD(KnownIdsTest, "a slot that was lost and came back is read again, whatever an earlier reading found") {
  ids.Gain(7);
  ids.Tick(now_ms);
  ids.Lose(7);
  REQUIRE(store->Commit({{KeyOfId(7, "elsewhere"), "done"}}));
  ids.Gain(7);
  helpers.Step();
  CHECK(ids.MayHave(7, KeyOfId(7, "new")));
  Reads();
  CHECK(!ids.MayHave(7, KeyOfId(7, "new")));
  CHECK(ids.MayHave(7, KeyOfId(7, "elsewhere")));
  ids.Lose(7);
  CHECK(ids.MayHave(7, KeyOfId(7, "new")));
}

TEST_CASE_METHOD(KnownIdsTest, "while the helpers are busy, reading waits") {
  helpers.Accept(false);
  ids.Gain(7);
  Reads();
  CHECK(ids.MayHave(7, KeyOfId(7, "new")));
  helpers.Accept(true);
  Reads();
  CHECK(!ids.MayHave(7, KeyOfId(7, "new")));
}

TEST_CASE("the filter has all that was added, seldom anything else, and grows with it") {
  IdFilter filter;
  const auto hash = [](int i) { return Hash64(std::to_string(i)); };
  constexpr int kIds = 300'000;
  for (int i = 0; i < kIds; ++i) filter.Add(hash(i), i, kDayMs);
  int wrong = 0;
  for (int i = 0; i < kIds; ++i) REQUIRE(filter.Has(hash(i)));
  for (int i = 0; i < kIds; ++i) wrong += filter.Has(hash(kIds + i));
  CHECK(wrong < kIds / 30);
  CHECK(filter.bytes() < kIds * 4);
}

TEST_CASE("the filter forgets what was added long ago, and keeps the rest") {
  IdFilter filter;
  const auto hash = [](int i) { return Hash64(std::to_string(i)); };
  for (int i = 0; i < 200'000; ++i) filter.Add(hash(i), i, kDayMs);
  const size_t bytes = filter.bytes();
  filter.Forget(150'000);
  CHECK(filter.bytes() < bytes);
  for (int i = 150'000; i < 200'000; ++i) REQUIRE(filter.Has(hash(i)));
  filter.Forget(200'000);
  CHECK(filter.bytes() == 0);
  CHECK(!filter.Has(hash(199'999)));
}
