// Who may do what, as one table: each method, asked by each kind of user, in groups of each policy.
#include <array>
#include <functional>

#include "tests/modules/group/group_fixture.h"

namespace parley::group {
namespace {

using Outcome = std::optional<Code>;
constexpr std::array kWho = {"stranger", "invited", "banned", "member", "admin", "owner"};

class PermissionTest : public GroupTest {
 protected:
  // A group with somebody of each kind, and others to act upon: who asks, members below, another admin.
  void Populate(const std::string& group, Policy policy) {
    for (const char* name : kWho) users.insert(name);
    for (const char* name : {"asking", "below", "peer", "newcomer"}) users.insert(name);
    Found("owner", group, Policy::kRequest);
    Enter("asking", group);
    for (const char* name : {"admin", "member", "below", "peer"}) {
      Let("owner", name, group);
      Enter(name, group);
    }
    Promote("owner", "admin", group);
    Promote("owner", "peer", group);
    Let("owner", "invited", group);
    REQUIRE(Call("owner", Kick{Of(group), User("banned"), true}));
    REQUIRE(Call("owner", Update{.group = Of(group), .policy = policy}));
  }

  struct Row {
    const char* what;
    std::function<Outcome(const char* user, const std::string& group)> ask;
    std::array<Outcome, kWho.size()> expected;  // in the order of kWho
  };

  // Each question meets a group of its own.
  void Check(Policy policy, const std::vector<Row>& rows) {
    for (const Row& row : rows) {
      for (size_t who = 0; who < kWho.size(); ++who) {
        const std::string group = fmt::format("#group{}", ++groups_);
        Populate(group, policy);
        INFO(row.what << " by " << kWho[who]);
        CHECK(row.ask(kWho[who], group) == row.expected[who]);
      }
    }
  }

  // A row's question: the request that `make` gives for a group.
  template <class Make>
  auto Ask(Make make) {
    return [this, make](const char* user, const std::string& group) { return Try(user, make(Of(group))); };
  }

  // What is the same whatever the policy, but that strangers do not know of a group for the invited: `unknown` is what
  // they get then, and who is banned as well.
  std::vector<Row> Rows(Outcome unknown) {
    const Outcome yes, no = Code::kForbidden, none = Code::kNotFound, conflict = Code::kConflict;
    const Outcome hidden = unknown ? unknown : no, seen = unknown;
    const int64_t later = harness.now().wall_ms + 3'600'000;
    return {
        {"info", Ask([](auto g) { return GetInfo{g}; }), {seen, yes, seen, yes, yes, yes}},
        {"update", Ask([](auto g) { return Update{.group = g, .name = "x"}; }), {hidden, no, hidden, no, yes, yes}},
        {"leave", Ask([](auto g) { return Leave{g}; }), {seen, yes, seen, yes, yes, conflict}},
        {"approve",
         Ask([](auto g) {
           return Approve{g, User("asking")};
         }),
         {hidden, no, hidden, no, yes, yes}},
        {"approve nobody",
         Ask([](auto g) {
           return Approve{g, User("newcomer")};
         }),
         {hidden, no, hidden, no, none, none}},
        {"reject",
         Ask([](auto g) {
           return Reject{g, User("asking")};
         }),
         {hidden, no, hidden, no, yes, yes}},
        {"reject nobody",
         Ask([](auto g) {
           return Reject{g, User("newcomer")};
         }),
         {hidden, no, hidden, no, none, none}},
        {"kick below",
         Ask([](auto g) {
           return Kick{g, User("below")};
         }),
         {hidden, no, hidden, no, yes, yes}},
        {"kick an admin",
         Ask([](auto g) {
           return Kick{g, User("peer")};
         }),
         {hidden, no, hidden, no, no, yes}},
        {"kick the owner",
         Ask([](auto g) {
           return Kick{g, User("owner")};
         }),
         {hidden, no, hidden, no, no, no}},
        {"kick the invited",
         Ask([](auto g) {
           return Kick{g, User("invited")};
         }),
         {hidden, no, hidden, no, yes, yes}},
        {"ban below",
         Ask([](auto g) {
           return Kick{g, User("below"), true};
         }),
         {hidden, no, hidden, no, yes, yes}},
        {"ban an admin",
         Ask([](auto g) {
           return Kick{g, User("peer"), true};
         }),
         {hidden, no, hidden, no, no, yes}},
        {"unban",
         Ask([](auto g) {
           return Unban{g, User("banned")};
         }),
         {hidden, no, hidden, no, yes, yes}},
        {"role",
         Ask([](auto g) {
           return SetRole{g, User("below"), GivenRole::kAdmin};
         }),
         {hidden, no, hidden, no, no, yes}},
        {"role down",
         Ask([](auto g) {
           return SetRole{g, User("peer"), GivenRole::kMember};
         }),
         {hidden, no, hidden, no, no, yes}},
        {"transfer",
         Ask([](auto g) {
           return Transfer{g, User("below")};
         }),
         {hidden, no, hidden, no, no, yes}},
        {"mute below",
         Ask([=](auto g) {
           return Mute{g, User("below"), later};
         }),
         {hidden, no, hidden, no, yes, yes}},
        {"mute an admin",
         Ask([=](auto g) {
           return Mute{g, User("peer"), later};
         }),
         {hidden, no, hidden, no, no, yes}},
        {"mute all",
         Ask([=](auto g) {
           return Mute{g, {}, later};
         }),
         {hidden, no, hidden, no, yes, yes}},
        {"dissolve", Ask([](auto g) { return Dissolve{g}; }), {hidden, no, hidden, no, no, yes}},
        {"members", Ask([](auto g) { return Members{g}; }), {hidden, no, hidden, yes, yes, yes}},
        {"requests", Ask([](auto g) { return Requests{g}; }), {hidden, no, hidden, no, yes, yes}},
        {"bans", Ask([](auto g) { return Bans{g}; }), {hidden, no, hidden, no, yes, yes}},
    };
  }

