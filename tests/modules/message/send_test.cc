// Writing: what is refused, what is kept, who is told.
#include "tests/modules/message/message_test.h"

namespace parley::message {
namespace {

Send Message(std::string_view to, std::string body, std::string id) {
  return Send{Address::Must(to), std::move(body), std::move(id)};
}

TEST_CASE_METHOD(MessageTest, "a first message begins the conversation at 1") {
  const auto sent = Call("alice", Message("bob", "hello", "1"));
  REQUIRE(sent);
  CHECK(sent->conversation == In("alice~bob"));
  CHECK(sent->seq == 1);
  CHECK(sent->time_ms == harness.now().wall_ms);
}

TEST_CASE_METHOD(MessageTest, "sequences are dense, whoever writes") {
  CHECK(Write("alice", "bob", "one") == 1);
  CHECK(Write("bob", "alice", "two") == 2);
  CHECK(Write("bob", "alice", "three") == 3);
  CHECK(Write("alice", "bob", "four") == 4);
  CHECK(Write("alice", "carol", "elsewhere") == 1);
}

TEST_CASE_METHOD(MessageTest, "a record keeps all that was sent") {
  Write("alice", "bob", "first");
  Send request = Message("alice", "🙂 \n", "b-1");
  request.kind = "poem";
  request.reply_to = 1;
  request.mentions = {User("alice"), User("nobody.known")};
  REQUIRE(Call("bob", request));

  const Record record = At("bob", "alice~bob", 2);
  CHECK(record.conversation == In("alice~bob"));
  CHECK(record.from == User("bob"));
  CHECK(record.kind == "poem");
  CHECK(record.body == "🙂 \n");
  CHECK(record.id == "b-1");
  CHECK(record.reply_to == 1);
  CHECK(record.mentions == request.mentions);
  CHECK(!record.edited_ms);
  CHECK(!record.recalled);
}

TEST_CASE_METHOD(MessageTest, "only the first message of a pair asks whether the other exists") {
  WriteMany("alice", "bob", 5);
  Write("bob", "alice", "answer");
  CHECK(exists_asked == 1);
}

TEST_CASE_METHOD(MessageTest, "there is nobody to write to behind an unknown handle") {
  const auto refused = Call("alice", Message("nobody", "anyone?", "1"));
  CHECK(CodeOf(refused) == Code::kNotFound);
  CHECK(NamesOf("alice").empty());
  CHECK(RowsOnDisk() == 0);
}

TEST_CASE_METHOD(MessageTest, "when the user module is away, a first message is refused and nothing is left") {
  harness.Stub("user.exists",
               [](const Caller&, std::string_view) -> Result<std::string> { return Fail(Code::kUnavailable, "away"); });
  CHECK(CodeOf(Call("alice", Message("bob", "hello", "1"))) == Code::kUnavailable);
  CHECK(HeadOf("alice", "alice~bob") == 0);
  CHECK(RowsOnDisk() == 0);
}

TEST_CASE_METHOD(MessageTest, "when the user module is away, those who know each other go on") {
  Write("alice", "bob", "hello");
  harness.Stub("user.exists",
               [](const Caller&, std::string_view) -> Result<std::string> { return Fail(Code::kUnavailable, "away"); });
  CHECK(Write("bob", "alice", "still here") == 2);
}

TEST_CASE_METHOD(MessageTest, "a notebook is one's own") {
  CHECK(Write("alice", "alice", "note to self") == 1);
  CHECK(exists_asked == 0);
  CHECK(At("alice", "alice~alice", 1).body == "note to self");
  CHECK(CodeOf(Call("bob", History{In("alice~alice"), {}, {}, {}, 50})) == Code::kNotFound);
  CHECK(OverviewOf("alice", "alice~alice")->unread == 0);
}

TEST_CASE_METHOD(MessageTest, "nobody is a member of any group") {
  CHECK(CodeOf(Call("alice", Message("#cpp", "hello", "1"))) == Code::kNotFound);
}

TEST_CASE_METHOD(MessageTest, "kinds that mean something here can't be sent") {
  for (const std::string kind : {"edit", "recall", "react", "system"}) {
    Send request = Message("bob", "x", "1");
    request.kind = kind;
    const auto refused = Call("alice", request);
    CHECK(CodeOf(refused) == Code::kBadRequest);
    CHECK(refused.error().message.starts_with("kind"));
  }
  CHECK(HeadOf("alice", "alice~bob") == 0);
}

TEST_CASE_METHOD(MessageTest, "what is too long, too short or missing is refused by name") {
  struct Case {
    Send request;
    Code code;
    std::string names;
  };
  Send long_kind = Message("bob", "x", "1");
  long_kind.kind = std::string(33, 'k');
  Send many_mentions = Message("bob", "x", "1");
  many_mentions.mentions.assign(51, User("carol"));
  for (const Case& c : {Case{Message("bob", "", "1"), Code::kBadRequest, "body"},
                        Case{Message("bob", std::string(16'385, 'b'), "1"), Code::kLimit, "body"},
                        Case{Message("bob", "x", ""), Code::kBadRequest, "id"},
                        Case{Message("bob", "x", std::string(65, 'i')), Code::kLimit, "id"},
                        Case{long_kind, Code::kLimit, "kind"}, Case{many_mentions, Code::kLimit, "mentions"}}) {
    const auto refused = Call("alice", c.request);
    CHECK(CodeOf(refused) == c.code);
    CHECK(refused.error().message.starts_with(c.names + ":"));
  }
  CHECK(RowsOnDisk() == 0);
}

TEST_CASE_METHOD(MessageTest, "the longest that is allowed is allowed") {
  Send request = Message("bob", std::string(16'384, 'b'), std::string(64, 'i'));
  request.kind = std::string(32, 'k');
  request.mentions.assign(50, User("carol"));
  REQUIRE(Call("alice", request));
  CHECK(At("bob", "alice~bob", 1).body->size() == 16'384);
}

TEST_CASE_METHOD(MessageTest, "an id is not optional, and handles have a form") {
  const auto without_id = Raw("alice", "message.send", [](schema::Writer& w) {
    w.Map(2);
    w.Text("to"), w.Text("bob"), w.Text("body"), w.Text("x");
  });
  CHECK(CodeOf(without_id) == Code::kBadRequest);
  CHECK(without_id.error().message.starts_with("id"));
  for (const std::string_view to : {"Bob", "b", "!all", "alice~bob", ""}) {
    const auto refused = Raw("alice", "message.send", [&](schema::Writer& w) {
      w.Map(3);
      w.Text("to"), w.Text(to), w.Text("body"), w.Text("x"), w.Text("id"), w.Text("1");
    });
    CHECK(CodeOf(refused) == Code::kBadRequest);
    CHECK(refused.error().message.starts_with("to"));
  }
}

TEST_CASE_METHOD(MessageTest, "an empty kind is no kind") {
  const auto refused = Raw("alice", "message.send", [&](schema::Writer& w) {
    w.Map(4);
    w.Text("to"), w.Text("bob"), w.Text("body"), w.Text("x"), w.Text("id"), w.Text("1"), w.Text("kind"), w.Text("");
  });
  CHECK(CodeOf(refused) == Code::kBadRequest);
}

TEST_CASE_METHOD(MessageTest, "a reply needs a text or own kind to reply to") {
  Write("alice", "bob", "question");
  Set("bob", "alice~bob", 1, "+", true);  // 2
  const auto reply_to = [&](int64_t seq) {
    Send request = Message("alice", "answer", "r" + std::to_string(seq));
    request.reply_to = seq;
    return Call("bob", request);
  };
  CHECK(CodeOf(reply_to(-1)) == Code::kBadRequest);
  CHECK(CodeOf(reply_to(0)) == Code::kNotFound);
  CHECK(CodeOf(reply_to(3)) == Code::kNotFound);
  CHECK(CodeOf(reply_to(std::numeric_limits<int64_t>::max())) == Code::kNotFound);
  CHECK(CodeOf(reply_to(2)) == Code::kConflict);
  CHECK(reply_to(1)->seq == 3);
}

TEST_CASE_METHOD(MessageTest, "a reply in a conversation that has not begun is not found, and asks nobody") {
  Send request = Message("bob", "x", "1");
  request.reply_to = 1;
  CHECK(CodeOf(Call("alice", request)) == Code::kNotFound);
  CHECK(exists_asked == 0);
}

TEST_CASE_METHOD(MessageTest, "nobody may ask without being logged in") {
  CHECK(CodeOf(harness.Call(Harness::Nobody(), Message("bob", "x", "1"))) == Code::kUnauthenticated);
}

TEST_CASE_METHOD(MessageTest, "routes between slots are closed to clients, admins too") {
  CHECK(CodeOf(harness.Call(Harness::AsAdmin("alice"), ListAdd{User("alice"), In("alice~bob")})) == Code::kForbidden);
  CHECK(CodeOf(Call("alice", Heads{In("alice~bob"), User("alice"), {In("alice~bob")}, false})) == Code::kForbidden);
  CHECK(CodeOf(Call("alice", UserGone{User("bob"), {}})) == Code::kForbidden);
  CHECK(CodeOf(Call("alice", CloseConversation{In("alice~bob")})) == Code::kForbidden);
}

// --- the same id again ---

TEST_CASE_METHOD(MessageTest, "the same id again is the same message") {
  const auto first = Call("alice", Message("bob", "once", "the id"));
  harness.Advance(5'000);
  const auto again = harness.Call(As("alice", 2), Message("bob", "once", "the id"));
  REQUIRE(again);
  CHECK(again->seq == first->seq);
  CHECK(again->time_ms == first->time_ms);
  CHECK(HeadOf("bob", "alice~bob") == 1);
  CHECK(Heard<NewRecord>("bob", 1).size() == 1);
}

TEST_CASE_METHOD(MessageTest, "a kind that is given and one that is meant are the same") {
  Call("alice", Message("bob", "once", "the id"));
  const auto again = Raw("alice", "message.send", [&](schema::Writer& w) {
    w.Map(6);
    w.Text("kind"), w.Text("text"), w.Text("to"), w.Text("bob"), w.Text("body"), w.Text("once"), w.Text("id"),
        w.Text("the id"), w.Text("mentions"), w.List(0), w.Text("unknown"), w.Bool(true);
  });
  REQUIRE(again);
  CHECK(HeadOf("bob", "alice~bob") == 1);
}

TEST_CASE_METHOD(MessageTest, "the same id with other arguments is a conflict") {
  Write("alice", "bob", "before");
  Call("alice", Message("bob", "once", "the id"));
  std::vector<Send> others(4, Message("bob", "once", "the id"));
  others[0].body = "twice";
  others[1].kind = "poem";
  others[2].reply_to = 1;
  others[3].mentions = {User("carol")};
  for (const Send& other : others) CHECK(CodeOf(Call("alice", other)) == Code::kConflict);
  CHECK(HeadOf("bob", "alice~bob") == 2);
}

TEST_CASE_METHOD(MessageTest, "the same id with another method is a conflict") {
  Call("alice", Message("bob", "once", "the id"));
  const auto conversation = In("alice~bob");
  CHECK(CodeOf(Call("alice", Edit{conversation, 1, "x", "the id"})) == Code::kConflict);
  CHECK(CodeOf(Call("alice", Recall{conversation, 1, "the id"})) == Code::kConflict);
  CHECK(CodeOf(Call("alice", React{conversation, 1, "+", true, "the id"})) == Code::kConflict);
  CHECK(CodeOf(Call("alice", Read{conversation, 1, "the id"})) == Code::kConflict);
  CHECK(CodeOf(Call("alice", Received{conversation, 1, "the id"})) == Code::kConflict);
  CHECK(CodeOf(Call("alice", Mute{conversation, 5, "the id"})) == Code::kConflict);
  CHECK(HeadOf("bob", "alice~bob") == 1);
}

TEST_CASE_METHOD(MessageTest, "ids belong to a user and a conversation") {
  CHECK(Call("alice", Message("bob", "to bob", "1"))->seq == 1);
  CHECK(Call("alice", Message("carol", "to carol", "1"))->seq == 1);
  CHECK(Call("bob", Message("alice", "from bob", "1"))->seq == 2);
}

TEST_CASE_METHOD(MessageTest, "errors are not remembered") {
  CHECK(CodeOf(Call("alice", Message("dave", "hello", "1"))) == Code::kNotFound);
  users.insert("dave");
  CHECK(Call("alice", Message("dave", "hello", "1"))->seq == 1);
}

TEST_CASE_METHOD(MessageTest, "an id is forgotten after a day") {
  Call("alice", Message("bob", "once", "the id"));
  harness.Advance(24 * 3600 * 1000LL + 60'000);
  CHECK(Call("alice", Message("bob", "another", "the id"))->seq == 2);
}

// --- after a crash ---

TEST_CASE_METHOD(MessageTest, "what was acknowledged is there after a crash") {
  const auto sent = Call("alice", Message("bob", "hello", "1"));
  harness.Crash();
  CHECK(At("bob", "alice~bob", 1).body == "hello");
  CHECK(NamesOf("alice") == std::vector<std::string>{"alice~bob"});
  CHECK(NamesOf("bob") == std::vector<std::string>{"alice~bob"});
  const auto again = Call("alice", Message("bob", "hello", "1"));
  CHECK(again->seq == sent->seq);
  CHECK(again->time_ms == sent->time_ms);
  CHECK(CodeOf(Call("alice", Message("bob", "other", "1"))) == Code::kConflict);
  CHECK(Write("bob", "alice", "on we go") == 2);
}

TEST_CASE_METHOD(MessageTest,
                 "a crash while a first message asks loses nothing that was acknowledged, and it can be repeated") {
  bool crash = true;
  harness.Stub("user.exists", [&](const Caller&, std::string_view) -> Result<std::string> {
    if (std::exchange(crash, false)) harness.Crash();
    return schema::Encode(user::ExistsReply{true});
  });
  CHECK(!Call("alice", Message("bob", "hello", "1")));
  CHECK(HeadOf("bob", "alice~bob") == 0);
  CHECK(Call("alice", Message("bob", "hello", "1"))->seq == 1);
  CHECK(HistoryOf("bob", "alice~bob").size() == 1);
}

TEST_CASE_METHOD(MessageTest, "a conversation on a list that never began is shown to nobody and can begin later") {
  REQUIRE(harness.Call(Harness::AsModule("alice"), ListAdd{User("alice"), In("alice~bob")}));
  harness.Crash();
  CHECK(NamesOf("alice").empty());
  Write("bob", "alice", "hello");
  CHECK(NamesOf("alice") == std::vector<std::string>{"alice~bob"});
}

// --- at the same time ---

TEST_CASE_METHOD(MessageTest, "two first messages from both sides at once make one conversation") {
  bool nested = false;
  harness.Stub("user.exists", [&](const Caller&, std::string_view) -> Result<std::string> {
    if (!std::exchange(nested, true)) CHECK(Write("bob", "alice", "mine was first") == 1);
    return schema::Encode(user::ExistsReply{true});
  });
  CHECK(Write("alice", "bob", "mine came later") == 2);
  CHECK(NamesOf("alice") == std::vector<std::string>{"alice~bob"});
  CHECK(NamesOf("bob") == std::vector<std::string>{"alice~bob"});
  CHECK(HistoryOf("alice", "alice~bob").size() == 2);
}

TEST_CASE_METHOD(MessageTest, "the same first message twice at once is one") {
  bool nested = false;
  std::optional<int64_t> second;
  harness.Stub("user.exists", [&](const Caller&, std::string_view) -> Result<std::string> {
    if (!std::exchange(nested, true)) {
      const auto reply = harness.Call(As("alice", 2), Message("bob", "once", "the id"));
      if (reply) second = reply->seq;
    }
    return schema::Encode(user::ExistsReply{true});
  });
  const auto first = Call("alice", Message("bob", "once", "the id"));
  REQUIRE(first);
  CHECK(first->seq == 1);
  CHECK(second == 1);
  CHECK(HistoryOf("bob", "alice~bob").size() == 1);
}

// --- who hears it ---

TEST_CASE_METHOD(MessageTest, "every session hears a message but the connection that sent it") {
  REQUIRE(harness.Call(As("alice", 7), Message("bob", "hello", "the id")));
  CHECK(Heard<NewRecord>("alice", 7).empty());
  for (const auto& [user, connection] :
       std::vector<std::pair<std::string, uint64_t>>{{"alice", 8}, {"bob", 1}, {"bob", 7}}) {
    const auto heard = Heard<NewRecord>(user, connection);
    REQUIRE(heard.size() == 1);
    CHECK(heard[0].seq == 1);
    CHECK(heard[0].head == 1);
    CHECK(heard[0].from == User("alice"));
    CHECK(heard[0].body == "hello");
    CHECK(heard[0].conversation == In("alice~bob"));
    CHECK(heard[0].time_ms == harness.now().wall_ms);
  }
  CHECK(Heard<NewRecord>("carol", 1).empty());
  CHECK(Publications() == 1);
}

TEST_CASE_METHOD(MessageTest, "the id is for the sender's sessions only") {
  Call("alice", Message("bob", "hello", "secret-id"));
  const auto heard = Heard<NewRecord>("bob", 1);
  REQUIRE(heard.size() == 1);
  CHECK(!heard[0].id);
  std::string own;
  schema::Writer writer(own);
  writer.Text("id");
  writer.Text("secret-id");
  CHECK(OwnPairs() == std::vector<std::string>{own});
  CHECK(At("alice", "alice~bob", 1).id == "secret-id");
  CHECK(!At("bob", "alice~bob", 1).id);
  CHECK(OverviewOf("alice", "alice~bob")->last->id == "secret-id");
  CHECK(!OverviewOf("bob", "alice~bob")->last->id);
}

TEST_CASE_METHOD(MessageTest, "a note in a notebook reaches one's other devices once") {
  Write("alice", "alice", "note");
  CHECK(Heard<NewRecord>("alice", 1).empty());
  CHECK(Heard<NewRecord>("alice", 2).size() == 1);
}

TEST_CASE_METHOD(MessageTest, "a message that was refused is told to nobody") {
  Call("alice", Message("nobody", "x", "1"));
  Call("alice", Message("bob", "", "2"));
  CHECK(Publications() == 0);
}

// --- typing ---

TEST_CASE_METHOD(MessageTest, "typing reaches the other, may be dropped, and is never stored") {
  REQUIRE(Call("alice", Typing{Address::Must("bob"), true}));
  const auto heard = Heard<IsTyping>("bob", 1);
  REQUIRE(heard.size() == 1);
  CHECK(heard[0].conversation == In("alice~bob"));
  CHECK(heard[0].user == User("alice"));
  CHECK(heard[0].on);
  CHECK(Heard<IsTyping>("alice", 2).empty());
  CHECK(RowsOnDisk() == 0);
  CHECK(HeadOf("bob", "alice~bob") == 0);
}

TEST_CASE_METHOD(MessageTest, "typing may be dropped on the way; messages may not") {
  Write("alice", "bob", "hello");
  REQUIRE(Call("alice", Typing{Address::Must("bob"), false}));
  const auto published = harness.TakePublished();
  REQUIRE(published.size() == 2);
  CHECK(!published[0].droppable);
  CHECK(published[1].droppable);
  CHECK(!schema::Decode<IsTyping>(published[1].body)->on);
}

TEST_CASE_METHOD(MessageTest, "typing in a notebook is told to nobody, in a group it is not found") {
  CHECK(Call("alice", Typing{Address::Must("alice"), true}));
  CHECK(CodeOf(Call("alice", Typing{Address::Must("#cpp"), true})) == Code::kNotFound);
  CHECK(Publications() == 0);
}

// --- deleted accounts ---

TEST_CASE_METHOD(MessageTest, "nobody writes to a deleted account, and what was written stays") {
  Write("alice", "bob", "before");
  Write("bob", "carol", "before too");
  users.erase("bob");
  REQUIRE(harness.Call(Harness::AsModule(), UserGone{User("bob"), {}}));
  harness.Settle();
  const auto refused = Call("alice", Message("bob", "after", "late"));
  CHECK(CodeOf(refused) == Code::kNotFound);
  CHECK(refused.error().message.starts_with("to:"));
  CHECK(CodeOf(Call("carol", Message("bob", "after", "late"))) == Code::kNotFound);
  CHECK(HistoryOf("alice", "alice~bob").size() == 1);
  CHECK(NamesOf("alice") == std::vector<std::string>{"alice~bob"});
  CHECK(TakeBack("alice", "alice~bob", 1) == 2);
  CHECK(Write("alice", "carol", "we go on") == 1);
}

TEST_CASE_METHOD(MessageTest, "nobody begins to write to a deleted account, even one that was there a moment ago") {
  harness.Stub("user.exists", [&](const Caller&, std::string_view) -> Result<std::string> {
    // It goes right after it was found to exist.
    REQUIRE(harness.Call(Harness::AsModule(), UserGone{User("bob"), {}}));
    return schema::Encode(user::ExistsReply{true});
  });
  CHECK(CodeOf(Call("alice", Message("bob", "hello", "1"))) == Code::kNotFound);
  CHECK(HeadOf("alice", "alice~bob") == 0);
  CHECK(NamesOf("alice").empty());
}

TEST_CASE_METHOD(MessageTest,
                 "every conversation of a deleted account is closed, however many there are, crash or not") {
  for (int i = 0; i < 450; ++i) {
    const std::string friend_name = "friend" + std::to_string(i);
    users.insert(friend_name);
    Write("bob", friend_name, "hello");
  }
  users.erase("bob");
  REQUIRE(harness.Call(Harness::AsModule(), UserGone{User("bob"), {}}));
  harness.Crash();
  harness.Advance(2'000);
  for (const int i : {0, 1, 199, 200, 201, 400, 449}) {
    CHECK(CodeOf(Call("friend" + std::to_string(i), Message("bob", "after", "late"))) == Code::kNotFound);
  }
}

TEST_CASE_METHOD(MessageTest, "a message whose answer died with the worker is told again when it is asked for again") {
  Write("alice", "bob", "before");
  const RequestId request = RequestId::Random();
  const std::string arguments = schema::Encode(Message("bob", "hello", "x"));
  const auto first = harness.CallEncoded(As("alice"), Send::kMethod, arguments, request);
  Forget();
  harness.CallEncoded(As("alice"), Send::kMethod, arguments, request);
  CHECK(Heard<NewRecord>("bob", 7).empty());  // the worker lives: nothing was lost

  harness.AdvanceWall(-60'000);  // whoever has the slot next may have a clock that is behind
  harness.Crash();
  const auto again = harness.CallEncoded(As("alice"), Send::kMethod, arguments, request);
  CHECK(again.result.value() == first.result.value());
  const std::vector<NewRecord> heard = Heard<NewRecord>("bob", 7);
  REQUIRE(heard.size() == 1);
  CHECK(heard[0].seq == 2);
  CHECK(heard[0].body == "hello");
  CHECK(HeadOf("bob", "alice~bob") == 2);
}

TEST_CASE_METHOD(MessageTest, "a message that others came after is not told again: it would come out of order") {
  const RequestId request = RequestId::Random();
  const std::string arguments = schema::Encode(Message("bob", "hello", "x"));
  harness.CallEncoded(As("alice"), Send::kMethod, arguments, request);
  harness.Advance(10);
  harness.Crash();
  Write("bob", "alice", "later");
  Forget();
  harness.CallEncoded(As("alice"), Send::kMethod, arguments, request);
  CHECK(Heard<NewRecord>("bob", 7).empty());
}

}  // namespace
}  // namespace parley::message
