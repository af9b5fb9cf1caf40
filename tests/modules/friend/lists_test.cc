// What one reads of one's lists, the names one gives, and how much there is room for.
#include "common/base/limits.h"
#include "tests/modules/friend/friend_fixture.h"

namespace parley::friends {
namespace {

TEST_CASE_METHOD(FriendTest, "a friend is listed with presence and alias") {
  Befriend("alice", "bob");
  Befriend("alice", "carol");
  available["bob"] = {User("bob"), true, user::State::kBusy, "do not disturb"};
  REQUIRE(Call("alice", SetAlias{User("carol"), "Caro", {}}));
  const Friend bob = Entry("alice", "bob").value();
  CHECK(bob.online);
  CHECK(bob.state == "busy");
  CHECK(bob.text == "do not disturb");
  CHECK_FALSE(bob.alias);
  const Friend carol = Entry("alice", "carol").value();
  CHECK_FALSE(carol.online);
  CHECK_FALSE(carol.state);
  CHECK(carol.alias == "Caro");
  CHECK_FALSE(Entry("carol", "alice")->alias);  // it is alice's own
}

TEST_CASE_METHOD(FriendTest, "a listing without presence is none") {
  Befriend("alice", "bob");
  silent.insert("user.availability");
  CHECK(CodeOf(Call("alice", List{})) == Code::kUnavailable);
}

TEST_CASE_METHOD(FriendTest, "an alias is for a friend, and ends with the friendship; an empty one is none") {
  CHECK(CodeOf(Call("alice", SetAlias{User("bob"), "Bobby", {}})) == Code::kNotFound);
  Befriend("alice", "bob");
  CHECK(CodeOf(Call("alice", SetAlias{User("bob"), std::string(65, 'a'), {}})) == Code::kLimit);
  REQUIRE(Call("alice", SetAlias{User("bob"), "Bobby", {}}));
  REQUIRE(Call("alice", Accept{User("bob")}));  // so already: nothing is forgotten
  CHECK(Entry("alice", "bob")->alias == "Bobby");
  REQUIRE(Call("alice", SetAlias{User("bob"), "", {}}));
  CHECK_FALSE(Entry("alice", "bob")->alias);
  REQUIRE(Call("alice", SetAlias{User("bob"), "Bobby", {}}));
  REQUIRE(Call("bob", Remove{User("alice")}));
  Befriend("alice", "bob");
  CHECK_FALSE(Entry("alice", "bob")->alias);
}

TEST_CASE_METHOD(FriendTest, "all friends are listed once, page by page, whatever else there is between them") {
  Names friends;
  for (int i = 100; i < 160; ++i) {
    const std::string name = "peer" + std::to_string(i);
    users.insert(name);
    if (i % 3 == 0) {
      Ask("alice", name);
    } else {
      Befriend("alice", name);
      friends.push_back(name);
    }
    if (i % 3 == 1) {
      Forbid("alice", name);
      friends.pop_back();
    }
  }
  for (const int64_t limit : {1, 7, 50, 1'000}) {
    Names listed;
    List list{{}, limit};
    do {
      const auto page = Call("alice", list).value();
      CHECK(static_cast<int64_t>(page.friends.size()) <= limit);
      for (const Friend& one : page.friends) listed.push_back(one.user.text());
      list.cursor = page.cursor;
    } while (list.cursor);
    CHECK(listed == friends);
  }
}

TEST_CASE_METHOD(FriendTest, "a session that attaches hears the presence of all friends, and of nobody else") {
  Befriend("alice", "bob");
  Befriend("alice", "carol");
  Ask("alice", "dave");
  REQUIRE(Call("alice", Remove{User("carol")}));
  REQUIRE(Call("alice", Attach{}));
  CHECK(harness.directives.subscribe == Names{"presence:bob"});
  harness.Crash();
  REQUIRE(Call("alice", Attach{}));
  CHECK(harness.directives.subscribe == Names{"presence:bob"});
}

TEST_CASE_METHOD(FriendTest, "everything survives a crash") {
  Befriend("alice", "bob");
  Ask("carol", "alice", "please");
  Forbid("alice", "dave");
  harness.Crash();
  CHECK(FriendsOf("alice") == Names{"bob"});
  CHECK(Incoming("alice") == Names{"carol"});
  CHECK(BlockedBy("alice") == Names{"dave"});
  CHECK(Call("alice", Blocked{})->users.at(0).since_ms == harness.now().wall_ms);
}

// How many a user has already is set on the disk: it would take long to come to.
class LimitTest : public FriendTest {
 protected:
  void Has(std::string_view user, Counts counts) {
    Store(std::string(user), CountsRow{User(user)}, counts);
    harness.Crash();  // forgets what it has read
  }
};

TEST_CASE_METHOD(LimitTest, "there is room for 1,000 open requests, each way") {
  Has("alice", {.outgoing = limits::kOpenRequestsMax - 1});
  Ask("alice", "bob");
  const auto own = Call("alice", Request{User("carol"), {}, {}});
  CHECK(CodeOf(own) == Code::kLimit);
  CHECK(own.error().message.find("1000") != std::string::npos);
  CHECK(Ask("alice", "bob") == "requested");  // so already
  REQUIRE(Call("alice", Cancel{User("bob")}));
  CHECK(Ask("alice", "carol") == "requested");
  Has("dave", {.incoming = limits::kOpenRequestsMax});
  CHECK(CodeOf(Call("bob", Request{User("dave"), {}, {}})) == Code::kLimit);
}

TEST_CASE_METHOD(LimitTest, "there is room for 5,000 friends, on both sides") {
  Ask("alice", "bob");
  Has("alice", {.friends = limits::kFriendsMax, .outgoing = 1});
  CHECK(CodeOf(Call("bob", Accept{User("alice")})) == Code::kLimit);
  CHECK(CodeOf(Call("bob", Request{User("alice"), {}, {}})) == Code::kLimit);
  Ask("dave", "carol");
  Has("carol", {.friends = limits::kFriendsMax, .incoming = 1});
  CHECK(CodeOf(Call("carol", Accept{User("dave")})) == Code::kLimit);
  CHECK(CodeOf(Call("carol", Decline{User("dave")})) == std::nullopt);
  Befriend("bob", "dave");
}

TEST_CASE_METHOD(LimitTest, "there is room for 5,000 blocks") {
  Has("alice", {.blocks = limits::kBlocksMax - 1});
  Forbid("alice", "bob");
  CHECK(CodeOf(Call("alice", Block{User("carol"), {}})) == Code::kLimit);
  Forbid("alice", "bob");
  REQUIRE(Call("alice", Unblock{User("bob")}));
  Forbid("alice", "carol");
}

TEST_CASE_METHOD(LimitTest, "many at once do not pass a limit which each alone keeps") {
  Has("alice", {.outgoing = limits::kOpenRequestsMax - 2});
  std::vector<RequestId> ids;
  for (const char* name : {"bob", "carol", "dave"}) {
    ids.push_back(RequestId::Random());
    harness.Send(As("alice"), Request::kMethod, schema::Encode(Request{User(name), {}, {}}), ids.back());
  }
  int done = 0;
  for (const RequestId& id : ids) done += harness.Await(id).result ? 1 : 0;
  CHECK(done == 2);
}

TEST_CASE_METHOD(LimitTest, "who is gone from a list makes room on it") {
  Has("alice", {.friends = limits::kFriendsMax - 1});
  Befriend("alice", "bob");
  Ask("carol", "alice");
  CHECK(CodeOf(Call("alice", Accept{User("carol")})) == Code::kLimit);
  REQUIRE(Call("bob", Remove{User("alice")}));
  CHECK(Call("alice", Accept{User("carol")}));
  CHECK(Stored("alice", CountsRow{User("alice")})->friends == limits::kFriendsMax);
}

}  // namespace
}  // namespace parley::friends
