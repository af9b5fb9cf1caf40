// Edits, recalls and reactions.
#include "tests/modules/message/message_test.h"

namespace parley::message {
namespace {

class ChangesTest : public MessageTest {
 protected:
  static constexpr std::string_view kPair = "alice~bob";
  static constexpr std::string_view kSecret = "what has to vanish";

  std::optional<Code> EditCode(std::string_view user, int64_t seq) {
    return CodeOf(Call(user, Edit{In(kPair), seq, "edited", {}}));
  }
  std::optional<Code> RecallCode(std::string_view user, int64_t seq) {
    return CodeOf(Call(user, Recall{In(kPair), seq, {}}));
  }
  std::optional<Code> ReactCode(std::string_view user, int64_t seq) {
    return CodeOf(Call(user, React{In(kPair), seq, "+", true, {}}));
  }
  // 1 text, 2 edit, 3 react, 4 text, 5 recall of 4
  void WriteOneOfEach() {
    Write("alice", "bob", "helo");
    EditTo("alice", kPair, 1, "hello");
    Set("alice", kPair, 1, "+", true);
    Write("alice", "bob", "oops");
    TakeBack("alice", kPair, 4);
  }
};

// --- edit ---

TEST_CASE_METHOD(ChangesTest, "an edit is a record of its own, and shows in its target") {
  Write("alice", "bob", "helo");
  harness.Advance(1'000);
  CHECK(EditTo("alice", kPair, 1, "hello") == 2);
  const Record target = At("bob", kPair, 1);
  CHECK(target.body == "hello");
  CHECK(target.kind == "text");
  CHECK(target.edited_ms == harness.now().wall_ms);
  CHECK(target.time_ms == harness.now().wall_ms - 1'000);
  const Record edit = At("bob", kPair, 2);
  CHECK(edit.kind == "edit");
  CHECK(edit.target == 1);
  CHECK(edit.body == "hello");
  CHECK(edit.from == User("alice"));
  CHECK(!edit.id);
}

TEST_CASE_METHOD(ChangesTest, "the last edit counts, and a crash keeps it") {
  Write("alice", "bob", "1");
  EditTo("alice", kPair, 1, "2");
  EditTo("alice", kPair, 1, "3");
  harness.Crash();
  CHECK(At("bob", kPair, 1).body == "3");
  CHECK(At("bob", kPair, 2).body == "2");
  CHECK(At("bob", kPair, 3).body == "3");
}

TEST_CASE_METHOD(ChangesTest, "an own kind can be edited, and keeps what it was sent with") {
  Write("bob", "alice", "question");
  Send poem{Address::Must("bob"), "roses", "the-id"};
  poem.kind = "poem";
  poem.reply_to = 1;
  poem.mentions = {User("bob")};
  REQUIRE(Call("alice", poem));
  EditTo("alice", kPair, 2, "violets");
  const Record record = At("alice", kPair, 2);
  CHECK(record.kind == "poem");
  CHECK(record.body == "violets");
  CHECK(record.id == "the-id");
  CHECK(record.reply_to == 1);
  CHECK(record.mentions == poem.mentions);
}

TEST_CASE_METHOD(ChangesTest, "an edit reaches every session but the one that made it") {
  Write("alice", "bob", "helo");
  Forget();
  REQUIRE(harness.Call(As("alice", 5), Edit{In(kPair), 1, "hello", "edit-id"}));
  CHECK(Heard<NewRecord>("alice", 5).empty());
  CHECK(Heard<NewRecord>("alice", 6).size() == 1);
  const auto heard = Heard<NewRecord>("bob", 1);
  REQUIRE(heard.size() == 1);
  CHECK(heard[0].kind == "edit");
  CHECK(heard[0].target == 1);
  CHECK(heard[0].body == "hello");
  CHECK(heard[0].seq == 2);
  CHECK(heard[0].head == 2);
  CHECK(OwnPairs() == std::vector<std::string>{""});
}

TEST_CASE_METHOD(ChangesTest, "what may not be edited") {
  WriteOneOfEach();
  CHECK(EditCode("bob", 1) == Code::kForbidden);
  CHECK(EditCode("alice", 2) == Code::kConflict);
  CHECK(EditCode("alice", 3) == Code::kConflict);
  CHECK(EditCode("alice", 4) == Code::kConflict);
  CHECK(EditCode("alice", 5) == Code::kConflict);
  CHECK(EditCode("alice", 6) == Code::kNotFound);
  CHECK(EditCode("alice", 0) == Code::kNotFound);
  CHECK(EditCode("alice", -1) == Code::kBadRequest);
  CHECK(CodeOf(Call("alice", Edit{In("alice~carol"), 1, "x", {}})) == Code::kNotFound);
  CHECK(CodeOf(Call("alice", Edit{In(kPair), 1, "", {}})) == Code::kBadRequest);
  CHECK(CodeOf(Call("alice", Edit{In(kPair), 1, std::string(16'385, 'x'), {}})) == Code::kLimit);
  CHECK(HeadOf("alice", kPair) == 5);
}

TEST_CASE_METHOD(ChangesTest, "the same edit again is one edit") {
  Write("alice", "bob", "helo");
  CHECK(Call("alice", Edit{In(kPair), 1, "hello", "e"})->seq == 2);
  CHECK(Call("alice", Edit{In(kPair), 1, "hello", "e"})->seq == 2);
  CHECK(CodeOf(Call("alice", Edit{In(kPair), 1, "other", "e"})) == Code::kConflict);
  CHECK(Call("alice", Edit{In(kPair), 1, "hello", "e2"})->seq == 3);
  CHECK(HeadOf("alice", kPair) == 3);
}

TEST_CASE_METHOD(ChangesTest, "without an id, the same request asked again on the bus is one edit") {
  Write("alice", "bob", "helo");
  const std::string arguments = schema::Encode(Edit{In(kPair), 1, "hello", {}});
  const RequestId request = RequestId::Random();
  const auto first = harness.CallEncoded(As("alice"), "message.edit", arguments, request);
  const auto second = harness.CallEncoded(As("alice"), "message.edit", arguments, request);
  CHECK(first.result == second.result);
  harness.Crash();
  CHECK(harness.CallEncoded(As("alice"), "message.edit", arguments, request).result == first.result);
  CHECK(HeadOf("alice", kPair) == 2);
}

// --- recall ---

TEST_CASE_METHOD(ChangesTest, "a recall is a record of its own, and empties its target") {
  Write("alice", "bob", "oops");
  CHECK(TakeBack("alice", kPair, 1) == 2);
  for (const std::string user : {"alice", "bob"}) {
    const Record target = At(user, kPair, 1);
    CHECK(target.recalled);
    CHECK(!target.body);
    CHECK(target.from == User("alice"));
    const Record recall = At(user, kPair, 2);
    CHECK(recall.kind == "recall");
    CHECK(recall.target == 1);
    CHECK(!recall.body);
  }
}

TEST_CASE_METHOD(ChangesTest, "a recall leaves no body anywhere, not in edits, not on the disk") {
  Send request{Address::Must("bob"), std::string(kSecret), "the-id"};
  request.mentions = {User("mentioned.there")};
  REQUIRE(Call("alice", request));
  EditTo("alice", kPair, 1, "edited: " + std::string(kSecret));
  Write("bob", "alice", "what?");
  EditTo("alice", kPair, 1, "again: " + std::string(kSecret));
  CHECK(OnDisk(kSecret));
  TakeBack("alice", kPair, 1);
  CHECK(!OnDisk(kSecret));
  CHECK(!OnDisk("mentioned.there"));
  harness.Crash();
  CHECK(!OnDisk(kSecret));
  for (const Record& record : HistoryOf("bob", kPair)) {
    CHECK(record.body.value_or("").find(kSecret) == std::string::npos);
    if (record.kind == "edit") CHECK(record.recalled);
  }
  CHECK(HistoryOf("bob", kPair).size() == 5);
  CHECK(At("bob", kPair, 3).body == "what?");
}

TEST_CASE_METHOD(ChangesTest, "previews lose the body of what was recalled too") {
  Write("alice", "bob", "harmless");
  EditTo("alice", kPair, 1, std::string(kSecret));
  CHECK(OverviewOf("bob", kPair)->last->body == kSecret);
  TakeBack("alice", kPair, 1);
  CHECK(OverviewOf("bob", kPair)->last->kind == "recall");
  CHECK(!At("bob", kPair, 2).body);
}

TEST_CASE_METHOD(ChangesTest, "the push of a recall has no body") {
  Write("alice", "bob", std::string(kSecret));
  Forget();
  TakeBack("alice", kPair, 1);
  const auto heard = Heard<NewRecord>("bob", 1);
  REQUIRE(heard.size() == 1);
  CHECK(heard[0].kind == "recall");
  CHECK(heard[0].target == 1);
  CHECK(!heard[0].body);
}

TEST_CASE_METHOD(ChangesTest, "a recall touches no other message's edits") {
  Write("alice", "bob", "first");
  Write("alice", "bob", "second");
  EditTo("alice", kPair, 2, "second, edited");
  EditTo("alice", kPair, 1, "first, edited");
  TakeBack("alice", kPair, 1);
  CHECK(At("bob", kPair, 2).body == "second, edited");
  CHECK(At("bob", kPair, 3).body == "second, edited");
  CHECK(!At("bob", kPair, 4).body);
}

TEST_CASE_METHOD(ChangesTest, "what is recalled already is so") {
  Write("alice", "bob", "oops");
  CHECK(TakeBack("alice", kPair, 1) == 2);
  Forget();
  CHECK(TakeBack("alice", kPair, 1) == 2);
  CHECK(HeadOf("alice", kPair) == 2);
  CHECK(Publications() == 0);
}

TEST_CASE_METHOD(ChangesTest, "what may not be recalled") {
  WriteOneOfEach();
  CHECK(RecallCode("bob", 1) == Code::kForbidden);
  CHECK(CodeOf(harness.Call(Harness::AsAdmin("bob"), Recall{In(kPair), 1, {}})) == Code::kForbidden);
  CHECK(RecallCode("alice", 2) == Code::kConflict);
  CHECK(RecallCode("alice", 3) == Code::kConflict);
  CHECK(RecallCode("alice", 5) == Code::kConflict);
  CHECK(RecallCode("alice", 6) == Code::kNotFound);
  CHECK(RecallCode("alice", 0) == Code::kNotFound);
  CHECK(RecallCode("alice", -1) == Code::kBadRequest);
  CHECK(HeadOf("alice", kPair) == 5);
}

TEST_CASE_METHOD(ChangesTest, "sending again what was recalled, under the same id, does not bring it back") {
  Call("alice", Send{Address::Must("bob"), std::string(kSecret), "the id"});
  TakeBack("alice", kPair, 1);
  const auto again = Call("alice", Send{Address::Must("bob"), std::string(kSecret), "the id"});
  CHECK(again->seq == 1);
  CHECK(!OnDisk(kSecret));
  CHECK(HeadOf("alice", kPair) == 2);
}

TEST_CASE_METHOD(ChangesTest, "a reply to what was recalled keeps its place, and one can still be written") {
  Write("alice", "bob", "x");
  Send reply{Address::Must("alice"), "what?", "1"};
  reply.reply_to = 1;
  REQUIRE(Call("bob", reply));
  TakeBack("alice", kPair, 1);
  CHECK(At("bob", kPair, 2).reply_to == 1);
  reply.id = "2";
  CHECK(Call("bob", reply));
}

// --- react ---

TEST_CASE_METHOD(ChangesTest, "a reaction is recorded when it changes something") {
  Write("alice", "bob", "what do you think?");
  CHECK(Set("bob", kPair, 1, "👍", true) == 2);
  CHECK(Set("bob", kPair, 1, "👍", true) == std::nullopt);
  CHECK(Set("alice", kPair, 1, "👍", true) == 3);
  CHECK(Set("bob", kPair, 1, "🎉", true) == 4);
  CHECK(Set("bob", kPair, 1, "👍", false) == 5);
  CHECK(Set("bob", kPair, 1, "👍", false) == std::nullopt);
  CHECK(Set("bob", kPair, 1, "never", false) == std::nullopt);
  CHECK(Set("bob", kPair, 1, "👍", true) == 6);
  const Record off = At("alice", kPair, 5);
  CHECK(off.kind == "react");
  CHECK(off.target == 1);
  CHECK(off.emoji == "👍");
  CHECK(off.on == false);
  CHECK(off.from == User("bob"));
  CHECK(At("alice", kPair, 6).on == true);
}

TEST_CASE_METHOD(ChangesTest, "what is so already tells nobody") {
  Write("alice", "bob", "x");
  Set("bob", kPair, 1, "+", true);
  Forget();
  Set("bob", kPair, 1, "+", true);
  CHECK(Publications() == 0);
}

TEST_CASE_METHOD(ChangesTest, "a reaction reaches every session but the one that made it") {
  Write("alice", "bob", "x");
  Forget();
  REQUIRE(harness.Call(As("bob", 3), React{In(kPair), 1, "+", true, {}}));
  CHECK(Heard<NewRecord>("bob", 3).empty());
  CHECK(Heard<NewRecord>("bob", 4).size() == 1);
  const auto heard = Heard<NewRecord>("alice", 1);
  REQUIRE(heard.size() == 1);
  CHECK(heard[0].kind == "react");
  CHECK(heard[0].on == true);
  CHECK(heard[0].emoji == "+");
}

TEST_CASE_METHOD(ChangesTest, "a reaction that was set is set after a crash") {
  Write("alice", "bob", "x");
  Set("bob", kPair, 1, "+", true);
  harness.Crash();
  CHECK(Set("bob", kPair, 1, "+", true) == std::nullopt);
  CHECK(Set("bob", kPair, 1, "+", false) == 3);
}

TEST_CASE_METHOD(ChangesTest, "the same reaction under the same id gives the same result") {
  Write("alice", "bob", "x");
  CHECK(Call("bob", React{In(kPair), 1, "+", true, "on"})->seq == 2);
  CHECK(Call("bob", React{In(kPair), 1, "+", false, "off"})->seq == 3);
  CHECK(Call("bob", React{In(kPair), 1, "+", true, "on"})->seq == 2);
  CHECK(CodeOf(Call("bob", React{In(kPair), 1, "-", true, "on"})) == Code::kConflict);
  CHECK(HeadOf("bob", kPair) == 3);
}

TEST_CASE_METHOD(ChangesTest, "what can't be reacted to") {
  WriteOneOfEach();
  CHECK(ReactCode("bob", 2) == Code::kConflict);
  CHECK(ReactCode("bob", 3) == Code::kConflict);
  CHECK(ReactCode("bob", 5) == Code::kConflict);
  CHECK(ReactCode("bob", 6) == Code::kNotFound);
  CHECK(ReactCode("bob", 0) == Code::kNotFound);
  CHECK(ReactCode("bob", -1) == Code::kBadRequest);
  CHECK(CodeOf(Call("bob", React{In(kPair), 1, "", true, {}})) == Code::kBadRequest);
  CHECK(CodeOf(Call("bob", React{In(kPair), 1, std::string(33, 'e'), true, {}})) == Code::kLimit);
  CHECK(HeadOf("alice", kPair) == 5);
}

}  // namespace
}  // namespace parley::message
