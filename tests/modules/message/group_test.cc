// Conversations of groups: who reads and writes, what is recorded, and who is told.
#include <random>

#include "tests/modules/message/group_fixture.h"

namespace parley::message {
namespace {

using Seqs = std::vector<int64_t>;

TEST_CASE_METHOD(GroupTest, "a group that nobody told of is none") {
  CHECK(SendCode("alice") == Code::kNotFound);
  CHECK(CodeOf(Call("alice", Typing{Address::Must("#cpp"), true})) == Code::kNotFound);
  CHECK(CodeOf(Call("alice", History{In("#cpp"), {}, {}, {}})) == Code::kNotFound);
}

TEST_CASE_METHOD(GroupTest, "a group begins with a record, and its owner writes in it") {
  GroupChange created = Change(GroupEvent::kCreated, "alice");
  created.name = "C++";
  created.topic = "templates";
  created.policy = "open";
  REQUIRE(Tell(created));
  CHECK(Write("alice", "#cpp", "hello") == 2);
  const auto records = HistoryOf("alice", "#cpp");
  REQUIRE(records.size() == 2);
  CHECK(records[0].kind == "system");
  CHECK(records[0].event == GroupEvent::kCreated);
  CHECK(records[0].from == User("alice"));
  CHECK(records[0].name == "C++");
  CHECK(records[0].topic == "templates");
  CHECK(records[0].policy == "open");
  CHECK(!records[0].user);
  CHECK(records[1].body == "hello");
}

TEST_CASE_METHOD(GroupTest, "members write and read, others do not know of it") {
  Found("alice");
  Join("bob");
  CHECK(Write("alice", "#cpp", "hello") == 3);
  CHECK(Write("bob", "#cpp", "hi") == 4);
  CHECK(SendCode("carol") == Code::kNotFound);
  CHECK(CodeOf(Call("carol", History{In("#cpp"), {}, {}, {}})) == Code::kNotFound);
  CHECK(CodeOf(Call("carol", Read{In("#cpp"), 1, {}})) == Code::kNotFound);
  CHECK(CodeOf(Call("carol", Received{In("#cpp"), 1, {}})) == Code::kNotFound);
  CHECK(CodeOf(Call("carol", Receipts{In("#cpp"), 3, {}})) == Code::kNotFound);
  CHECK(CodeOf(Call("carol", Edit{In("#cpp"), 3, "x", {}})) == Code::kNotFound);
  CHECK(CodeOf(Call("carol", Recall{In("#cpp"), 3, {}})) == Code::kNotFound);
  CHECK(CodeOf(Call("carol", React{In("#cpp"), 3, "+", true, {}})) == Code::kNotFound);
  CHECK(CodeOf(Call("carol", Mute{In("#cpp"), 5, {}})) == Code::kNotFound);
  CHECK(CodeOf(Call("carol", Typing{Address::Must("#cpp"), true})) == Code::kNotFound);
  CHECK(!OverviewOf("carol", "#cpp"));
}

TEST_CASE_METHOD(GroupTest, "a member sees nothing from before joining") {
  Found("alice");
  Write("alice", "#cpp", "before");
  Join("bob");  // 3
  Write("alice", "#cpp", "after");
  const auto records = HistoryOf("bob", "#cpp");
  REQUIRE(records.size() == 2);
  CHECK(records[0].seq == 3);
  CHECK(records[0].event == GroupEvent::kJoined);
  CHECK(records[0].user == User("bob"));
  History newest{In("#cpp"), {}, {}, {}};
  const auto page = Call("bob", newest);
  REQUIRE(page);
  CHECK(page->floor == 3);
  CHECK(page->head == 4);
  CHECK(!page->more);
  CHECK(page->messages.size() == 2);
  newest.before = 3;
  const auto none = Call("bob", newest);
  REQUIRE(none);
  CHECK(none->messages.empty());
  CHECK(!none->more);
  CHECK(OverviewOf("bob", "#cpp")->floor == 3);
  CHECK(OverviewOf("alice", "#cpp")->floor == 1);
}

TEST_CASE_METHOD(GroupTest, "what stands before the floor can't be reacted to, replied to, or asked about") {
  Found("alice");
  Write("alice", "#cpp", "before");  // 2
  Join("bob");
  CHECK(CodeOf(Call("bob", React{In("#cpp"), 2, "+", true, {}})) == Code::kNotFound);
  CHECK(CodeOf(Call("bob", Receipts{In("#cpp"), 2, {}})) == Code::kNotFound);
  Send reply{Address::Must("#cpp"), "what?", "r1"};
  reply.reply_to = 2;
  CHECK(CodeOf(Call("bob", reply)) == Code::kNotFound);
}

TEST_CASE_METHOD(GroupTest, "a message is one publication, whatever the number of members") {
  Found("alice");
  JoinMany(20);
  harness.Advance(Joiners::kFreshMs + 1'000);
  for (const char* user : {"alice", "user0003", "user0011"}) Attach(user);
  Quiet();
  Write("alice", "#cpp", "hello");  // 22
  CHECK(RecordsPublished() == 1);
  CHECK(HeardOf("alice").empty());  // the one connection has the answer
  CHECK(HeardOf("user0003") == Seqs{22});
  CHECK(HeardOf("user0011") == Seqs{22});
}

TEST_CASE_METHOD(GroupTest,
                 "a message is one record row, the head and the sender's row, whatever the number of members") {
  Found("alice");
  JoinMany(20);
  Write("alice", "#cpp", "first");
  const size_t before = RowsOnDisk();
  Write("alice", "#cpp", "second");
  CHECK(RowsOnDisk() == before + 2);  // the record, and the memory of its id
}

TEST_CASE_METHOD(GroupTest,
                 "who joins hears everything from the record of it on, also while the subscription is on its way") {
  Attach("alice");
  Attach("bob");
  Found("alice");
  Join("bob");
  Write("alice", "#cpp", "welcome");
  CHECK(HeardOf("bob") == Seqs{2, 3});
  CHECK(HeardOf("alice") == Seqs{1, 2});
  // The group's own topic may be too young on the bus; the user's topic has it, too.
  Quiet();
  Write("alice", "#cpp", "again");
  const auto published = EventsOf<NewRecord>("bob");
  REQUIRE(published.size() == 1);
}

TEST_CASE_METHOD(GroupTest, "a record goes to a fresh member's own topic, and no more once it has settled") {
  Found("alice");
  harness.Advance(Joiners::kFreshMs + 1'000);
  Join("bob");
  harness.TakePublished();
  Write("alice", "#cpp", "welcome");
  auto published = harness.TakePublished();
  REQUIRE(published.size() == 1);
  CHECK(published[0].head.topics == std::vector<std::string>{"conv:#cpp", "user:bob"});
  harness.Advance(Joiners::kFreshMs + 1'000);
  Write("alice", "#cpp", "later");
  published = harness.TakePublished();
  REQUIRE(published.size() == 1);
  CHECK(published[0].head.topics == std::vector<std::string>{"conv:#cpp"});
}

TEST_CASE_METHOD(GroupTest, "who leaves is told so, and of nothing after") {
  for (const char* user : {"alice", "bob"}) Attach(user);
  Found("alice");
  Join("bob");
  Quiet();
  Leave("bob");                     // 3
  Write("alice", "#cpp", "alone");  // 4
  CHECK(HeardOf("bob") == Seqs{3});
  CHECK(HeardOf("alice") == Seqs{3});
  CHECK(SendCode("bob") == Code::kNotFound);
  CHECK(CodeOf(Call("bob", History{In("#cpp"), {}, {}, {}})) == Code::kNotFound);
  CHECK(NamesOf("bob").empty());
  Attach("bob");
  Write("alice", "#cpp", "still alone");
  CHECK(HeardOf("bob") == Seqs{3});
}

TEST_CASE_METHOD(GroupTest, "a kick says who did it to whom") {
  Found("alice");
  Join("bob");
  Kick("alice", "bob");
  const Record kicked = At("alice", "#cpp", 3);
  CHECK(kicked.event == GroupEvent::kKicked);
  CHECK(kicked.from == User("alice"));
  CHECK(kicked.user == User("bob"));
  CHECK(SendCode("bob") == Code::kNotFound);
}

TEST_CASE_METHOD(GroupTest, "who comes back sees what follows the second joining, with the cursors of before") {
  Found("alice");
  Join("bob");                    // 2
  Write("alice", "#cpp", "one");  // 3
  ReadTo("bob", "#cpp", 3);
  Write("bob", "#cpp", "two");      // 4
  Leave("bob");                     // 5
  Write("alice", "#cpp", "three");  // 6
  Join("bob");                      // 7
  Write("alice", "#cpp", "four");   // 8
  const auto overview = OverviewOf("bob", "#cpp");
  REQUIRE(overview);
  CHECK(overview->floor == 7);
  CHECK(overview->read == 3);
  CHECK(overview->unread == 1);
  CHECK(HistoryOf("bob", "#cpp").size() == 2);
}

TEST_CASE_METHOD(GroupTest, "a session that attaches late hears its groups and the announcements") {
  Found("alice");
  Found("bob", "#rust");
  Join("alice", "#rust");
  Write("alice", "bob", "a direct one");
  REQUIRE(Call("alice", message::Attach{}));
  CHECK(harness.directives.subscribe == std::vector<std::string>{"conv:!all", "conv:#cpp", "conv:#rust"});
  CHECK(harness.directives.unsubscribe.empty());
}

TEST_CASE_METHOD(GroupTest, "a session that missed the end of its membership is put right when it attaches again") {
  Found("alice");
  Join("bob");
  Kick("alice", "bob");
  REQUIRE(Call("bob", message::Attach{}));
  CHECK(harness.directives.unsubscribe == std::vector<std::string>{"conv:#cpp"});
}

TEST_CASE_METHOD(GroupTest, "with more than 500 members, joining and leaving are recorded and not pushed") {
  Found("alice");
  JoinMany(500);
  for (const char* user : {"alice", "bob", "user0007"}) Attach(user);
  Quiet();
  Join("bob");   // 502
  Leave("bob");  // 503
  CHECK(HeardOf("alice").empty());
  CHECK(HeardOf("user0007").empty());
  CHECK(HeardOf("bob") == Seqs{502, 503});
  CHECK(At("alice", "#cpp", 502).event == GroupEvent::kJoined);
  Kick("alice", "user0001");  // is pushed
  Write("alice", "#cpp", "hello");
  CHECK(HeardOf("user0007") == Seqs{504, 505});
}

TEST_CASE_METHOD(GroupTest, "a muted member writes nothing until the time is over") {
  Found("alice");
  Join("bob");
  Write("bob", "#cpp", "noise");  // 3
  MuteFor("alice", "bob", 60'000);
  CHECK(SendCode("bob") == Code::kForbidden);
  CHECK(CodeOf(Call("bob", Edit{In("#cpp"), 3, "more noise", {}})) == Code::kForbidden);
  CHECK(CodeOf(Call("bob", React{In("#cpp"), 3, "+", true, {}})) == Code::kForbidden);
  CHECK(CodeOf(Call("bob", Typing{Address::Must("#cpp"), true})) == Code::kForbidden);
  CHECK(SendCode("alice") == std::nullopt);
  CHECK(Call("bob", Recall{In("#cpp"), 3, {}}));  // may take back what was said
  const Record muted = At("alice", "#cpp", 4);
  CHECK(muted.event == GroupEvent::kMuted);
  CHECK(muted.user == User("bob"));
  CHECK(muted.until_ms);
  harness.Advance(61'000);
  CHECK(SendCode("bob") == std::nullopt);
}

TEST_CASE_METHOD(GroupTest, "a muted group is for its owner and admins") {
  Found("alice");
  Join("bob");
  Join("carol");
  SetRole("alice", "bob", Role::kAdmin);
  MuteFor("alice", {}, 60'000);
  CHECK(SendCode("alice") == std::nullopt);
  CHECK(SendCode("bob") == std::nullopt);
  CHECK(SendCode("carol") == Code::kForbidden);
  MuteFor("bob", {}, 0);
  CHECK(SendCode("carol") == std::nullopt);
  CHECK(At("carol", "#cpp", HeadOf("carol", "#cpp") - 1).until_ms == 0);
}

TEST_CASE_METHOD(GroupTest, "owner and admins take back anyone's message, members their own") {
  Found("alice");
  Join("bob");
  Join("carol");
  SetRole("alice", "bob", Role::kAdmin);  // 4
  const int64_t of_alice = Write("alice", "#cpp", "a secret of alice");
  const int64_t of_carol = Write("carol", "#cpp", "a secret of carol");
  CHECK(CodeOf(Call("carol", Recall{In("#cpp"), of_alice, {}})) == Code::kForbidden);
  CHECK(CodeOf(Call("bob", Edit{In("#cpp"), of_carol, "edited", {}})) == Code::kForbidden);
  REQUIRE(Call("bob", Recall{In("#cpp"), of_carol, {}}));
  REQUIRE(Call("bob", Recall{In("#cpp"), of_alice, {}}));
  CHECK(At("carol", "#cpp", of_carol).recalled);
  CHECK(!OnDisk("a secret of"));
  SetRole("alice", "bob", Role::kMember);
  const int64_t another = Write("alice", "#cpp", "more");
  CHECK(CodeOf(Call("bob", Recall{In("#cpp"), another, {}})) == Code::kForbidden);
}

TEST_CASE_METHOD(GroupTest, "a transfer makes the owner an admin") {
  Found("alice");
  Join("bob");
  MuteFor("alice", "bob", 60'000);
  REQUIRE(Tell(Change(GroupEvent::kTransferred, "alice", "bob")));
  CHECK(SendCode("bob") == std::nullopt);  // nobody could lift it
  MuteFor("bob", {}, 60'000);
  CHECK(SendCode("alice") == std::nullopt);
}

TEST_CASE_METHOD(GroupTest, "a dissolved group is not found by anybody, and everybody is told at once") {
  for (const char* user : {"alice", "bob"}) Attach(user);
  Found("alice");
  Join("bob");
  Quiet();
  Dissolve("alice");
  CHECK(HeardOf("bob") == Seqs{3});
  const auto left = EventsOf<group::HasLeft>("bob");
  REQUIRE(left.size() == 1);
  CHECK(left[0].reason == "dissolved");
  CHECK(left[0].by == User("alice"));
  for (const char* user : {"alice", "bob"}) {
    CHECK(SendCode(user) == Code::kNotFound);
    CHECK(CodeOf(Call(user, History{In("#cpp"), {}, {}, {}})) == Code::kNotFound);
    CHECK(NamesOf(user).empty());
    REQUIRE(Call(user, message::Attach{}));
    CHECK(harness.directives.subscribe == std::vector<std::string>{"conv:!all"});
  }
}

TEST_CASE_METHOD(GroupTest, "a large group is taken off its members' lists a part at a time, through a crash") {
  Found("alice");
  JoinMany(450);
  Dissolve("alice");
  harness.Crash();
  for (int i = 0; i < 450; i += 50) CHECK(NamesOf(fmt::format("user{:04}", i)).empty());
  bool left = false;
  const auto all = harness.disk().Iterate();
  for (all->Seek(""); all->valid(); all->Next()) left = left || all->key()[1] == MemberRow::kTable;
  CHECK(!left);
}

TEST_CASE_METHOD(GroupTest, "a change is done once, however often it is told, and old news do no harm") {
  Found("alice");
  const GroupChange joined = Change(GroupEvent::kJoined, "bob", "bob");
  REQUIRE(Tell(joined));
  REQUIRE(Tell(joined));
  CHECK(HeadOf("alice", "#cpp") == 2);
  const GroupChange kicked = Change(GroupEvent::kKicked, "alice", "bob");
  REQUIRE(Tell(kicked));
  REQUIRE(Tell(joined));
  REQUIRE(Tell(kicked));
  CHECK(HeadOf("alice", "#cpp") == 3);
  CHECK(SendCode("bob") == Code::kNotFound);
  CHECK(NamesOf("bob").empty());
}

TEST_CASE_METHOD(GroupTest, "old news of a list do no harm") {
  REQUIRE(harness.Call(Harness::AsModule(), ListAdd{User("bob"), In("#cpp"), 5}));
  REQUIRE(harness.Call(Harness::AsModule(), ListRemove{User("bob"), In("#cpp"), 7}));
  REQUIRE(harness.Call(Harness::AsModule(), ListAdd{User("bob"), In("#cpp"), 6}));
  REQUIRE(Call("bob", message::Attach{}));
  CHECK(harness.directives.subscribe == std::vector<std::string>{"conv:!all"});
  REQUIRE(harness.Call(Harness::AsModule(), ListAdd{User("bob"), In("#cpp"), 8}));
  REQUIRE(Call("bob", message::Attach{}));
  CHECK(harness.directives.subscribe == std::vector<std::string>{"conv:!all", "conv:#cpp"});
}

TEST_CASE_METHOD(GroupTest, "a session that attaches while its user is about to join hears the group once that is so") {
  Found("alice");
  ListAdd listed{User("bob"), In("#cpp"), 5, true};
  REQUIRE(harness.Call(Harness::AsModule(), listed));
  Attach("bob");
  Quiet();
  Write("alice", "#cpp", "without bob");
  CHECK(HeardOf("bob").empty());
  REQUIRE(harness.Call(Harness::AsModule(), ListAdd{User("bob"), In("#cpp"), 5}));
  REQUIRE(harness.Call(Harness::AsModule(), listed));  // late: it takes nothing back
  Write("alice", "#cpp", "with bob");                  // 3
  CHECK(HeardOf("bob") == Seqs{3});
  REQUIRE(Call("bob", message::Attach{}));
  CHECK(harness.directives.subscribe == std::vector<std::string>{"conv:!all", "conv:#cpp"});
}

TEST_CASE_METHOD(GroupTest, "a session that attaches while a dissolved group is on the list still hears it no more") {
  REQUIRE(harness.Call(Harness::AsModule(), ListAdd{User("bob"), In("#cpp"), 5}));
  Attach("bob");
  harness.TakePublished();
  REQUIRE(harness.Call(Harness::AsModule(), ListRemove{User("bob"), In("#cpp"), 7, true}));
  const auto published = harness.TakePublished();
  REQUIRE(published.size() == 1);
  CHECK(published[0].head.topics == std::vector<std::string>{"user:bob"});
  CHECK(published[0].head.directives.unsubscribe == std::vector<std::string>{"conv:#cpp"});
}

TEST_CASE_METHOD(GroupTest, "what the worker had to tell when it died is told when the change is told again") {
  for (const char* user : {"alice", "bob"}) Attach(user);
  Found("alice");
  const GroupChange joined = Change(GroupEvent::kJoined, "bob", "bob");
  REQUIRE(Tell(joined));
  harness.Settle();
  harness.TakePublished();  // as if they had died with it
  harness.Crash();
  REQUIRE(Tell(joined));
  CHECK(HeardOf("bob") == Seqs{2});
}

TEST_CASE_METHOD(GroupTest, "the list comes before the membership, and goes before it") {
  Found("alice");
  // At no moment does a push of the group reach a user whose listing lacks it.
  const GroupChange joined = Change(GroupEvent::kJoined, "bob", "bob");
  const RequestId id = RequestId::Random();
  harness.Send(Harness::AsModule("bob"), GroupChange::kMethod, schema::Encode(joined), id);
  REQUIRE(harness.Await(id).result);
  for (const testing::Published& event : harness.TakePublished()) {
    if (event.method == NewRecord::kMethod) CHECK(OverviewOf("bob", "#cpp"));
  }
}

TEST_CASE_METHOD(GroupTest, "typing in a group reaches the others, and may be dropped") {
  for (const char* user : {"alice", "bob", "carol"}) Attach(user);
  Found("alice");
  Join("bob");
  Quiet();
  REQUIRE(Call("alice", Typing{Address::Must("#cpp"), true}));
  CHECK(EventsOf<IsTyping>("alice").empty());
  CHECK(EventsOf<IsTyping>("carol").empty());
  REQUIRE(EventsOf<IsTyping>("bob").size() == 1);
  CHECK(EventsOf<IsTyping>("bob")[0].conversation == In("#cpp"));
}

TEST_CASE_METHOD(GroupTest, "cursors in a group are told to one's own sessions alone") {
  Found("alice");
  Join("bob");
  Write("alice", "#cpp", "hello");
  harness.TakePublished();
  ReadTo("bob", "#cpp", 3);
  const auto published = harness.TakePublished();
  REQUIRE(published.size() == 1);
  CHECK(published[0].method == "message.read");
  CHECK(published[0].head.topics == std::vector<std::string>{"user:bob"});
}

TEST_CASE_METHOD(GroupTest, "receipts of a group are paged over all other members") {
  Found("alice");
  JoinMany(25);  // 2 … 26
  const int64_t seq = Write("alice", "#cpp", "hello");
  Join("bob");  // sees nothing of it
  Write("alice", "#cpp", "more");
  ReadTo("bob", "#cpp", 100);
  ReadTo("user0004", "#cpp", seq);
  ReceiveTo("user0005", "#cpp", seq);
  ReceiveTo("user0006", "#cpp", seq - 1);
  for (const int64_t limit : {1, 7, 26, 200}) {
    std::map<std::string, Receipt> all;
    Receipts request{In("#cpp"), seq, {}, limit};
    do {
      const auto page = Call("alice", request);
      REQUIRE(page);
      CHECK(page->receipts.size() <= static_cast<size_t>(limit));
      for (const Receipt& receipt : page->receipts) CHECK(all.emplace(receipt.user.text(), receipt).second);
      request.cursor = page->cursor;
    } while (request.cursor);
    CHECK(all.size() == 26);
    CHECK(!all.contains("alice"));
    CHECK((all["user0004"].read && all["user0004"].received));
    CHECK((!all["user0005"].read && all["user0005"].received));
    CHECK(!all["user0006"].received);
    CHECK((!all["bob"].read && !all["bob"].received));
  }
}

TEST_CASE_METHOD(GroupTest, "a cursor of receipts is good for its own group alone") {
  Found("alice");
  Found("alice", "#rust");
  JoinMany(3);
  const auto page = Call("alice", Receipts{In("#cpp"), 1, {}, 1});
  REQUIRE(page);
  REQUIRE(page->cursor);
  CHECK(CodeOf(Call("alice", Receipts{In("#rust"), 1, page->cursor, 1})) == Code::kBadRequest);
}

TEST_CASE_METHOD(GroupTest, "unread counts others' texts alone, exactly, wherever the cursor is") {
  Found("alice");
  Join("bob");
  std::vector<std::string> writers{"", "", ""};  // by seq
  std::mt19937 random(7);
  for (int i = 0; i < 60; ++i) {
    const std::string who = random() % 3 == 0 ? "bob" : "alice";
    Write(who, "#cpp", "text");
    writers.push_back(who);
    if (random() % 4 == 0) {
      Set(who, "#cpp", HeadOf(who, "#cpp"), "+", true);
      writers.emplace_back();
    }
  }
  const auto expected = [&](const std::string& user, int64_t read) {
    int64_t unread = 0;
    for (size_t seq = static_cast<size_t>(read) + 1; seq < writers.size(); ++seq) {
      unread += !writers[seq].empty() && writers[seq] != user ? 1 : 0;
    }
    return unread;
  };
  CHECK(UnreadOf("alice") == expected("alice", 0));
  CHECK(UnreadOf("bob") == expected("bob", 0));
  for (const int64_t read : {1, 2, 3, 4, 11, 12, 30, 31, 55, 70, 1'000}) {
    ReadTo("alice", "#cpp", read);
    ReadTo("bob", "#cpp", read);
    const int64_t cut = std::min<int64_t>(read, static_cast<int64_t>(writers.size()) - 1);
    INFO(read);
    CHECK(UnreadOf("alice") == expected("alice", cut));
    CHECK(UnreadOf("bob") == expected("bob", cut));
  }
}

TEST_CASE_METHOD(GroupTest, "an account's end closes its direct conversations, and no group") {
  Found("alice");
  Join("bob");
  Write("alice", "bob", "direct");
  REQUIRE(harness.Call(Harness::AsModule(), UserGone{User("bob"), {}}));
  harness.Settle();
  CHECK(SendCode("alice") == std::nullopt);
  CHECK(CodeOf(Call("alice", Send{Address::Must("bob"), "hello", "x"})) == Code::kNotFound);
  Leave("bob");
  CHECK(SendCode("alice") == std::nullopt);
}

TEST_CASE_METHOD(GroupTest, "who joins after the account's end is a member for the moment until it ends, too") {
  Found("alice");
  REQUIRE(harness.Call(Harness::AsModule(), UserGone{User("bob"), {}}));
  Join("bob");
  Leave("bob");
  CHECK(HeadOf("alice", "#cpp") == 3);
}

TEST_CASE_METHOD(GroupTest, "everything is there after a crash") {
  Found("alice");
  Join("bob");
  SetRole("alice", "bob", Role::kAdmin);
  Write("bob", "#cpp", "hello");
  MuteFor("alice", {}, 60'000);
  harness.Crash();
  Join("carol");
  CHECK(SendCode("carol") == Code::kForbidden);
  CHECK(SendCode("bob") == std::nullopt);
  CHECK(UnreadOf("alice") == 2);
}

// --- Announcements.

class AnnouncementTest : public GroupTest {
 protected:
  int64_t Announce(std::string body, std::string id, std::string_view by = "root") {
    const auto said = harness.Call(Harness::AsModule(by), message::Announce{std::move(body), std::move(id)});
    REQUIRE(said);
    return said->seq;
  }
};

TEST_CASE_METHOD(AnnouncementTest, "an announcement is everybody's, from the first one on") {
  Attach("bob");
  CHECK(!OverviewOf("bob", "!all"));
  CHECK(Announce("hello", "1") == 1);
  CHECK(Announce("world", "2") == 2);
  CHECK(HeardOf("bob", "!all") == Seqs{1, 2});
  const auto overview = OverviewOf("bob", "!all");
  REQUIRE(overview);
  CHECK(overview->head == 2);
  CHECK(overview->floor == 1);
  CHECK(overview->unread == 2);
  const auto records = HistoryOf("bob", "!all");
  REQUIRE(records.size() == 2);
  CHECK(records[0].body == "hello");
  CHECK(records[0].from == User("root"));
  CHECK(!records[0].id);
}

TEST_CASE_METHOD(AnnouncementTest, "the same announcement again is one") {
  CHECK(Announce("hello", "1") == 1);
  CHECK(Announce("hello", "1") == 1);
  CHECK(CodeOf(harness.Call(Harness::AsModule("root"), message::Announce{"other", "1"})) == Code::kConflict);
}

TEST_CASE_METHOD(AnnouncementTest, "nobody else writes there") {
  Announce("hello", "1");
  CHECK(CodeOf(Call("root", message::Announce{"hello", "2"})) == Code::kForbidden);
  CHECK(CodeOf(Call("bob", Edit{In("!all"), 1, "x", {}})) == Code::kForbidden);
  CHECK(CodeOf(Call("bob", Recall{In("!all"), 1, {}})) == Code::kForbidden);
  CHECK(CodeOf(Call("bob", React{In("!all"), 1, "+", true, {}})) == Code::kForbidden);
}

TEST_CASE_METHOD(AnnouncementTest, "it is read and muted like a conversation, and who read it is told to nobody") {
  Announce("one", "1");
  Announce("two", "2");
  Announce("three", "3", "admin");
  ReadTo("bob", "!all", 2);
  CHECK(OverviewOf("bob", "!all")->unread == 1);
  CHECK(OverviewOf("root", "!all")->unread == 1);  // not the own ones
  ReadTo("root", "!all", 1);
  CHECK(OverviewOf("root", "!all")->unread == 1);
  REQUIRE(Call("bob", Mute{In("!all"), harness.now().wall_ms + 1'000, {}}));
  CHECK(OverviewOf("bob", "!all")->muted_until_ms);
  const auto receipts = Call("root", Receipts{In("!all"), 1, {}});
  REQUIRE(receipts);
  CHECK(receipts->receipts.empty());
}

TEST_CASE_METHOD(AnnouncementTest, "it stands first in a listing, on exactly one page, whatever the limit") {
  Announce("one", "1");
  Write("alice", "bob", "hello");
  Write("alice", "carol", "hello");
  for (const int64_t limit : {1, 2, 3, 50}) {
    const auto all = ListOf("alice", false, limit);
    REQUIRE(all.size() == 3);
    CHECK(all[0].conversation == In("!all"));
  }
}

TEST_CASE_METHOD(AnnouncementTest, "an administrator takes back anyone's message anywhere") {
  Found("alice");
  Write("alice", "#cpp", "a secret");
  Write("alice", "bob", "a secret");
  Announce("a secret", "1");
  for (const auto& [conversation, seq] : {std::pair("#cpp", 2), std::pair("alice~bob", 1), std::pair("!all", 1)}) {
    const auto recalled = harness.Call(Harness::AsModule("root"), AdminRecall{In(conversation), seq});
    REQUIRE(recalled);
    CHECK(recalled->seq == seq + 1);
    CHECK(At("alice", conversation, seq).recalled);
    CHECK(At("alice", conversation, seq + 1).from == User("root"));
  }
  CHECK(!OnDisk("a secret"));
  CHECK(CodeOf(harness.Call(Harness::AsModule("root"), AdminRecall{In("#cpp"), 1})) == Code::kConflict);
  CHECK(CodeOf(harness.Call(Harness::AsModule("root"), AdminRecall{In("#cpp"), 99})) == Code::kNotFound);
}

}  // namespace
}  // namespace parley::message
