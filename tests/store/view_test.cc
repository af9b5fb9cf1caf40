#include "common/store/view.h"

#include <catch2/catch.hpp>
#include <map>
#include <random>

using namespace parley;
using namespace parley::store;

namespace {

struct ViewTest {
  std::shared_ptr<MemoryDisk> disk = MakeMemoryDisk();
  std::unique_ptr<KeyValue> store = OpenMemory(disk);
  View view{*store, 2000};  // so that rows are forgotten, too

  void CommitAll() {
    const View::Turn turn = view.TakeTurn();
    REQUIRE(store->Commit(turn.batch));
    view.Committed(turn);
  }
  std::vector<std::string> Keys(std::string_view prefix, std::string_view from, Order order) {
    std::vector<std::string> keys;
    view.Scan(prefix, from, order, [&](std::string_view key, std::string_view) {
      keys.emplace_back(key);
      return true;
    });
    return keys;
  }
};

}  // namespace

TEST_CASE_METHOD(ViewTest, "writes are seen at once, and by others only when committed") {
  view.Put("a", "1");
  CHECK(view.Get("a") == "1");
  CHECK_FALSE(store->Get("a"));
  CommitAll();
  CHECK(store->Get("a") == "1");
  CHECK(view.Get("a") == "1");
}

TEST_CASE_METHOD(ViewTest, "a turn writes each key once, with its last value") {
  view.Put("a", "1");
  view.Put("a", "2");
  view.Put("b", std::nullopt);
  const View::Turn turn = view.TakeTurn();
  CHECK(turn.batch == Batch{{"a", "2"}, {"b", std::nullopt}});
  CHECK_FALSE(view.has_writes());
}

TEST_CASE_METHOD(ViewTest, "a later turn's write survives the commit of an earlier one") {
  view.Put("a", "1");
  const View::Turn first = view.TakeTurn();
  view.Put("a", "2");
  REQUIRE(store->Commit(first.batch));
  view.Committed(first);
  CHECK(view.Get("a") == "2");
  CHECK(view.TakeTurn().batch == Batch{{"a", "2"}});
}

TEST_CASE_METHOD(ViewTest, "rollback undoes exactly what came after the mark") {
  view.Put("a", "1");
  view.Put("b", "1");
  view.Mark();
  view.Put("a", "2");
  view.Put("a", "3");
  view.Put("c", "1");
  view.Put("b", std::nullopt);
  view.Rollback();
  CHECK(view.Get("a") == "1");
  CHECK(view.Get("b") == "1");
  CHECK_FALSE(view.Get("c"));
  CHECK(view.TakeTurn().batch == Batch{{"a", "1"}, {"b", "1"}});
}

TEST_CASE_METHOD(ViewTest, "what was read is remembered as it is committed, not as it was") {
  view.Put("a", "1");
  CommitAll();
  REQUIRE(view.Get("a") == "1");
  view.Put("a", "2");
  const View::Turn turn = view.TakeTurn();
  view.Put("b", "1");
  CHECK(view.Get("a") == "2");
  REQUIRE(store->Commit(turn.batch));
  view.Committed(turn);
  CHECK(view.Get("a") == "2");
  view.Put("a", std::nullopt);
  CommitAll();
  CHECK_FALSE(view.Get("a"));
}

TEST_CASE_METHOD(ViewTest, "rollback of a key of a turn that is being committed brings that turn's value back") {
  view.Put("a", "1");
  const View::Turn first = view.TakeTurn();
  view.Mark();
  view.Put("a", "2");
  view.Rollback();
  CHECK(view.Get("a") == "1");
  CHECK_FALSE(view.has_writes());
  view.Committed(first);
}

TEST_CASE_METHOD(ViewTest, "a scan merges what is stored and what is pending, both ways") {
  for (const char* key : {"p1", "p3", "p5", "q1", "o9"}) view.Put(key, "stored");
  CommitAll();
  view.Put("p2", "pending");
  view.Put("p3", std::nullopt);
  view.Put("p6", "pending");
  using Keys_ = std::vector<std::string>;
  CHECK(Keys("p", "", Order::kAscending) == Keys_{"p1", "p2", "p5", "p6"});
  CHECK(Keys("p", "", Order::kDescending) == Keys_{"p6", "p5", "p2", "p1"});
  CHECK(Keys("p", "p2", Order::kAscending) == Keys_{"p2", "p5", "p6"});
  CHECK(Keys("p", "p4", Order::kDescending) == Keys_{"p2", "p1"});
  CHECK(Keys("x", "", Order::kAscending).empty());
  CHECK(Keys("x", "", Order::kDescending).empty());
}

TEST_CASE_METHOD(ViewTest, "random writes, scans and commits agree with a plain map") {
  std::mt19937 random(7);
  std::map<std::string, std::string> model;
  std::optional<View::Turn> flying;
  const auto random_key = [&] {
    std::string key(1, "ab\xFF"[random() % 3]);
    for (size_t i = random() % 3; i > 0; --i) key += "ab\xFF"[random() % 3];
    return key;
  };
  for (int step = 0; step < 20'000; ++step) {
    const std::string key = random_key();
    switch (random() % 8) {
      case 0:
      case 1:
        view.Put(key, std::to_string(step));
        model[key] = std::to_string(step);
        break;
      case 2:
        view.Put(key, std::nullopt);
        model.erase(key);
        break;
      case 3:
        if (!flying) {
          flying = view.TakeTurn();
          REQUIRE(store->Commit(flying->batch));
        } else {
          view.Committed(*flying);
          flying.reset();
        }
        break;
      case 4: {
        view.Mark();
        view.Put(random_key(), "undone");
        view.Put(random_key(), std::nullopt);
        view.Rollback();
        break;
      }
      case 5: {
        const auto it = model.find(key);
        REQUIRE(view.Get(key) == (it == model.end() ? std::nullopt : std::optional(it->second)));
        break;
      }
      default: {
        const Order order = random() % 2 == 0 ? Order::kAscending : Order::kDescending;
        const std::string prefix(1, "ab"[random() % 2]);
        const std::string from = random() % 2 == 0 ? "" : prefix + random_key();
        std::vector<std::string> wanted;
        for (const auto& [k, v] : model) {
          if (!k.starts_with(prefix)) continue;
          if (!from.empty() && (order == Order::kAscending ? k < from : k > from)) continue;
          wanted.push_back(k);
        }
        if (order == Order::kDescending) std::reverse(wanted.begin(), wanted.end());
        REQUIRE(Keys(prefix, from, order) == wanted);
      }
    }
  }
}
