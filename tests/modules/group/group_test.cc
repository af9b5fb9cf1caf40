// What a group is, how it changes, and how it ends.
#include "tests/modules/group/group_fixture.h"

namespace parley::group {
namespace {

TEST_CASE_METHOD(GroupTest, "a group is what its maker says, and the maker owns it") {
  const auto info = Call("alice", Create{Of("#cpp"), "C++", "templates", Policy::kRequest});
  REQUIRE(info);
  CHECK(info->group == Of("#cpp"));
  CHECK(info->name == "C++");
  CHECK(info->topic == "templates");
  CHECK(info->policy == Policy::kRequest);
  CHECK(info->owner == User("alice"));
  CHECK(info->members == 1);
  CHECK(info->role == Role::kOwner);
  CHECK(info->created_ms == harness.now().wall_ms);
  CHECK(!info->muted_until_ms);
  CHECK(Told() == Names{"created by alice"});
  CHECK(changes[0].name == "C++");
  CHECK(changes[0].topic == "templates");
  CHECK(changes[0].policy == "request");
  CHECK(GroupsOf("alice") == Names{"#cpp"});
  CHECK(Heard("alice") == Names{"joined #cpp"});
}

TEST_CASE_METHOD(GroupTest, "without a name it is called by its handle") {
  Found("alice");
  CHECK(Call("bob", GetInfo{Of("#cpp")})->name == "#cpp");
  CHECK(!Call("bob", GetInfo{Of("#cpp")})->role);
}

TEST_CASE_METHOD(GroupTest, "a handle is given out once, also after the end") {
  Found("alice");
  CHECK(Try("bob", Create{Of("#cpp")}) == Code::kExists);
  CHECK(Try("alice", Create{Of("#cpp")}) == Code::kExists);
  REQUIRE(Call("alice", Dissolve{Of("#cpp")}));
  CHECK(Try("alice", Create{Of("#cpp")}) == Code::kExists);
}

TEST_CASE_METHOD(GroupTest, "the same creation again is one") {
  const Create create{.group = Of("#cpp"), .id = "1"};
  REQUIRE(Call("alice", create));
  REQUIRE(Call("alice", create));
  harness.Crash();
  REQUIRE(Call("alice", create));
  CHECK(Told() == Names{"created by alice"});
  Create other = create;
  other.name = "other";
  CHECK(Try("alice", other) == Code::kConflict);
}

TEST_CASE_METHOD(GroupTest, "an update records what it changes, and nothing when it changes nothing") {
  Found("alice");
  Forget();
  const auto info = Call("alice", Update{.group = Of("#cpp"), .name = "C++", .policy = Policy::kInvite});
  REQUIRE(info);
  CHECK(info->name == "C++");
  CHECK(info->policy == Policy::kInvite);
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].name == "C++");
  CHECK(!changes[0].topic);
  CHECK(changes[0].policy == "invite");
  REQUIRE(Call("alice", Update{.group = Of("#cpp"), .name = "C++"}));
  REQUIRE(Call("alice", Update{.group = Of("#cpp")}));
  CHECK(changes.size() == 1);
}

