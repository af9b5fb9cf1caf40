// The log alone, over a store in memory; and the layout of the rows.
#include "modules/message/log.h"

#include <catch2/catch.hpp>

#include "common/store/kv.h"
#include "common/store/view.h"

namespace parley::message {
namespace {

constexpr Slot kSlot = 7;

class LogTest {
 protected:
  Stored Text(std::string_view from, std::string body = "x", std::string kind = "text") {
    Stored record;
    record.from = UserHandle::Must(from);
    record.kind = std::move(kind);
    record.body = std::move(body);
    return record;
  }
  std::vector<int64_t> Seqs(const Log::Page& page) {
    std::vector<int64_t> seqs;
    for (const Placed& placed : page.records) seqs.push_back(placed.seq);
    return seqs;
  }

  static constexpr size_t kAnyBytes = 1 << 30;
  static constexpr int64_t kNoEnd = std::numeric_limits<int64_t>::max();
  std::unique_ptr<store::KeyValue> disk = store::OpenMemory(store::MakeMemoryDisk());
  store::View view{*disk};
  const Conversation conversation = Conversation::Must("alice~bob");
  Log log{store::SlotView(view, kSlot), conversation};
};

using Seqs64 = std::vector<int64_t>;

TEST_CASE_METHOD(LogTest, "the time never goes back, whatever the clock does") {
  CHECK(log.Append(Text("alice"), 1'000).record.time_ms == 1'000);
  CHECK(log.Append(Text("bob"), 400).record.time_ms == 1'000);
  CHECK(log.Append(Text("bob"), 1'001).record.time_ms == 1'001);
  CHECK(log.Get(2)->time_ms == 1'000);
}

TEST_CASE_METHOD(LogTest, "there is nothing below 1 or above the head") {
  CHECK(!log.begun());
  log.Append(Text("alice"), 1);
  CHECK(log.begun());
  CHECK(!log.Get(0));
  CHECK(!log.Get(-1));
  CHECK(!log.Get(2));
  CHECK(log.Get(1)->body == "x");
}

TEST_CASE_METHOD(LogTest, "a second reader sees what was appended after it refreshes") {
  Log other(store::SlotView(view, kSlot), conversation);
  log.Append(Text("alice"), 1);
  CHECK(other.head() == 0);
  other.Refresh();
  CHECK(other.head() == 1);
  CHECK(other.Append(Text("bob"), 1).seq == 2);
}

TEST_CASE_METHOD(LogTest, "pages go both ways and say whether there is more") {
  for (int i = 0; i < 10; ++i) log.Append(Text("alice"), 1);
  const auto after = [&](int64_t a, int64_t b, size_t limit) { return log.OldestAfter(a, b, limit, kAnyBytes); };
  const auto before = [&](int64_t b, size_t limit) { return log.NewestBefore(b, 1, limit, kAnyBytes); };
  CHECK(Seqs(after(0, kNoEnd, 3)) == Seqs64{1, 2, 3});
  CHECK(after(0, kNoEnd, 3).more);
  CHECK(Seqs(after(7, kNoEnd, 3)) == Seqs64{8, 9, 10});
  CHECK(!after(7, kNoEnd, 3).more);
  CHECK(Seqs(after(3, 6, 5)) == Seqs64{4, 5});
  CHECK(!after(3, 6, 2).more);
  CHECK(after(3, 7, 2).more);
  CHECK(after(10, kNoEnd, 3).records.empty());
  CHECK(after(kNoEnd, kNoEnd, 3).records.empty());
  CHECK(after(5, 0, 3).records.empty());
  CHECK(Seqs(before(kNoEnd, 3)) == Seqs64{8, 9, 10});
  CHECK(before(kNoEnd, 3).more);
  CHECK(Seqs(before(4, 3)) == Seqs64{1, 2, 3});
  CHECK(!before(4, 3).more);
  CHECK(before(1, 3).records.empty());
  CHECK(before(0, 3).records.empty());
}

TEST_CASE_METHOD(LogTest, "pages end before they grow too large, but have at least one record") {
  for (int i = 0; i < 10; ++i) log.Append(Text("alice", std::string(1'000, 'x')), 1);
  const Log::Page oldest = log.OldestAfter(0, kNoEnd, 10, 4'000);
  CHECK(Seqs(oldest) == Seqs64{1, 2, 3});
  CHECK(oldest.more);
  const Log::Page newest = log.NewestBefore(kNoEnd, 1, 10, 4'000);
  CHECK(Seqs(newest) == Seqs64{8, 9, 10});
  CHECK(newest.more);
  CHECK(Seqs(log.OldestAfter(4, kNoEnd, 10, 10)) == Seqs64{5});
  CHECK(Seqs(log.NewestBefore(4, 1, 10, 10)) == Seqs64{3});
}

TEST_CASE_METHOD(LogTest, "unread counts the other's texts and own kinds above a seq") {
  const UserHandle alice = UserHandle::Must("alice"), bob = UserHandle::Must("bob");
  log.Append(Text("alice"), 1);
  log.Append(Text("bob"), 1);
  log.Append(Text("alice", "x", "poem"), 1);
  log.Append(Text("alice", "x", "edit"), 1);
  log.Append(Text("alice", "x", "react"), 1);
  CHECK(log.UnreadAbove(0, bob, 100) == 2);
  CHECK(log.UnreadAbove(1, bob, 100) == 1);
  CHECK(log.UnreadAbove(3, bob, 100) == 0);
  CHECK(log.UnreadAbove(5, bob, 100) == 0);
  CHECK(log.UnreadAbove(0, alice, 100) == 1);
  CHECK(log.UnreadAbove(0, bob, 1) == 1);
}

TEST_CASE_METHOD(LogTest, "handles that begin alike are not confused") {
  const Conversation pair = Conversation::Must("al~alice");
  Log alike(store::SlotView(view, kSlot), pair);
  alike.Append(Text("alice"), 1);
  CHECK(alike.UnreadAbove(0, UserHandle::Must("al"), 100) == 1);
  CHECK(alike.UnreadAbove(0, UserHandle::Must("alice"), 100) == 0);
}

TEST_CASE_METHOD(LogTest, "conversations whose names begin alike do not mix") {
  const Conversation longer = Conversation::Must("alice~bobby");
  Log other(store::SlotView(view, kSlot), longer);
  log.Append(Text("alice"), 1);
  other.Append(Text("alice"), 1);
  other.Append(Text("alice"), 1);
  CHECK(Seqs(log.OldestAfter(0, kNoEnd, 10, kAnyBytes)) == Seqs64{1});
  CHECK(Seqs(log.NewestBefore(kNoEnd, 1, 10, kAnyBytes)) == Seqs64{1});
}

TEST_CASE("rows are laid out as they are documented") {
  const Conversation conversation = Conversation::Must("al~bo");
  const UserHandle bo = UserHandle::Must("bo");
  const std::string text("al~bo\0\1", 7), user("bo\0\1", 4), three("\0\0\0\0\0\0\0\3", 8), plus("+\0\1", 3);
  CHECK(store::KeyOf(kSlot, HeadRow{conversation}) == "\7h" + text);
  CHECK(store::KeyOf(kSlot, RecordRow{conversation, 3}) == "\7m" + text + three);
  CHECK(store::KeyOf(kSlot, ReactionRow{conversation, 3, "+", bo}) == "\7r" + text + three + plus + user);
  CHECK(store::KeyOf(kSlot, CursorRow{conversation, bo}) == "\7c" + text + user);
  CHECK(store::KeyOf(kSlot, ListRow{bo, conversation}) == "\7l" + user + text);
  CHECK(store::KeyOf(kSlot, GoneRow{bo}) == "\7g" + user);
}

}  // namespace
}  // namespace parley::message
