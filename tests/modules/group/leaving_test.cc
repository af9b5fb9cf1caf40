// The ways out of a group.
#include "tests/modules/group/group_fixture.h"

namespace parley::group {
namespace {

TEST_CASE_METHOD(GroupTest, "who leaves is out, and leaving again changes nothing") {
  Found("alice");
  Enter("bob");
  Forget();
  REQUIRE(Call("bob", Leave{Of("#cpp")}));
  REQUIRE(Call("bob", Leave{Of("#cpp")}));
  CHECK(Told() == Names{"left bob by bob"});
  CHECK(Heard("bob") == Names{"left #cpp left"});
  CHECK(GroupsOf("bob").empty());
  CHECK(MembersOf() == std::map<std::string, std::string>{{"alice", "owner"}});
  CHECK(CountOf() == 1);
  CHECK(Try("bob", Leave{Of("#none")}) == Code::kNotFound);
}

TEST_CASE_METHOD(GroupTest, "the owner does not leave") {
  Found("alice");
  Enter("bob");
  CHECK(Try("alice", Leave{Of("#cpp")}) == Code::kConflict);
  REQUIRE(Call("alice", Transfer{Of("#cpp"), User("bob")}));
  CHECK(Call("alice", Leave{Of("#cpp")}));
}

TEST_CASE_METHOD(GroupTest, "who is kicked may come back, who is banned may not") {
  Found("alice");
  Enter("bob");
  Forget();
  REQUIRE(Call("alice", Kick{Of("#cpp"), User("bob")}));
  CHECK(Told() == Names{"kicked bob by alice"});
  CHECK(Heard("bob") == Names{"left #cpp kicked by alice"});
  CHECK(Enter("bob") == "joined");
  Forget();
  REQUIRE(Call("alice", Kick{Of("#cpp"), User("bob"), true}));
  CHECK(Heard("bob") == Names{"left #cpp banned by alice"});
  CHECK(Try("bob", Join{Of("#cpp")}) == Code::kForbidden);
  const auto bans = Call("alice", Bans{Of("#cpp")});
  REQUIRE(bans);
  REQUIRE(bans->users.size() == 1);
  CHECK(bans->users[0].user == User("bob"));
  REQUIRE(Call("alice", Unban{Of("#cpp"), User("bob")}));
  REQUIRE(Call("alice", Unban{Of("#cpp"), User("bob")}));
  CHECK(Enter("bob") == "joined");
}

TEST_CASE_METHOD(GroupTest, "a ban holds whatever the policy, and against invitations") {
  Found("alice", "#cpp", Policy::kInvite);
  Let("alice", "bob");
  REQUIRE(Call("alice", Kick{Of("#cpp"), User("bob"), true}));
  CHECK(InvitationsOf("bob").empty());
  CHECK(Try("bob", Join{Of("#cpp")}) == Code::kForbidden);
  CHECK(Try("alice", Invite{Of("#cpp"), User("bob")}) == Code::kForbidden);
  REQUIRE(Call("alice", Update{.group = Of("#cpp"), .policy = Policy::kRequest}));
  CHECK(Try("bob", Join{Of("#cpp")}) == Code::kForbidden);
  REQUIRE(Call("alice", Update{.group = Of("#cpp"), .policy = Policy::kOpen}));
  CHECK(Try("bob", Join{Of("#cpp")}) == Code::kForbidden);
}

TEST_CASE_METHOD(GroupTest, "a kick withdraws an invitation or a request, and nobody is told") {
  Found("alice", "#cpp", Policy::kRequest);
  Let("alice", "bob");
  Enter("carol");
  Forget();
  REQUIRE(Call("alice", Kick{Of("#cpp"), User("bob")}));
  REQUIRE(Call("alice", Kick{Of("#cpp"), User("carol")}));
  REQUIRE(Call("alice", Kick{Of("#cpp"), User("dave")}));  // is not there already
  CHECK(InvitationsOf("bob").empty());
  CHECK(Call("alice", Requests{Of("#cpp")})->users.empty());
  CHECK(Told().empty());
  CHECK(Heard("bob").empty());
  CHECK(Heard("carol").empty());
  CHECK(Enter("carol") == "requested");
}

TEST_CASE_METHOD(GroupTest, "a stranger can be banned, nobody can't") {
  Found("alice");
  REQUIRE(Call("alice", Kick{Of("#cpp"), User("dave"), true}));
  REQUIRE(Call("alice", Kick{Of("#cpp"), User("dave"), true}));
  CHECK(Try("dave", Join{Of("#cpp")}) == Code::kForbidden);
  CHECK(Try("alice", Kick{Of("#cpp"), User("nobody"), true}) == Code::kNotFound);
}

TEST_CASE_METHOD(GroupTest, "nobody puts out whom they do not stand above") {
  Found("alice");
  for (const char* user : {"bob", "carol", "dave"}) Enter(user);
  Promote("alice", "bob");
  Promote("alice", "carol");
  CHECK(Try("bob", Kick{Of("#cpp"), User("alice")}) == Code::kForbidden);
  CHECK(Try("bob", Kick{Of("#cpp"), User("carol")}) == Code::kForbidden);
  CHECK(Try("bob", Kick{Of("#cpp"), User("bob")}) == Code::kForbidden);
  CHECK(Try("dave", Kick{Of("#cpp"), User("erin")}) == Code::kForbidden);
  CHECK(Call("bob", Kick{Of("#cpp"), User("dave")}));
  CHECK(Call("alice", Kick{Of("#cpp"), User("carol")}));
}

TEST_CASE_METHOD(GroupTest, "with an account end its memberships, invitations and requests") {
  Found("alice");
  Found("alice", "#ask", Policy::kRequest);
  Found("alice", "#let", Policy::kInvite);
  Enter("bob");
  Enter("bob", "#ask");
  Let("alice", "bob", "#let");
  Forget();
  Delete("bob");
  CHECK(Told() == Names{"left bob by bob"});
  CHECK(CountOf() == 1);
  CHECK(Call("alice", Requests{Of("#ask")})->users.empty());
  CHECK(GroupsOf("bob").empty());
  CHECK(InvitationsOf("bob").empty());
  const size_t before = changes.size();
  Delete("bob");  // told again
  CHECK(changes.size() == before);
}

TEST_CASE_METHOD(GroupTest,
                 "what a deleted account owned passes to the oldest admin, else the oldest member, else ends") {
  Found("alice");
  for (const char* user : {"dave", "carol", "bob"}) {
    Enter(user);
    harness.Advance(10);
  }
  SECTION("the oldest admin") {
    Promote("alice", "bob");
    Promote("alice", "carol");  // later made an admin, but longer there
    Forget();
    Delete("alice");
    CHECK(Told() == Names{"transferred carol by alice", "left alice by alice"});
    CHECK(MembersOf("#cpp", "bob") ==
          std::map<std::string, std::string>{{"bob", "admin"}, {"carol", "owner"}, {"dave", "member"}});
  }
  SECTION("the oldest member") {
    Forget();
    Delete("alice");
    CHECK(Told() == Names{"transferred dave by alice", "left alice by alice"});
    CHECK(RoleIn("dave") == "owner");
    Delete("dave");
    CHECK(RoleIn("carol") == "owner");
    Delete("carol");
    Delete("bob");
    CHECK(Try("erin", GetInfo{Of("#cpp")}) == Code::kNotFound);
    CHECK(Told().back() == "dissolved by bob");
  }
  SECTION("who was an admin once and is none any more is a member like others") {
    Promote("alice", "bob");
    REQUIRE(Call("alice", SetRole{Of("#cpp"), User("bob"), GivenRole::kMember}));
    Delete("alice");
    CHECK(RoleIn("dave") == "owner");
  }
}

TEST_CASE_METHOD(GroupTest, "who is in many groups leaves them a part at a time, through a crash") {
  for (int i = 0; i < 230; ++i) {
    const std::string group = fmt::format("#many{:03}", i);
    Found("alice", group);
    Enter("bob", group);
  }
  REQUIRE(harness.Call(Harness::AsModule("bob"), UserGone{User("bob")}));
  harness.Crash();
  harness.Advance(5'000);
  CHECK(GroupsOf("bob").empty());
  for (int i = 0; i < 230; i += 23) CHECK(CountOf(fmt::format("#many{:03}", i)) == 1);
}

TEST_CASE_METHOD(GroupTest, "a membership that arrives after the account's end, ends") {
  Found("alice");
  REQUIRE(harness.Call(Harness::AsModule("bob"), UserGone{User("bob")}));
  CHECK(Try("bob", Join{Of("#cpp")}) == Code::kUnauthenticated);
  CHECK(Try("alice", Invite{Of("#cpp"), User("bob")}) == Code::kNotFound);
  // As if it had been decided before: the news arrive late.
  Enter("carol");
  SetStanding late;
  late.user = User("carol");
  late.group = Of("#cpp");
  late.version = 1'000;
  late.role = Role::kMember;
  REQUIRE(harness.Call(Harness::AsModule("carol"), UserGone{User("carol")}));
  REQUIRE(harness.Call(Harness::AsModule("carol"), late));
  harness.Settle();
  CHECK(CountOf() == 1);
}

}  // namespace
}  // namespace parley::group
