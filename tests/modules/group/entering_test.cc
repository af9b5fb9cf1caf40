// The ways into a group.
#include "tests/modules/group/group_fixture.h"

namespace parley::group {
namespace {

constexpr int64_t kDayMs = 24 * 3'600'000LL;

TEST_CASE_METHOD(GroupTest, "everyone joins an open group") {
  Found("alice");
  Forget();
  CHECK(Enter("bob") == "joined");
  CHECK(Told() == Names{"joined bob by bob"});
  CHECK(Heard("bob") == Names{"joined #cpp"});
  CHECK(MembersOf() == std::map<std::string, std::string>{{"alice", "owner"}, {"bob", "member"}});
  CHECK(CountOf() == 2);
  CHECK(GroupsOf("bob") == Names{"#cpp"});
}

TEST_CASE_METHOD(GroupTest, "joining again changes nothing") {
  Found("alice");
  Enter("bob");
  Forget();
  CHECK(Enter("bob") == "joined");
  CHECK(Enter("alice") == "joined");
  CHECK(Told().empty());
  CHECK(Heard("bob").empty());
}

TEST_CASE_METHOD(GroupTest, "who asks to join waits for an answer, and owner and admins are told") {
  Found("alice", "#cpp", Policy::kRequest);
  Let("alice", "carol");
  Enter("carol");
  Promote("alice", "carol");
  Let("alice", "dave");
  Enter("dave");
  Forget();
  REQUIRE(Call("bob", Join{.group = Of("#cpp"), .note = "please"})->state == "requested");
  CHECK(Heard("alice") == Names{"requested #cpp of bob please"});
  CHECK(Heard("carol") == Names{"requested #cpp of bob please"});
  CHECK(Heard("dave").empty());
  CHECK(Told().empty());
  CHECK(GroupsOf("bob").empty());
  REQUIRE(Call("bob", Join{.group = Of("#cpp"), .note = "please!"})->state == "requested");  // once
  const auto open = Call("carol", Requests{Of("#cpp")});
  REQUIRE(open);
  REQUIRE(open->users.size() == 1);
  CHECK(open->users[0].user == User("bob"));
  CHECK(open->users[0].note == "please");
  CHECK(Heard("alice").size() == 1);

  REQUIRE(Call("carol", Approve{Of("#cpp"), User("bob")}));
  CHECK(Told() == Names{"joined bob by carol"});
  CHECK(Heard("bob") == Names{"joined #cpp by carol"});
  CHECK(Call("carol", Requests{Of("#cpp")})->users.empty());
  REQUIRE(Call("carol", Approve{Of("#cpp"), User("bob")}));  // is a member already
  CHECK(Told().size() == 1);
}

TEST_CASE_METHOD(GroupTest, "a rejection is silent, and does not keep anybody from asking again") {
  Found("alice", "#cpp", Policy::kRequest);
  Enter("bob");
  Forget();
  REQUIRE(Call("alice", Reject{Of("#cpp"), User("bob")}));
  CHECK(Heard("bob").empty());
  CHECK(Try("alice", Reject{Of("#cpp"), User("bob")}) == Code::kNotFound);
  CHECK(Try("alice", Approve{Of("#cpp"), User("bob")}) == Code::kNotFound);
  CHECK(Enter("bob") == "requested");
}

TEST_CASE_METHOD(GroupTest, "a group for the invited is not found by others") {
  Found("alice", "#cpp", Policy::kInvite);
  CHECK(Try("bob", GetInfo{Of("#cpp")}) == Code::kNotFound);
  CHECK(Try("bob", Join{Of("#cpp")}) == Code::kNotFound);
  CHECK(Try("bob", Leave{Of("#cpp")}) == Code::kNotFound);
  CHECK(Try("bob", Members{Of("#cpp")}) == Code::kNotFound);
  Let("alice", "bob");
  CHECK(Call("bob", GetInfo{Of("#cpp")}));
  CHECK(Try("bob", Members{Of("#cpp")}) == Code::kForbidden);
  CHECK(Enter("bob") == "joined");
}

TEST_CASE_METHOD(GroupTest, "an invitation admits once, whatever the policy") {
  for (const Policy policy : {Policy::kOpen, Policy::kRequest, Policy::kInvite}) {
    const std::string name = policy == Policy::kOpen ? "#open" : policy == Policy::kRequest ? "#request" : "#invite";
    Found("alice", name, policy);
    Let("alice", "bob", name);
    CHECK(InvitationsOf("bob") == Names{name});
    CHECK(Enter("bob", name) == "joined");
    CHECK(InvitationsOf("bob").empty());
    REQUIRE(Call("bob", Leave{Of(name)}));
    if (policy == Policy::kRequest) CHECK(Enter("bob", name) == "requested");
    if (policy == Policy::kInvite) CHECK(Try("bob", Join{Of(name)}) == Code::kNotFound);
  }
}

TEST_CASE_METHOD(GroupTest, "who is invited is told once") {
  Found("alice");
  Forget();
  Let("alice", "bob");
  Let("alice", "bob");
  CHECK(Heard("bob") == Names{"invited #cpp by alice"});
  const auto invitations = Call("bob", Invitations{});
  REQUIRE(invitations);
  REQUIRE(invitations->groups.size() == 1);
  CHECK(invitations->groups[0].by == User("alice"));
  CHECK(invitations->groups[0].name == "#cpp");
  CHECK(invitations->groups[0].time_ms == harness.now().wall_ms);
}

TEST_CASE_METHOD(GroupTest, "an invitation is good for 30 days, and can be given again") {
  Found("alice", "#cpp", Policy::kInvite);
  Let("alice", "bob");
  harness.AdvanceWall(30 * kDayMs - 1'000);
  CHECK(InvitationsOf("bob") == Names{"#cpp"});
  harness.AdvanceWall(2'000);
  CHECK(InvitationsOf("bob").empty());
  CHECK(Try("bob", GetInfo{Of("#cpp")}) == Code::kNotFound);
  CHECK(Try("bob", Join{Of("#cpp")}) == Code::kNotFound);
  Let("alice", "bob");
  CHECK(InvitationsOf("bob") == Names{"#cpp"});
  CHECK(Enter("bob") == "joined");
}

TEST_CASE_METHOD(GroupTest, "who asked and is then invited comes in by joining, and no request is left") {
  Found("alice", "#cpp", Policy::kRequest);
  Enter("bob");
  Let("alice", "bob");
  CHECK(Enter("bob") == "joined");
  CHECK(Call("alice", Requests{Of("#cpp")})->users.empty());
  CHECK(Try("alice", Reject{Of("#cpp"), User("bob")}) == Code::kNotFound);
}

TEST_CASE_METHOD(GroupTest, "who blocks or is blocked is not invited, and nobody who does not exist") {
  Found("alice");
  blocked.insert("alice~bob");
  CHECK(Try("alice", Invite{Of("#cpp"), User("bob")}) == Code::kForbidden);
  CHECK(Try("alice", Invite{Of("#cpp"), User("nobody")}) == Code::kNotFound);
  CHECK(InvitationsOf("bob").empty());
  CHECK(Enter("bob") == "joined");  // a block has no say in groups
}

TEST_CASE_METHOD(GroupTest, "a member is not invited") {
  Found("alice");
  Enter("bob");
  Forget();
  Let("alice", "bob");
  Let("bob", "bob");
  CHECK(Heard("bob").empty());
  CHECK(InvitationsOf("bob").empty());
}

TEST_CASE_METHOD(GroupTest, "members invite to an open group, else owner and admins") {
  Found("alice");
  Enter("bob");
  Let("bob", "carol");
  REQUIRE(Call("alice", Update{.group = Of("#cpp"), .policy = Policy::kRequest}));
  CHECK(Try("bob", Invite{Of("#cpp"), User("dave")}) == Code::kForbidden);
  Promote("alice", "bob");
  Let("bob", "dave");
}

}  // namespace
}  // namespace parley::group
