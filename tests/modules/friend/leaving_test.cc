// What becomes of somebody's friends when the account is deleted.
#include "tests/modules/friend/friend_fixture.h"

namespace parley::friends {
namespace {

TEST_CASE_METHOD(FriendTest, "who is deleted is gone from all lists, and those who lose something hear of it") {
  Befriend("alice", "bob");
  Ask("alice", "carol");
  Ask("dave", "alice");
  Forget();
  Delete("alice");
  CHECK(FriendsOf("bob").empty());
  CHECK(Incoming("carol").empty());
  CHECK(Outgoing("dave").empty());
  CHECK(Heard("bob") == Names{"removed alice"});
  CHECK(Directed("bob") == Names{"-presence:alice"});
  CHECK(Heard("carol") == Names{"cancelled alice"});
  CHECK(Heard("dave").empty());
  CHECK_FALSE(friendships.at({"alice", "bob"}).on);
  CHECK_FALSE(friendships.at({"bob", "alice"}).on);
  CHECK_FALSE(relations.at("alice~bob").friends);
  CHECK(Stored("bob", CountsRow{User("bob")}) == Counts{});
}

TEST_CASE_METHOD(FriendTest, "blocks end with the account, of either side") {
  Forbid("alice", "bob");
  Forbid("carol", "alice");
  Delete("alice");
  CHECK(BlockedBy("carol").empty());
  CHECK_FALSE(RelationOf("alice~bob").blocked);
  CHECK_FALSE(RelationOf("alice~carol").blocked);
  CHECK_FALSE(relations.at("alice~carol").blocked);
}

TEST_CASE_METHOD(FriendTest, "nothing begins with somebody who is gone") {
  Befriend("alice", "bob");
  Delete("alice");
  users.insert("alice");  // the user module has not heard yet, or answers late
  CHECK(CodeOf(Call("bob", Request{User("alice"), {}, {}})) == Code::kNotFound);
  CHECK(CodeOf(Call("bob", Block{User("alice")})) == Code::kNotFound);
  CHECK(CodeOf(Call("carol", Request{User("alice"), {}, {}})) == Code::kNotFound);
  CHECK(CodeOf(Call("alice", Request{User("carol"), {}, {}})) == Code::kUnauthenticated);
  CHECK(Incoming("carol").empty());
}

TEST_CASE_METHOD(FriendTest, "what began while somebody was being deleted ends all the same") {
  Delete("alice");
  // Decided at the pair's slot after alice's lists had been gone through.
  REQUIRE(Tell(Change{Of("alice~bob"), User("bob"), Step::kBlock, {}, "late"}));
  harness.Settle();
  CHECK(BlockedBy("bob").empty());
  CHECK(Truth("alice~bob").gone);
}

TEST_CASE_METHOD(FriendTest, "who is being deleted is not listed any more") {
  Befriend("alice", "bob");
  users.erase("alice");
  CHECK(FriendsOf("bob").empty());
}

TEST_CASE_METHOD(FriendTest, "hundreds of friends are ended a part at a time, across a crash") {
  Names names;
  for (int i = 0; i < 450; ++i) {
    names.push_back("peer" + std::to_string(i));
    users.insert(names.back());
    i % 2 == 0 ? Befriend("alice", names.back()) : Forbid(names.back(), "alice");
  }
  users.erase("alice");
  REQUIRE(Tell(UserGone{User("alice")}));
  harness.Crash();
  harness.Advance(10'000);
  for (const std::string& name : names) {
    INFO(name);
    const std::string pair = "alice~" + name;
    CHECK(Truth(pair).gone);
    CHECK(Stored(name, CountsRow{User(name)}) == Counts{});
  }
}

}  // namespace
}  // namespace parley::friends
