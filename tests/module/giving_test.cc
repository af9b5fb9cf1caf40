// What a worker gives of a slot that another one copies: all of it, also what is written meanwhile, and nothing else.
#include "common/module/giving.h"

#include <catch2/catch.hpp>
#include <map>

#include "common/module/ownership.h"
#include "common/module/slot_rows.h"

using namespace parley;
using namespace parley::module;

namespace {

constexpr Slot kSlot = 7;

class GivingTest {
 public:
  static std::string Key(const std::string& name, Slot slot = kSlot) {
    return std::string{static_cast<char>(slot), 'c'} + name;
  }
  void Write(const std::string& key, std::optional<std::string> value) {
    const store::Batch batch{{key, std::move(value)}};
    REQUIRE(kv->Commit(batch));
    giving.OnCommitted(batch);
  }
  // Asks for the next part and writes it down, as the taker does. False: there is nothing to tell yet.
  bool Copy() {
    const auto part = giving.Get(number, *kv);
    if (!part) return false;
    ++number;
    last = *part;
    REQUIRE(ReadRows(part->rows, [&](std::string_view key, std::optional<std::string> value) {
      if (value) copy[std::string(key)] = *value;
      if (!value) copy.erase(std::string(key));
    }));
    return true;
  }
  void CopyAll() {
    while (Copy() && last.behind) continue;
  }
  [[nodiscard]] std::map<std::string, std::string> Original() const {
    std::map<std::string, std::string> rows;
    const auto it = kv->Iterate();
    for (it->Seek(""); it->valid(); it->Next()) {
      if (it->key()[0] == kSlot && MovesWithSlot(it->key())) rows.emplace(it->key(), it->value());
    }
    return rows;
  }

  std::unique_ptr<store::KeyValue> kv = store::OpenMemory(store::MakeMemoryDisk());
  Giving giving{1, kSlot};
  int64_t number = 1;
  Giving::Part last;
  std::map<std::string, std::string> copy;
};

}  // namespace

TEST_CASE_METHOD(GivingTest, "the rows of the slot are given, without those that speak of this store") {
  Write(Key("a"), "1");
  Write(Key("b"), std::string("\0\xFF", 2));
  Write(Key("c", 8), "another slot's");
  Write(store::KeyOf(kSlot, OwnedRow{}), "this store's own");
  CopyAll();
  CHECK(copy == Original());
  CHECK(copy.size() == 2);
  CHECK_FALSE(last.last);
}

TEST_CASE_METHOD(GivingTest, "what is written while the slot is copied arrives, wherever the scan is") {
  for (int i = 0; i < 10; ++i) Write(Key(std::to_string(i)), std::string(100'000, 'x'));
  REQUIRE(Copy());
  REQUIRE(last.behind);
  Write(Key("0"), "behind the scan");
  Write(Key("1"), std::nullopt);
  Write(Key("9"), "before the scan");
  Write(Key("8"), std::nullopt);
  CopyAll();
  CHECK(copy == Original());
  Write(Key("5"), "after the scan");
  CopyAll();
  CHECK(copy == Original());
}

TEST_CASE_METHOD(GivingTest, "a part that was lost is given again, as it was") {
  for (int i = 0; i < 10; ++i) Write(Key(std::to_string(i)), std::string(100'000, 'x'));
  const auto first = giving.Get(1, *kv);
  const auto again = giving.Get(1, *kv);
  REQUIRE(first);
  REQUIRE(again);
  CHECK(first->rows == again->rows);
  CHECK_FALSE(giving.Get(3, *kv));
  CHECK(giving.Get(2, *kv));
  CHECK_FALSE(giving.Get(1, *kv));
}

TEST_CASE_METHOD(GivingTest, "the last part comes once it is released and nothing is on its way to the disk") {
  Write(Key("a"), "1");
  CopyAll();
  CHECK_FALSE(Copy());
  giving.Release(2);
  CHECK_FALSE(Copy());
  Write(Key("a"), "2");
  REQUIRE(Copy());
  CHECK_FALSE(last.last);
  Write(Key("b"), "3");
  REQUIRE(Copy());
  CHECK(last.last);
  CHECK(copy == Original());
}

TEST_CASE_METHOD(GivingTest, "a slot without rows is given too") {
  REQUIRE(Copy());
  CHECK_FALSE(last.behind);
  giving.Release(0);
  REQUIRE(Copy());
  CHECK(last.last);
  CHECK(copy.empty());
}

TEST_CASE("rows that are cut off are refused") {
  std::string rows;
  AppendRow(rows, "key", "value");
  AppendRow(rows, "gone", std::nullopt);
  const auto nothing = [](std::string_view, const std::optional<std::string>&) {};
  for (size_t size = 0; size < rows.size(); ++size) {
    const size_t first = 4 + 3 + 4 + 5;
    CHECK(ReadRows(rows.substr(0, size), nothing) == (size == 0 || size == first));
  }
  CHECK(ReadRows(rows, nothing));
}
