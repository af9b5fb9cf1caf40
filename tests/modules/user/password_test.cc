#include "tests/modules/user/user_fixture.h"

namespace parley::user {
namespace {

const UserHandle kAlice = UserHandle::Must("alice");
const std::string kNew = "another horse";

TEST_CASE_METHOD(UserTest, "a changed password is the one that logs in") {
  const Device alice = NewUser("alice");
  REQUIRE(Ask(alice, ChangePassword{kPassword, kNew, {}}));
  CHECK(harness.directives.empty());
  harness.Crash();
  CHECK(Refusal(Anonymous(), Login{kAlice, kPassword, ""}) == Code::kUnauthenticated);
  LogIn("alice", kNew);
}

TEST_CASE_METHOD(UserTest, "changing the password ends all other sessions, and keeps one's own") {
  const Device phone = NewUser("alice");
  const Device laptop = LogIn("alice");
  const Device bob = NewUser("bob");
  harness.TakePublished();
  REQUIRE(Ask(phone, ChangePassword{kPassword, kNew, {}}));
  CHECK(ClosedWith(laptop) == "revoked");
  CHECK_FALSE(IsAlive(laptop));
  CHECK(IsAlive(phone));
  CHECK(IsAlive(bob));
  CHECK(SessionIds(phone) == std::vector{phone.session()});
}

TEST_CASE_METHOD(UserTest, "a wrong old password is forbidden, and counts as a guess") {
  const Device alice = NewUser("alice");
  const Device other = LogIn("alice");
  for (int i = 0; i < Guesses::kFree; ++i) {
    CHECK(Refusal(alice, ChangePassword{kWrong, kNew, {}}) == Code::kForbidden);
  }
  const auto next = Ask(alice, ChangePassword{kPassword, kNew, {}});
  REQUIRE_FALSE(next);
  CHECK(next.error().code == Code::kRateLimited);
  CHECK(next.error().retry_after_ms > 0);
  CHECK(IsAlive(other));
}

TEST_CASE_METHOD(UserTest, "old and new have the form of passwords, and the error names the argument") {
  const Device alice = NewUser("alice");
  const auto short_new = Ask(alice, ChangePassword{kPassword, "short", {}});
  REQUIRE_FALSE(short_new);
  CHECK(short_new.error().code == Code::kBadRequest);
  CHECK(short_new.error().message.starts_with("new: "));
  const auto long_old = Ask(alice, ChangePassword{std::string(129, 'x'), kNew, {}});
  REQUIRE_FALSE(long_old);
  CHECK(long_old.error().code == Code::kLimit);
  CHECK(long_old.error().message.starts_with("old: "));
}

TEST_CASE_METHOD(UserTest, "of two changes from one old password the second is forbidden") {
  const Device alice = NewUser("alice");
  const RequestId one = RequestId::Random(), two = RequestId::Random();
  Begin(one, alice.caller, ChangePassword{kPassword, "first new one", {}});
  Begin(two, alice.caller, ChangePassword{kPassword, "second new one", {}});
  CHECK(End<ChangePassword>(one));
  const auto second = End<ChangePassword>(two);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Code::kForbidden);
  LogIn("alice", "first new one");
}

TEST_CASE_METHOD(UserTest, "a login under way with the old password does not outlive its change") {
  const Device alice = NewUser("alice");
  const RequestId change = RequestId::Random(), login = RequestId::Random();
  Begin(change, alice.caller, ChangePassword{kPassword, kNew, {}});
  Begin(login, Anonymous(), Login{kAlice, kPassword, ""});
  CHECK(End<ChangePassword>(change));
  const auto late = End<Login>(login);
  REQUIRE_FALSE(late);
  CHECK(late.error().code == Code::kUnauthenticated);
  CHECK(SessionIds(alice).size() == 1);
}

TEST_CASE_METHOD(UserTest, "a session that is revoked while it changes the password does not change it") {
  const Device thief = NewUser("alice");
  const Device owner = LogIn("alice");
  const RequestId change = RequestId::Random();
  Begin(change, thief.caller, ChangePassword{kPassword, kNew, {}});
  Begin(RequestId::Random(), owner.caller, Revoke{thief.session(), {}});
  const auto late = End<ChangePassword>(change);
  REQUIRE_FALSE(late);
  CHECK(late.error().code == Code::kUnauthenticated);
  LogIn("alice", kPassword);
}

}  // namespace
}  // namespace parley::user
