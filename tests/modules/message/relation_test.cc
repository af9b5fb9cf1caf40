// Who may write to whom.
#include "tests/modules/message/message_test.h"

namespace parley::message {
namespace {

class RelationTest : public MessageTest {
 protected:
  explicit RelationTest(MessageModule::Options options = {}) : MessageTest(std::move(options)) {}

  void Told(std::string_view pair, bool friends, bool blocked, int64_t version) {
    REQUIRE(harness.Call(Harness::AsModule(), Relation{In(pair), friends, blocked, version}));
  }
  std::optional<Code> SendRefused(std::string_view from, std::string_view to) {
    return CodeOf(Call(from, Send{Address::Must(to), "hello", "try-" + std::to_string(++tries_)}));
  }

 private:
  int tries_ = 0;
};

TEST_CASE_METHOD(RelationTest, "where one blocks the other, neither writes, types, edits or reacts") {
  Write("alice", "bob", "before");
  Write("bob", "alice", "before, too");
  Told("alice~bob", false, true, 1);
  Forget();
  for (const auto& [from, to, seq] : {std::tuple("alice", "bob", 1), std::tuple("bob", "alice", 2)}) {
    CHECK(SendRefused(from, to) == Code::kForbidden);
    CHECK(CodeOf(Call(from, Typing{Address::Must(to), true})) == Code::kForbidden);
    CHECK(CodeOf(Call(from, Edit{In("alice~bob"), seq, "after", {}})) == Code::kForbidden);
    CHECK(CodeOf(Call(from, React{In("alice~bob"), seq, "+", true, {}})) == Code::kForbidden);
  }
  CHECK(Publications() == 0);
  CHECK(SendRefused("alice", "carol") == std::nullopt);
  CHECK(SendRefused("alice", "alice") == std::nullopt);
}

TEST_CASE_METHOD(RelationTest, "what was written stays to be read, and to be taken back") {
  Write("alice", "bob", "before");
  Told("alice~bob", false, true, 1);
  CHECK(HistoryOf("bob", "alice~bob").size() == 1);
  ReadTo("bob", "alice~bob", 1);
  TakeBack("alice", "alice~bob", 1);
}

TEST_CASE_METHOD(RelationTest, "a block before the first message: the conversation does not begin") {
  Told("alice~bob", false, true, 1);
  CHECK(SendRefused("alice", "bob") == Code::kForbidden);
  CHECK(NamesOf("bob").empty());
}

TEST_CASE_METHOD(RelationTest, "a block that comes while a first message is under way is in time") {
  harness.Stub("user.exists", [this](const Caller&, std::string_view) -> Result<std::string> {
    // Between the question and the answer.
    harness.Send(Harness::AsModule(), Relation::kMethod, schema::Encode(Relation{In("alice~bob"), false, true, 1}),
                 RequestId::Random());
    return schema::Encode(user::ExistsReply{true});
  });
  CHECK(SendRefused("alice", "bob") == Code::kForbidden);
  CHECK(HeadOf("alice", "alice~bob") == 0);
}

TEST_CASE_METHOD(RelationTest,
                 "lifting the last block lets both write; older news is ignored; a crash forgets nothing") {
  Told("alice~bob", false, true, 3);
  Told("alice~bob", false, false, 2);
  CHECK(SendRefused("alice", "bob") == Code::kForbidden);
  harness.Crash();
  CHECK(SendRefused("alice", "bob") == Code::kForbidden);
  Told("alice~bob", false, false, 4);
  Told("alice~bob", false, true, 3);
  CHECK(SendRefused("alice", "bob") == std::nullopt);
}

TEST_CASE_METHOD(RelationTest, "news that nothing is between two takes no room") {
  const size_t rows = RowsOnDisk();
  Told("alice~bob", false, false, 1);
  CHECK(RowsOnDisk() == rows);
}

class FriendsOnlyTest : public RelationTest {
 protected:
  FriendsOnlyTest() : RelationTest({.direct = "friends"}) {}
};

TEST_CASE_METHOD(FriendsOnlyTest, "where only friends may write, others may not") {
  CHECK(SendRefused("alice", "bob") == Code::kForbidden);
  CHECK(CodeOf(Call("alice", Typing{Address::Must("bob"), true})) == Code::kForbidden);
  CHECK(SendRefused("alice", "alice") == std::nullopt);
  Told("alice~bob", true, false, 1);
  CHECK(SendRefused("alice", "bob") == std::nullopt);
  CHECK(SendRefused("bob", "alice") == std::nullopt);
  Told("alice~bob", false, false, 2);
  CHECK(SendRefused("bob", "alice") == Code::kForbidden);
  CHECK(HistoryOf("bob", "alice~bob").size() == 2);
}

}  // namespace
}  // namespace parley::message
