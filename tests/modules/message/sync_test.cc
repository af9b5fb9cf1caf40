// The listing of one's conversations.
#include "common/base/limits.h"
#include "tests/modules/message/message_test.h"

namespace parley::message {
namespace {

class SyncTest : public MessageTest {
 protected:
  // Users with whom alice has a conversation of two records each.
  void MeetMany(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string other = "user" + std::to_string(1'000 + i);
      users.insert(other);
      Write("alice", other, "hello");
      Write(other, "alice", "yes?");
    }
  }
};

TEST_CASE_METHOD(SyncTest, "who never wrote has none") {
  const auto page = Call("alice", Sync{});
  REQUIRE(page);
  CHECK(page->conversations.empty());
  CHECK(!page->cursor);
}

TEST_CASE_METHOD(SyncTest, "both sides list a conversation once its first message is acknowledged") {
  Write("alice", "bob", "hello");
  for (const std::string user : {"alice", "bob"}) {
    const auto all = ListOf(user);
    REQUIRE(all.size() == 1);
    CHECK(all[0].conversation == In("alice~bob"));
    CHECK(all[0].head == 1);
    CHECK(all[0].floor == 1);
    CHECK(all[0].read == 0);
    CHECK(all[0].received == 0);
    CHECK(!all[0].muted_until_ms);
    CHECK(!all[0].last);
  }
  CHECK(NamesOf("carol").empty());
}

TEST_CASE_METHOD(SyncTest, "the lists are there before anybody hears of the conversation") {
  // When the push goes out, the other's listing must have it: a client that syncs then would forget it otherwise.
  std::vector<std::string> listed;
  harness.Stub("user.exists", [&](const Caller&, std::string_view) -> Result<std::string> {
    CHECK(NamesOf("bob").empty());
    return schema::Encode(user::ExistsReply{true});
  });
  Write("alice", "bob", "hello");
  CHECK(NamesOf("bob") == std::vector<std::string>{"alice~bob"});
}

TEST_CASE_METHOD(SyncTest, "every conversation is on exactly one page, whatever the limit") {
  MeetMany(230);
  for (const int64_t limit : {7, 50, 115, 200}) {
    const auto all = ListOf("alice", false, limit);
    REQUIRE(all.size() == 230);
    for (const Overview& overview : all) CHECK(overview.head == 2);
  }
}

TEST_CASE_METHOD(SyncTest, "more than 200 are cut, and the last page has no cursor") {
  MeetMany(201);
  Sync request;
  request.limit = 100'000;
  const auto first = Call("alice", request);
  REQUIRE(first);
  CHECK(first->conversations.size() == 200);
  REQUIRE(first->cursor);
  request.cursor = first->cursor;
  const auto second = Call("alice", request);
  REQUIRE(second);
  CHECK(second->conversations.size() == 1);
  CHECK(!second->cursor);
}

TEST_CASE_METHOD(SyncTest, "a page that is exactly full is the last one") {
  MeetMany(10);
  Sync request;
  request.limit = 10;
  const auto page = Call("alice", request);
  CHECK(page->conversations.size() == 10);
  CHECK(!page->cursor);
}

TEST_CASE_METHOD(SyncTest, "what begins while one pages takes nothing off the pages") {
  MeetMany(20);
  Sync request;
  request.limit = 10;
  const auto first = Call("alice", request);
  users.insert("aaron");
  users.insert("zoe");
  Write("aaron", "alice", "before the cursor");
  Write("zoe", "alice", "after the cursor");
  request.cursor = first->cursor;
  request.limit = 50;
  const auto second = Call("alice", request);
  CHECK(second->conversations.size() == 11);
}

TEST_CASE_METHOD(SyncTest, "a cursor is good for an hour, and only one of ours") {
  MeetMany(3);
  Sync request;
  request.limit = 2;
  request.cursor = Call("alice", request)->cursor;
  harness.Advance(3'500'000);
  CHECK(Call("alice", request)->conversations.size() == 1);
  harness.Advance(200'000);
  CHECK(CodeOf(Call("alice", request)) == Code::kBadRequest);
  for (const std::string cursor : {"nonsense", "00", "alice~bob"}) {
    request.cursor = cursor;
    const auto refused = Call("alice", request);
    CHECK(CodeOf(refused) == Code::kBadRequest);
    CHECK(refused.error().message.starts_with("cursor"));
  }
  request.cursor = std::string(513, 'f');
  CHECK(CodeOf(Call("alice", request)) == Code::kLimit);
}

TEST_CASE_METHOD(SyncTest, "a limit of a listing is at least 1") {
  for (const int64_t limit : {0, -5}) {
    const auto refused = Raw("alice", "message.sync", [&](schema::Writer& w) {
      w.Map(1);
      w.Text("limit"), w.Int(limit);
    });
    CHECK(CodeOf(refused) == Code::kBadRequest);
  }
}

TEST_CASE_METHOD(SyncTest, "previews show the last record, whatever its kind") {
  Write("alice", "bob", "one");
  Write("bob", "alice", "two");
  CHECK(OverviewOf("alice", "alice~bob")->last->body == "two");
  Set("alice", "alice~bob", 2, "+", true);
  const auto last = OverviewOf("bob", "alice~bob")->last;
  REQUIRE(last);
  CHECK(last->seq == 3);
  CHECK(last->kind == "react");
}

TEST_CASE_METHOD(SyncTest, "pages with long previews stay within a response and lack nothing") {
  for (int i = 0; i < 120; ++i) {
    const std::string other = "user" + std::to_string(1'000 + i);
    users.insert(other);
    Write(other, "alice", std::string(limits::kBodyMax, 'b'));
  }
  CHECK(ListOf("alice", true, 200).size() == 120);
}

TEST_CASE_METHOD(SyncTest, "a slot that can't say fails the whole listing") {
  MeetMany(5);
  // On the list by mistake: its slot refuses to say anything of it to alice.
  REQUIRE(harness.Call(Harness::AsModule("alice"), ListAdd{User("alice"), In("carol~dave")}));
  CHECK(!Call("alice", Sync{}));
}

TEST_CASE_METHOD(SyncTest, "unread counts what others wrote above the read cursor") {
  WriteMany("alice", "bob", 3);
  Write("bob", "alice", "4");
  EditTo("alice", "alice~bob", 1, "one");
  Set("alice", "alice~bob", 4, "+", true);
  CHECK(OverviewOf("bob", "alice~bob")->unread == 3);
  CHECK(OverviewOf("alice", "alice~bob")->unread == 1);
  ReadTo("bob", "alice~bob", 2);
  CHECK(OverviewOf("bob", "alice~bob")->unread == 1);
  Send poem{Address::Must("bob"), "own kind", "p"};
  poem.kind = "poem";
  REQUIRE(Call("alice", poem));
  CHECK(OverviewOf("bob", "alice~bob")->unread == 2);
  ReadTo("bob", "alice~bob", 1'000);
  CHECK(OverviewOf("bob", "alice~bob")->unread == 0);
}

TEST_CASE_METHOD(SyncTest, "unread stops at a hundred") {
  WriteMany("alice", "bob", 130);
  CHECK(OverviewOf("bob", "alice~bob")->unread == 100);
  ReadTo("bob", "alice~bob", 29);
  CHECK(OverviewOf("bob", "alice~bob")->unread == 100);
  ReadTo("bob", "alice~bob", 31);
  CHECK(OverviewOf("bob", "alice~bob")->unread == 99);
}

TEST_CASE_METHOD(SyncTest, "slots are asked for what is theirs only") {
  const Conversation a = In("alice~bob");
  std::string other = "user0";
  for (int i = 1; SlotOf("alice~" + other) == SlotOf(a.text()); ++i) other = "user" + std::to_string(i);
  const Conversation elsewhere = In("alice~" + other);
  const auto refused = harness.Call(Harness::AsModule("alice"), Heads{a, User("alice"), {a, elsewhere}, false});
  CHECK(CodeOf(refused) == Code::kBadRequest);
  CHECK(harness.Call(Harness::AsModule("alice"), Heads{a, User("alice"), {a}, false})->conversations.empty());
}

TEST_CASE_METHOD(SyncTest, "a list takes the same conversation any number of times") {
  for (int i = 0; i < 3; ++i) {
    REQUIRE(harness.Call(Harness::AsModule("alice"), ListAdd{User("alice"), In("alice~bob")}));
  }
  Write("alice", "bob", "hello");
  CHECK(NamesOf("alice").size() == 1);
}

}  // namespace
}  // namespace parley::message
