// The same request again: because its answer was lost, or because the client uses its `id` again.
#include "modules/user/token.h"
#include "tests/modules/user/user_fixture.h"

namespace parley::user {
namespace {

const UserHandle kAlice = UserHandle::Must("alice");

Register Again(const std::string& password, const std::string& id) {
  return {.user = kAlice, .password = password, .name = "", .id = id};
}

TEST_CASE_METHOD(UserTest, "registering again with the same id and password gives the same result") {
  REQUIRE(Ask(Anonymous(), Again(kPassword, "r1")));
  CHECK(Ask(Anonymous(), Again(kPassword, "r1"))->user == kAlice);
  harness.Crash();
  CHECK(Ask(Anonymous(), Again(kPassword, "r1")));
  CHECK(Refusal(Anonymous(), Again(kWrong, "r1")) == Code::kExists);
  CHECK(Refusal(Anonymous(), Again(kPassword, "r2")) == Code::kExists);
}

TEST_CASE_METHOD(UserTest, "a registration is known again for a day, and while its password stands") {
  REQUIRE(Ask(Anonymous(), Again(kPassword, "r1")));
  Account account = *Stored("alice", AccountRow{kAlice});
  account.created_ms -= kRepeatMs + 1;
  Store("alice", AccountRow{kAlice}, account);
  CHECK(Refusal(Anonymous(), Again(kPassword, "r1")) == Code::kExists);
}

TEST_CASE_METHOD(UserTest, "a registration sent twice under one request id is done once") {
  const RequestId id = RequestId::Random();
  const Register request{.user = kAlice, .password = kPassword};
  const Caller nobody = Anonymous();
  REQUIRE(AskUnder(id, nobody, request));
  CHECK(AskUnder(id, nobody, request));
  harness.Crash();
  CHECK(AskUnder(id, nobody, request));
}

TEST_CASE_METHOD(UserTest, "of two registrations of one handle at the same time one wins") {
  const RequestId one = RequestId::Random(), two = RequestId::Random();
  Begin(one, Anonymous(), Register{.user = kAlice, .password = kPassword});
  Begin(two, Anonymous(), Register{.user = kAlice, .password = kWrong});
  const auto first = End<Register>(one);
  const auto second = End<Register>(two);
  CHECK(first);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Code::kExists);
  LogIn("alice", kPassword);
}

TEST_CASE_METHOD(
    UserTest, "a login repeated under its request id makes one session, and both tokens are good until one is used") {
  Join("alice");
  const RequestId id = RequestId::Random();
  const Caller nobody = Anonymous();
  const auto first = AskUnder(id, nobody, Login{kAlice, kPassword, ""});
  harness.Crash();
  const auto second = AskUnder(id, nobody, Login{kAlice, kPassword, ""});
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->session == second->session);
  CHECK(first->token != second->token);
  // Nobody knows which of the answers the client got: it is the one that it uses.
  CHECK(Ask(Anonymous(), Resume{first->token, {}}));
  CHECK(Refusal(Anonymous(), Resume{second->token, {}}) == Code::kUnauthenticated);
  CHECK(Ask(Anonymous(), Resume{first->token, {}}));
}

TEST_CASE_METHOD(UserTest, "a login that is sent again while it is under way makes one session") {
  const Device alice = NewUser("alice");
  const RequestId id = RequestId::Random(), copy = id;
  const Caller nobody = Anonymous();
  Begin(id, nobody, Login{kAlice, kPassword, ""});
  Begin(copy, nobody, Login{kAlice, kPassword, ""});
  REQUIRE(End<Login>(id));
  CHECK(SessionIds(alice).size() == 2);
}

TEST_CASE_METHOD(UserTest, "a login may be repeated many times, and the last answer is good") {
  const Device alice = NewUser("alice");
  const RequestId id = RequestId::Random();
  const Caller nobody = Anonymous();
  Result<LoggedIn> last = Fail(Code::kInternal, "");
  for (int i = 0; i < 20; ++i) last = AskUnder(id, nobody, Login{kAlice, kPassword, ""});
  REQUIRE(last);
  CHECK(SessionIds(alice).size() == 2);
  CHECK(Stored("alice", SessionRow{kAlice, last->session})->token_hashes.size() <= 8);
  CHECK(Ask(Anonymous(), Resume{last->token, {}}));
}

