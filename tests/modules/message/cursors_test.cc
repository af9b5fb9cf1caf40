// How far each side is: read, received, receipts, and mute.
#include "tests/modules/message/message_test.h"

namespace parley::message {
namespace {

class CursorsTest : public MessageTest {
 protected:
  static constexpr std::string_view kPair = "alice~bob";
  using Pair = std::pair<int64_t, int64_t>;
  // read, received
  Pair Cursors(std::string_view user) {
    const auto overview = OverviewOf(user, kPair);
    REQUIRE(overview);
    return {overview->read, overview->received};
  }
};

TEST_CASE_METHOD(CursorsTest, "cursors never go back, are cut to head, and read implies received") {
  WriteMany("alice", "bob", 4);
  CHECK(Cursors("bob") == Pair{0, 0});
  ReceiveTo("bob", kPair, 2);
  CHECK(Cursors("bob") == Pair{0, 2});
  ReceiveTo("bob", kPair, 1);
  CHECK(Cursors("bob") == Pair{0, 2});
  ReadTo("bob", kPair, 1);
  CHECK(Cursors("bob") == Pair{1, 2});
  ReadTo("bob", kPair, 3);
  CHECK(Cursors("bob") == Pair{3, 3});
  ReadTo("bob", kPair, 2);
  ReceiveTo("bob", kPair, 1);
  CHECK(Cursors("bob") == Pair{3, 3});
  ReceiveTo("bob", kPair, 99);
  CHECK(Cursors("bob") == Pair{3, 4});
  ReadTo("bob", kPair, std::numeric_limits<int64_t>::max());
  CHECK(Cursors("bob") == Pair{4, 4});
  CHECK(Cursors("alice") == Pair{0, 0});
}

TEST_CASE_METHOD(CursorsTest, "a cursor holds across a crash") {
  WriteMany("alice", "bob", 4);
  ReadTo("bob", kPair, 3);
  harness.Crash();
  CHECK(Cursors("bob") == Pair{3, 3});
}

TEST_CASE_METHOD(CursorsTest, "a cut cursor does not run ahead of what comes later") {
  Write("alice", "bob", "one");
  ReadTo("bob", kPair, 99);
  Write("alice", "bob", "two");
  CHECK(Cursors("bob") == Pair{1, 1});
  CHECK(OverviewOf("bob", kPair)->unread == 1);
}

TEST_CASE_METHOD(CursorsTest, "a cursor that moves is told to both sides, but not to the connection that asked") {
  WriteMany("alice", "bob", 3);
  Forget();
  REQUIRE(harness.Call(As("bob", 5), Received{In(kPair), 3, {}}));
  REQUIRE(harness.Call(As("bob", 5), Read{In(kPair), 99, {}}));
  for (const auto& [user, connection] :
       std::vector<std::pair<std::string, uint64_t>>{{"alice", 1}, {"alice", 5}, {"bob", 6}}) {
    const auto received = Heard<ReceivedUpTo>(user, connection);
    REQUIRE(received.size() == 1);
    CHECK(received[0].conversation == In(kPair));
    CHECK(received[0].user == User("bob"));
    CHECK(received[0].seq == 3);
    const auto read = Heard<ReadUpTo>(user, connection);
    REQUIRE(read.size() == 1);
    CHECK(read[0].user == User("bob"));
    CHECK(read[0].seq == 3);
  }
  CHECK(Heard<ReceivedUpTo>("bob", 5).empty());
  CHECK(Heard<ReadUpTo>("bob", 5).empty());
  CHECK(Heard<ReadUpTo>("carol", 1).empty());
}

TEST_CASE_METHOD(CursorsTest, "a cursor that does not move writes nothing and tells nobody") {
  WriteMany("alice", "bob", 3);
  ReadTo("bob", kPair, 3);
  Forget();
  const size_t rows = RowsOnDisk();
  ReadTo("bob", kPair, 3);
  ReadTo("bob", kPair, 0);
  ReceiveTo("bob", kPair, 2);
  CHECK(Publications() == 0);
  CHECK(RowsOnDisk() == rows);
}

TEST_CASE_METHOD(CursorsTest, "a cursor where nothing was written stays at nothing") {
  ReadTo("alice", kPair, 5);
  ReceiveTo("alice", kPair, 5);
  CHECK(RowsOnDisk() == 0);
  CHECK(Publications() == 0);
}

TEST_CASE_METHOD(CursorsTest, "a cursor is a place: not negative") {
  CHECK(CodeOf(Call("bob", Read{In(kPair), -1, {}})) == Code::kBadRequest);
  CHECK(CodeOf(Call("bob", Received{In(kPair), -1, {}})) == Code::kBadRequest);
}

TEST_CASE_METHOD(CursorsTest, "the same id for another place is a conflict, for the same one it is quiet") {
  WriteMany("alice", "bob", 3);
  REQUIRE(Call("bob", Read{In(kPair), 1, "r"}));
  CHECK(Call("bob", Read{In(kPair), 1, "r"}));
  CHECK(CodeOf(Call("bob", Read{In(kPair), 2, "r"})) == Code::kConflict);
  CHECK(Cursors("bob") == Pair{1, 1});
}

TEST_CASE_METHOD(CursorsTest, "reading one's own notebook is told once") {
  Write("alice", "alice", "note");
  Forget();
  ReadTo("alice", "alice~alice", 1);
  CHECK(Heard<ReadUpTo>("alice", 2).size() == 1);
}

// --- receipts ---

TEST_CASE_METHOD(CursorsTest, "receipts tell how far the other is") {
  WriteMany("alice", "bob", 3);
  ReceiveTo("bob", kPair, 2);
  ReadTo("bob", kPair, 1);
  const std::vector<Receipt> expected = {
      {User("bob"), true, true}, {User("bob"), true, false}, {User("bob"), false, false}};
  for (int64_t seq = 1; seq <= 3; ++seq) {
    const auto reply = Call("alice", Receipts{In(kPair), seq, {}, 50});
    REQUIRE(reply);
    REQUIRE(reply->receipts.size() == 1);
    CHECK(reply->receipts[0] == expected[static_cast<size_t>(seq - 1)]);
    CHECK(!reply->cursor);
  }
}

TEST_CASE_METHOD(CursorsTest, "receipts of no record are not found, and of a notebook empty") {
  Write("alice", "bob", "x");
  Write("alice", "alice", "x");
  CHECK(CodeOf(Call("alice", Receipts{In(kPair), 2, {}, 50})) == Code::kNotFound);
  CHECK(CodeOf(Call("alice", Receipts{In(kPair), 0, {}, 50})) == Code::kNotFound);
  CHECK(CodeOf(Call("alice", Receipts{In(kPair), -1, {}, 50})) == Code::kBadRequest);
  CHECK(CodeOf(Call("alice", Receipts{In("alice~carol"), 1, {}, 50})) == Code::kNotFound);
  CHECK(Call("alice", Receipts{In("alice~alice"), 1, {}, 50})->receipts.empty());
  CHECK(CodeOf(Call("alice", Receipts{In(kPair), 1, "made up", 50})) == Code::kBadRequest);
}

// --- mute ---

TEST_CASE_METHOD(CursorsTest, "mute is one's own, ends by itself, and can be lifted") {
  Write("alice", "bob", "x");
  const int64_t until = harness.now().wall_ms + 60'000;
  REQUIRE(Call("bob", Mute{In(kPair), until, {}}));
  CHECK(OverviewOf("bob", kPair)->muted_until_ms == until);
  CHECK(!OverviewOf("alice", kPair)->muted_until_ms);
  harness.Crash();
  CHECK(OverviewOf("bob", kPair)->muted_until_ms == until);
  REQUIRE(Call("bob", Mute{In(kPair), 0, {}}));
  CHECK(!OverviewOf("bob", kPair)->muted_until_ms);
  REQUIRE(Call("bob", Mute{In(kPair), until, {}}));
  harness.Advance(61'000);
  CHECK(!OverviewOf("bob", kPair)->muted_until_ms);
}

TEST_CASE_METHOD(CursorsTest, "muting keeps the cursors, and moving them keeps the mute") {
  WriteMany("alice", "bob", 2);
  ReadTo("bob", kPair, 1);
  const int64_t until = harness.now().wall_ms + 60'000;
  REQUIRE(Call("bob", Mute{In(kPair), until, {}}));
  CHECK(Cursors("bob") == Pair{1, 1});
  ReadTo("bob", kPair, 2);
  CHECK(OverviewOf("bob", kPair)->muted_until_ms == until);
}

TEST_CASE_METHOD(CursorsTest, "a time before 1970 mutes nothing") {
  CHECK(CodeOf(Call("bob", Mute{In(kPair), -1, {}})) == Code::kBadRequest);
}

TEST_CASE_METHOD(CursorsTest, "the same mute again is the same, with another time a conflict") {
  Write("alice", "bob", "x");
  const int64_t until = harness.now().wall_ms + 60'000;
  REQUIRE(Call("bob", Mute{In(kPair), until, "m"}));
  REQUIRE(Call("bob", Mute{In(kPair), 0, "lift"}));
  REQUIRE(Call("bob", Mute{In(kPair), until, "m"}));
  CHECK(!OverviewOf("bob", kPair)->muted_until_ms);
  CHECK(CodeOf(Call("bob", Mute{In(kPair), until + 1, "m"})) == Code::kConflict);
}

}  // namespace
}  // namespace parley::message