  Row JoinRow(std::array<Outcome, kWho.size()> expected) {
    return {"join", Ask([](auto g) { return Join{g}; }), expected};
  }
  Row InviteRowOf(std::array<Outcome, kWho.size()> expected) {
    return {"invite", Ask([](auto g) { return Invite{g, User("newcomer")}; }), expected};
  }

 private:
  int groups_ = 0;
};

constexpr Outcome kYes = std::nullopt;
constexpr Outcome kNo = Code::kForbidden, kNone = Code::kNotFound;

TEST_CASE_METHOD(PermissionTest, "who may do what in an open group") {
  Check(Policy::kOpen, Rows(std::nullopt));
  Check(Policy::kOpen, {JoinRow({kYes, kYes, kNo, kYes, kYes, kYes}), InviteRowOf({kNo, kNo, kNo, kYes, kYes, kYes})});
}

TEST_CASE_METHOD(PermissionTest, "who may do what in a group that is asked to join") {
  Check(Policy::kRequest, Rows(std::nullopt));
  Check(Policy::kRequest,
        {JoinRow({kYes, kYes, kNo, kYes, kYes, kYes}), InviteRowOf({kNo, kNo, kNo, kNo, kYes, kYes})});
}

TEST_CASE_METHOD(PermissionTest, "who may do what in a group for the invited") {
  Check(Policy::kInvite, Rows(Code::kNotFound));
  Check(Policy::kInvite,
        {JoinRow({kNone, kYes, kNo, kYes, kYes, kYes}), InviteRowOf({kNone, kNo, kNone, kNo, kYes, kYes})});
}

TEST_CASE_METHOD(PermissionTest, "an administrator of the system is a stranger like others") {
  Populate("#cpp", Policy::kInvite);
  const Caller root = Harness::AsAdmin("root");
  CHECK(CodeOf(harness.Call(root, GetInfo{Of("#cpp")})) == Code::kNotFound);
  CHECK(CodeOf(harness.Call(root, Dissolve{Of("#cpp")})) == Code::kNotFound);
  CHECK(CodeOf(harness.Call(root, Members{Of("#cpp")})) == Code::kNotFound);
}

TEST_CASE_METHOD(PermissionTest, "nobody who is not logged in does anything") {
  Populate("#cpp", Policy::kOpen);
  CHECK(CodeOf(harness.Call(Harness::Nobody(), GetInfo{Of("#cpp")})) == Code::kUnauthenticated);
  CHECK(CodeOf(harness.Call(Harness::Nobody(), Join{Of("#cpp")})) == Code::kUnauthenticated);
}

TEST_CASE_METHOD(PermissionTest, "what modules say among themselves is not for users") {
  CHECK(Try("alice", End{Of("#cpp"), User("bob")}) == Code::kForbidden);
  CHECK(Try("alice", UserGone{User("bob")}) == Code::kForbidden);
  CHECK(Try("alice", GetRoom{User("bob")}) == Code::kForbidden);
  CHECK(Try("alice", Clear{Of("#cpp")}) == Code::kForbidden);
}

}  // namespace
}  // namespace parley::group