TEST_CASE_METHOD(GroupTest, "an answer waits until the message module has heard, also the repetition's after a crash") {
  Found("alice");
  message_is_there = false;
  const Join join{.group = Of("#cpp"), .id = "1"};
  const RequestId id = RequestId::Random();
  harness.Send(Harness::As("bob"), Join::kMethod, schema::Encode(join), id);
  harness.Settle();
  harness.Advance(1'000);
  CHECK(!harness.Answered(id));
  harness.Crash();
  const RequestId again = RequestId::Random();
  harness.Send(Harness::As("bob"), Join::kMethod, schema::Encode(join), again);
  harness.Advance(1'000);
  CHECK(!harness.Answered(again));
  message_is_there = true;
  CHECK(harness.Await(again).result);
  CHECK(Told() == Names{"created by alice", "joined bob by bob"});
}

TEST_CASE_METHOD(GroupTest, "that somebody is a member already, or no more, is answered when it is known everywhere") {
  Found("alice");
  for (const char* user : {"bob", "carol"}) Enter(user);
  Promote("alice", "carol");
  const auto sends = [&](std::string_view user, const auto& request) {
    const RequestId id = RequestId::Random();
    harness.Send(Harness::As(user), request.kMethod, schema::Encode(request), id);
    harness.Advance(200);
    return id;
  };
  message_is_there = false;
  std::vector<RequestId> asked;
  for (const char* admin : {"alice", "carol"}) asked.push_back(sends(admin, Kick{Of("#cpp"), User("bob")}));
  asked.push_back(sends("bob", Leave{Of("#cpp")}));
  for (int i = 0; i < 2; ++i) asked.push_back(sends("dave", Join{.group = Of("#cpp")}));
  asked.push_back(sends("carol", Invite{.group = Of("#cpp"), .user = User("dave")}));
  asked.push_back(sends("alice", Approve{Of("#cpp"), User("dave")}));
  for (int i = 0; i < 2; ++i) asked.push_back(sends("alice", SetRole{Of("#cpp"), User("dave"), GivenRole::kAdmin}));
  for (const RequestId id : asked) CHECK(!harness.Answered(id));
  message_is_there = true;
  for (const RequestId id : asked) CHECK(harness.Await(id).result);
  CHECK(GroupsOf("bob").empty());
  CHECK(RoleIn("dave") == "admin");
}

TEST_CASE_METHOD(GroupTest, "after its end a group is not found by anybody, and leaves nothing behind but its handle") {
  Found("alice", "#cpp", Policy::kRequest);
  CHECK(Enter("bob") == "requested");
  REQUIRE(Call("alice", Approve{Of("#cpp"), User("bob")}));
  CHECK(Enter("dave") == "requested");
  Let("alice", "carol");
  REQUIRE(Call("alice", Kick{Of("#cpp"), User("erin"), true}));
  Forget();
  REQUIRE(Call("alice", Dissolve{Of("#cpp")}));
  CHECK(Told() == Names{"dissolved by alice"});
  for (const std::string user : {"alice", "bob", "carol", "dave", "erin"}) {
    CHECK(Try(user, GetInfo{Of("#cpp")}) == Code::kNotFound);
    CHECK(Try(user, Join{Of("#cpp")}) == Code::kNotFound);
    CHECK(Try(user, Leave{Of("#cpp")}) == Code::kNotFound);
    CHECK(Try(user, Dissolve{Of("#cpp")}) == Code::kNotFound);
    CHECK(GroupsOf(user).empty());
    CHECK(InvitationsOf(user).empty());
  }
  CHECK(Search("#cpp").empty());
  harness.Settle();
  const auto all = harness.disk().Iterate();
  for (all->Seek(""); all->valid(); all->Next()) {
    const char table = all->key()[1];
    CHECK((table != MemberRow::kTable && table != SeniorRow::kTable && table != BanRow::kTable &&
           table != InviteRow::kTable && table != RequestRow::kTable));
  }
}

TEST_CASE_METHOD(GroupTest, "the end of a large group is cleared away a part at a time, through a crash") {
  Found("alice");
  for (int i = 0; i < 450; ++i) Enter(fmt::format("user{:04}", i));
  CHECK(CountOf() == 451);
  REQUIRE(Call("alice", Dissolve{Of("#cpp")}));
  harness.Crash();
  harness.Advance(2'000);
  const auto room = harness.Call(Harness::AsModule(), GetRoom{User("user0449")});
  REQUIRE(room);
  bool left = false;
  const auto all = harness.disk().Iterate();
  for (all->Seek(""); all->valid(); all->Next()) left = left || all->key()[1] == MemberRow::kTable;
  CHECK(!left);
}

TEST_CASE_METHOD(GroupTest, "roles are given by the owner") {
  Found("alice");
  Enter("bob");
  Forget();
  Promote("alice", "bob");
  CHECK(RoleIn("bob") == "admin");
  Promote("alice", "bob");  // is so already
  CHECK(Told() == Names{"role bob to admin by alice"});
  REQUIRE(Call("alice", SetRole{Of("#cpp"), User("bob"), GivenRole::kMember}));
  CHECK(RoleIn("bob") == "member");
  CHECK(Try("alice", SetRole{Of("#cpp"), User("carol"), GivenRole::kAdmin}) == Code::kNotFound);
  CHECK(Try("alice", SetRole{Of("#cpp"), User("alice"), GivenRole::kAdmin}) == Code::kForbidden);
  REQUIRE(Call("bob", List{}));
  CHECK(Call("bob", List{})->groups[0].role == Role::kMember);
}

TEST_CASE_METHOD(GroupTest, "a transfer makes the owner an admin") {
  Found("alice");
  Enter("bob");
  Forget();
  REQUIRE(Call("alice", Transfer{Of("#cpp"), User("alice")}));  // is so already
  CHECK(Try("alice", Transfer{Of("#cpp"), User("carol")}) == Code::kNotFound);
  REQUIRE(Call("alice", Transfer{Of("#cpp"), User("bob")}));
  CHECK(Told() == Names{"transferred bob by alice"});
  CHECK(RoleIn("alice") == "admin");
  CHECK(RoleIn("bob") == "owner");
  CHECK(Call("alice", GetInfo{Of("#cpp")})->owner == User("bob"));
  CHECK(Try("alice", Dissolve{Of("#cpp")}) == Code::kForbidden);
  CHECK(Call("alice", List{})->groups[0].role == Role::kAdmin);
  CHECK(Call("bob", List{})->groups[0].role == Role::kOwner);
}

TEST_CASE_METHOD(GroupTest, "muting says until when, to whom it concerns") {
  Found("alice");
  Enter("bob");
  Forget();
  const int64_t until_ms = harness.now().wall_ms + 60'000;
  REQUIRE(Call("alice", Mute{Of("#cpp"), User("bob"), until_ms}));
  REQUIRE(Call("alice", Mute{Of("#cpp"), User("bob"), until_ms}));
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].user == User("bob"));
  CHECK(changes[0].until_ms == until_ms);
  CHECK(Call("bob", GetInfo{Of("#cpp")})->muted_until_ms == until_ms);
  CHECK(!Call("alice", GetInfo{Of("#cpp")})->muted_until_ms);
  CHECK(Call("alice", Members{Of("#cpp")})->members[1].muted_until_ms == until_ms);
  REQUIRE(Call("alice", Mute{Of("#cpp"), User("bob"), 0}));
  CHECK(changes.back().until_ms == 0);
  REQUIRE(Call("alice", Mute{Of("#cpp"), {}, until_ms}));
  CHECK(!changes.back().user);
  CHECK(Call("carol", GetInfo{Of("#cpp")})->muted_until_ms == until_ms);
  const size_t before = changes.size();
  harness.Advance(61'000);
  CHECK(!Call("carol", GetInfo{Of("#cpp")})->muted_until_ms);
  REQUIRE(Call("alice", Mute{Of("#cpp"), {}, 5}));  // a time that is over lifts what is over already
  CHECK(changes.size() == before);
  CHECK(Try("alice", Mute{Of("#cpp"), User("carol"), until_ms}) == Code::kNotFound);
  CHECK(Try("alice", Mute{Of("#cpp"), User("alice"), until_ms}) == Code::kForbidden);
}

}  // namespace
}  // namespace parley::group