TEST_CASE_METHOD(UserTest, "an update under the same id is done once; with other arguments it is a conflict") {
  const Device alice = NewUser("alice");
  const Update once{.name = "one", .about = {}, .id = "u1"};
  REQUIRE(Ask(alice, once));
  REQUIRE(Ask(alice, Update{.name = "two"}));
  CHECK(Ask(alice, once)->name == "one");  // the result of then …
  CHECK(Ask(alice, GetProfile{})->name == "two");
  CHECK(Refusal(alice, Update{.name = "three", .about = {}, .id = "u1"}) == Code::kConflict);
  CHECK(Refusal(alice, SetStatus{.state = State::kAway, .text = "", .id = "u1"}) == Code::kConflict);
}

TEST_CASE_METHOD(UserTest, "a logout whose answer was lost makes the connection anonymous when it is repeated") {
  const Device alice = NewUser("alice");
  const RequestId id = RequestId::Random();
  REQUIRE(AskUnder(id, alice.caller, Logout{}));
  harness.Crash();
  REQUIRE(AskUnder(id, alice.caller, Logout{}));
  CHECK(harness.directives.anonymous);
}

TEST_CASE_METHOD(UserTest, "a deletion whose answer was lost succeeds when it is repeated") {
  const Device alice = NewUser("alice");
  const RequestId id = RequestId::Random();
  REQUIRE(AskUnder(id, alice.caller, Delete{.password = kPassword}));
  harness.Crash();
  REQUIRE(AskUnder(id, alice.caller, Delete{.password = kPassword}));
  CHECK(harness.directives.anonymous);
}

TEST_CASE_METHOD(UserTest, "a change of password whose answer was lost succeeds when it is repeated") {
  const Device alice = NewUser("alice");
  const RequestId id = RequestId::Random();
  const ChangePassword change{.old_password = kPassword, .new_password = "new password"};
  REQUIRE(AskUnder(id, alice.caller, change));
  harness.Crash();
  CHECK(AskUnder(id, alice.caller, change));
  LogIn("alice", "new password");
}

TEST_CASE_METHOD(UserTest, "a change of password sent again while it is under way succeeds") {
  const Device alice = NewUser("alice");
  const RequestId id = RequestId::Random();
  const ChangePassword change{.old_password = kPassword, .new_password = "new password"};
  Begin(id, alice.caller, change);
  Begin(id, alice.caller, change);
  CHECK(End<ChangePassword>(id));
  harness.Settle();
  CHECK(Stored("alice", AccountRow{kAlice})->password_version == 2);
  LogIn("alice", "new password");
}

TEST_CASE_METHOD(UserTest,
                 "a change of password under the same id is done once; with other passwords it is a conflict") {
  const Device alice = NewUser("alice");
  const auto change = [&](const std::string& from, const std::string& to, const std::string& id) {
    return Refusal(alice, ChangePassword{from, to, id});
  };
  CHECK(change(kPassword, "second password", "p1") == std::nullopt);
  CHECK(change(kPassword, "second password", "p1") == std::nullopt);
  CHECK(change(kPassword, "another password", "p1") == Code::kConflict);
  CHECK(change("second password", "third password", "p1") == Code::kConflict);
  // Also when the password has been changed again since.
  CHECK(change("second password", "third password", "p2") == std::nullopt);
  CHECK(change(kPassword, "second password", "p1") == std::nullopt);
  LogIn("alice", "third password");
}

TEST_CASE_METHOD(UserTest, "a change of password is forgotten after a day, and its hashes are removed") {
  const Device alice = NewUser("alice");
  REQUIRE(Ask(alice, ChangePassword{kPassword, "second password", "p1"}));
  const PasswordChangeRow row{kAlice, "ip1"};
  PasswordChange change = *Stored("alice", row);
  change.time_ms -= kRepeatMs + 1;
  Store("alice", row, change);
  CHECK(Refusal(alice, ChangePassword{kPassword, "second password", "p1"}) == Code::kForbidden);
  harness.Advance(20'000);  // all slots are visited
  CHECK_FALSE(Stored("alice", row));
}

TEST_CASE_METHOD(UserTest, "no secret is kept with a request id") {
  const Device alice = NewUser("alice");
  REQUIRE(Ask(alice, ChangePassword{kPassword, "second password", "p1"}));
  const std::string stored = Dump();
  CHECK(stored.find(kPassword) == std::string::npos);
  CHECK(stored.find("second password") == std::string::npos);
  CHECK(stored.find(Token::Parse(alice.login.token)->secret) == std::string::npos);
}

}  // namespace
}  // namespace parley::user
