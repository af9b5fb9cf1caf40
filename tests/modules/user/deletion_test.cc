#include "modules/group/messages.h"
#include "modules/message/messages.h"
#include "tests/modules/user/user_fixture.h"

namespace parley::user {
namespace {

const UserHandle kAlice = UserHandle::Must("alice");

TEST_CASE_METHOD(UserTest, "a deleted account is gone for everyone") {
  const Device alice = NewUser("alice");
  const Device bob = NewUser("bob");
  REQUIRE(Ask(alice, Delete{.password = kPassword}));
  CHECK(harness.directives.anonymous);
  CHECK(Refusal(bob, GetProfile{kAlice}) == Code::kNotFound);
  CHECK(Refusal(Anonymous(), Login{kAlice, kPassword, ""}) == Code::kUnauthenticated);
  CHECK_FALSE(IsAlive(alice));
  CHECK(Refusal(alice, GetProfile{}) == Code::kUnauthenticated);
  CHECK(Refusal(alice, Update{.name = "x"}) == Code::kUnauthenticated);
}

TEST_CASE_METHOD(UserTest, "deleting ends all sessions: others are closed, the one that asked is anonymous") {
  const Device phone = NewUser("alice");
  const Device laptop = LogIn("alice");
  harness.TakePublished();
  REQUIRE(Ask(phone, Delete{.password = kPassword}));
  const auto events = harness.TakePublished();
  REQUIRE(events.size() == 1);
  CHECK(events[0].Reaches("session:" + laptop.session()));
  CHECK(events[0].head.directives.close->code == "revoked");
  CHECK(events[0].except == phone.caller.connection);
  CHECK_FALSE(IsAlive(laptop));
}

TEST_CASE_METHOD(UserTest, "the handle of a deleted account is not given out again") {
  const Device alice = NewUser("alice");
  REQUIRE(Ask(alice, Delete{.password = kPassword}));
  harness.Crash();
  CHECK(Refusal(Anonymous(), Register{.user = kAlice, .password = kPassword}) == Code::kExists);
}

TEST_CASE_METHOD(UserTest,
                 "registering again under the id of a deleted account's registration does not bring it back") {
  const Register with_id{.user = kAlice, .password = kPassword, .name = "", .id = "r1"};
  REQUIRE(Ask(Anonymous(), with_id));
  const Device alice = LogIn("alice");
  REQUIRE(Ask(alice, Delete{.password = kPassword}));
  CHECK(Refusal(Anonymous(), with_id) == Code::kExists);
}

TEST_CASE_METHOD(UserTest, "deleting wants the right password") {
  const Device alice = NewUser("alice");
  CHECK(Refusal(alice, Delete{.password = kWrong}) == Code::kForbidden);
  CHECK(Refusal(alice, Delete{.password = "short"}) == Code::kBadRequest);
  CHECK_FALSE(harness.directives.anonymous);
  CHECK(IsAlive(alice));
}

TEST_CASE_METHOD(UserTest, "guessing the password by deleting waits like guessing it at login") {
  const Device alice = NewUser("alice");
  for (int i = 0; i < Guesses::kFree; ++i) CHECK(Refusal(alice, Delete{.password = kWrong}) == Code::kForbidden);
  CHECK(Refusal(alice, Delete{.password = kPassword}) == Code::kRateLimited);
}

TEST_CASE_METHOD(UserTest, "nothing personal of a deleted account is kept") {
  const Device alice = NewUser("alice");
  REQUIRE(Ask(alice, Update{.name = "Alice Anderson", .about = "lives in the sea"}));
  REQUIRE(Ask(alice, SetStatus{.state = State::kAway, .text = "diving"}));
  REQUIRE(Ask(alice, ChangePassword{kPassword, "second password", {}}));
  REQUIRE(Ask(alice, Delete{.password = "second password"}));
  harness.Settle();
  const Account tombstone = *Stored("alice", AccountRow{kAlice});
  CHECK(tombstone.deleted());
  CHECK(tombstone.password.empty());
  CHECK(tombstone.name.empty());
  CHECK(tombstone.about.empty());
  CHECK(tombstone.text.empty());
  CHECK_FALSE(Stored("alice", SessionRow{kAlice, alice.session()}));
  CHECK_FALSE(Stored("alice", EndedRow{kAlice}));
  CHECK_FALSE(Stored("alice", SeenRow{kAlice}));
  CHECK(Dump().find("$argon2id$") == std::string::npos);
}

TEST_CASE_METHOD(UserTest, "a deletion loses against a change of the password") {
  const Device alice = NewUser("alice");
  const RequestId change = RequestId::Random(), deletion = RequestId::Random();
  Begin(change, alice.caller, ChangePassword{kPassword, "second password", {}});
  Begin(deletion, alice.caller, Delete{.password = kPassword});
  CHECK(End<ChangePassword>(change));
  const auto late = End<Delete>(deletion);
  REQUIRE_FALSE(late);
  CHECK(late.error().code == Code::kForbidden);
  LogIn("alice", "second password");
}

TEST_CASE_METHOD(UserTest, "a login under way does not outlive the deletion") {
  const Device alice = NewUser("alice");
  const RequestId deletion = RequestId::Random(), login = RequestId::Random();
  Begin(deletion, alice.caller, Delete{.password = kPassword});
  Begin(login, Anonymous(), Login{kAlice, kPassword, ""});
  CHECK(End<Delete>(deletion));
  const auto late = End<Login>(login);
  REQUIRE_FALSE(late);
  CHECK(late.error().code == Code::kUnauthenticated);
}

TEST_CASE_METHOD(UserTest, "a deletion is told to the message and the group module until they have heard") {
  const Device alice = NewUser("alice");
  REQUIRE(Ask(alice, Delete{.password = kPassword}));
  harness.Crash();
  std::vector<std::string> told, told_group;
  harness.Stub("group.user_gone", [&](const Caller&, std::string_view arguments) -> Result<std::string> {
    told_group.push_back(schema::Decode<group::UserGone>(arguments)->user.text());
    return schema::Encode(group::Done{});
  });
  harness.Stub("message.user_gone", [&](const Caller&, std::string_view arguments) -> Result<std::string> {
    told.push_back(schema::Decode<message::UserGone>(arguments)->user.text());
    return schema::Encode(message::Nothing{});
  });
  harness.Advance(10'000);
  CHECK(told == std::vector<std::string>{"alice"});
  CHECK(told_group == told);
}

}  // namespace
}  // namespace parley::user
