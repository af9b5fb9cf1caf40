#include "modules/user/session_life.h"
#include "modules/user/token.h"
#include "tests/modules/user/user_fixture.h"

namespace parley::user {
namespace {

const UserHandle kAlice = UserHandle::Must("alice");

TEST_CASE_METHOD(UserTest, "a login gives a token, and makes the connection the user's") {
  Join("alice");
  const auto reply = Ask(Anonymous(), Login{kAlice, kPassword, "phone"});
  REQUIRE(reply);
  CHECK(reply->user == kAlice);
  CHECK(reply->role == Role::kUser);
  CHECK(reply->expires_ms == harness.now().wall_ms + kTokenLifeMs);
  CHECK(Token::Parse(reply->token)->user == kAlice);
  CHECK(reply->token.find(reply->session) == std::string::npos);
  CHECK(harness.directives.identify == wire::Identify{kAlice, reply->session, false});
  CHECK(harness.directives.subscribe == std::vector<std::string>{"user:alice", "session:" + reply->session});
}

TEST_CASE_METHOD(UserTest, "a wrong password and a wrong user are refused alike") {
  Join("alice");
  const auto wrong_password = Ask(Anonymous(), Login{kAlice, kWrong, ""});
  const auto wrong_user = Ask(Anonymous(), Login{UserHandle::Must("nobody"), kPassword, ""});
  REQUIRE_FALSE(wrong_password);
  REQUIRE_FALSE(wrong_user);
  CHECK(wrong_password.error().code == Code::kUnauthenticated);
  CHECK(wrong_password.error() == wrong_user.error());
  CHECK(harness.directives.empty());
}

TEST_CASE_METHOD(UserTest, "what can't be a password is a bad request at login, too") {
  Join("alice");
  CHECK(Refusal(Anonymous(), Login{kAlice, "short", ""}) == Code::kBadRequest);
  CHECK(Refusal(Anonymous(), Login{kAlice, std::string(129, 'x'), ""}) == Code::kLimit);
  CHECK(Refusal(Anonymous(), Login{kAlice, kPassword, std::string(65, 'd')}) == Code::kLimit);
}

TEST_CASE_METHOD(UserTest, "a connection that is logged in can't log in or resume") {
  const Device alice = NewUser("alice");
  CHECK(Refusal(alice, Login{kAlice, kPassword, ""}) == Code::kConflict);
  CHECK(Refusal(alice, Resume{alice.login.token, {}}) == Code::kConflict);
}

TEST_CASE_METHOD(UserTest, "a login is refused as overloaded when the helper threads have too much to do") {
  Join("alice");
  harness.AcceptWork(false);
  const auto refused = Ask(Anonymous(), Login{kAlice, kPassword, ""});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::kOverloaded);
  CHECK(refused.error().retry_after_ms > 0);
}

TEST_CASE_METHOD(UserTest, "resuming gives the same session and the same token") {
  const Device alice = NewUser("alice");
  Disconnect(alice);
  const auto resumed = Ask(Anonymous(), Resume{alice.login.token, {}});
  REQUIRE(resumed);
  CHECK(resumed->session == alice.session());
  CHECK(resumed->token == alice.login.token);
  CHECK(resumed->role == Role::kUser);
  CHECK(harness.directives.identify == wire::Identify{kAlice, alice.session(), false});
  CHECK(harness.directives.subscribe == std::vector<std::string>{"user:alice", "session:" + alice.session()});
}

TEST_CASE_METHOD(UserTest, "a token is good after a crash") {
  const Device alice = NewUser("alice");
  harness.Crash();
  CHECK(IsAlive(alice));
}

TEST_CASE_METHOD(UserTest, "a token that is well-formed and wrong is refused without saying why") {
  const Device alice = NewUser("alice");
  const auto other_secret = Ask(Anonymous(), Resume{Token::Make(kAlice).text(), {}});
  const auto other_user = Ask(Anonymous(), Resume{Token::Make(UserHandle::Must("nobody")).text(), {}});
  REQUIRE_FALSE(other_secret);
  REQUIRE_FALSE(other_user);
  CHECK(other_secret.error().code == Code::kUnauthenticated);
  CHECK(other_secret.error() == other_user.error());
}

TEST_CASE_METHOD(UserTest, "a token of another form is a bad request") {
  const std::string secret(43, 'a');
  for (const std::string& token : {std::string("x"), secret, "alice:" + secret + "a", "alice:" + secret.substr(1),
                                   "Alice:" + secret, "alice:" + secret.substr(1) + "+"}) {
    CHECK(Refusal(Anonymous(), Resume{token, {}}) == Code::kBadRequest);
  }
  CHECK(Refusal(Anonymous(), Resume{std::string(129, 'a'), {}}) == Code::kLimit);
}

TEST_CASE_METHOD(UserTest, "one user's token is no other's") {
  const Device alice = NewUser("alice");
  const Device bob = NewUser("bob");
  Token forged = *Token::Parse(alice.login.token);
  forged.user = bob.login.user;
  CHECK(Refusal(Anonymous(), Resume{forged.text(), {}}) == Code::kUnauthenticated);
}

TEST_CASE_METHOD(UserTest, "an older connection of a resumed session is closed as replaced, the new one is not") {
  const Device old = NewUser("alice");
  harness.TakePublished();
  const Device next = ResumeOn(Anonymous(), old.login.token);
  const auto events = harness.TakePublished();
  REQUIRE(events.size() == 1);
  CHECK(events[0].Reaches("session:" + old.session()));
  CHECK(events[0].head.directives.close->code == "replaced");
  CHECK(events[0].except == next.caller.connection);
}

TEST_CASE_METHOD(UserTest, "a connection that attaches late, when another has the session, is closed as replaced") {
  const Device old = NewUser("alice");
  ResumeOn(Anonymous(), old.login.token);
  REQUIRE(Ask(old, Attach{}));
  CHECK(harness.directives.close->code == "replaced");
}

TEST_CASE_METHOD(UserTest, "tokens are stored as hashes only, and passwords too") {
  const Device alice = NewUser("alice");
  const std::string stored = Dump();
  CHECK(stored.find(kPassword) == std::string::npos);
  CHECK(stored.find(Token::Parse(alice.login.token)->secret) == std::string::npos);
  CHECK(stored.find("$argon2id$") != std::string::npos);
}

TEST_CASE_METHOD(UserTest, "a token lives 30 days from its last use, and not much longer") {
  const Device alice = NewUser("alice");
  const SessionRow row{kAlice, alice.session()};
  Session session = *Stored("alice", row);
  const int64_t now_ms = harness.now().wall_ms;
  session.used_ms = now_ms - kTokenLifeMs - kUsedGrainMs;
  Store("alice", row, session);
  CHECK(IsAlive(alice));
  CHECK(Stored("alice", row)->used_ms == now_ms);  // that was a use
  session.used_ms = now_ms - kTokenLifeMs - kUsedGrainMs - 1;
  Store("alice", row, session);
  CHECK_FALSE(IsAlive(alice));
}

TEST_CASE_METHOD(UserTest, "resuming again and again writes the time of use once an hour") {
  const Device alice = NewUser("alice");
  const SessionRow row{kAlice, alice.session()};
  const int64_t login_ms = Stored("alice", row)->used_ms;
  harness.Advance(60'000);
  CHECK(IsAlive(alice));
  CHECK(Stored("alice", row)->used_ms == login_ms);
  harness.Advance(kUsedGrainMs);
  CHECK(IsAlive(alice));
  CHECK(Stored("alice", row)->used_ms == harness.now().wall_ms);
}

TEST_CASE_METHOD(UserTest, "resuming from elsewhere says so in the list of sessions") {
  const Device alice = LogIn((Join("alice"), "alice"), kPassword, "phone");
  Caller elsewhere = Anonymous();
  elsewhere.address = "203.0.113.9";
  REQUIRE(Ask(elsewhere, Resume{alice.login.token, "tablet"}));
  const auto list = Ask(alice, ListSessions{});
  REQUIRE(list->sessions.size() == 1);
  CHECK(list->sessions[0].address == "203.0.113.9");
  CHECK(list->sessions[0].device == "tablet");
}

TEST_CASE_METHOD(UserTest, "logging out ends the session and makes the connection anonymous") {
  const Device phone = NewUser("alice");
  const Device laptop = LogIn("alice");
  REQUIRE(Ask(phone, Logout{}));
  CHECK(harness.directives.anonymous);
  CHECK_FALSE(IsAlive(phone));
  CHECK(IsAlive(laptop));
  CHECK(SessionIds(laptop) == std::vector{laptop.session()});
}

TEST_CASE_METHOD(UserTest, "a login with hashes of another cost renews the hash, and the password stays") {
  Join("alice");
  options.hash.ops = 2;
  harness.Crash();
  const std::string before = Stored("alice", AccountRow{kAlice})->password;
  CHECK(Refusal(Anonymous(), Login{kAlice, kWrong, ""}) == Code::kUnauthenticated);
  CHECK(Stored("alice", AccountRow{kAlice})->password == before);
  LogIn("alice");
  const std::string after = Stored("alice", AccountRow{kAlice})->password;
  CHECK(after != before);
  CHECK(after.find("t=2") != std::string::npos);
  LogIn("alice");
  CHECK(Stored("alice", AccountRow{kAlice})->password == after);
}

TEST_CASE_METHOD(UserTest, "two logins that renew the hash at the same time both succeed") {
  Join("alice");
  options.hash.ops = 2;
  harness.Crash();
  const RequestId one = RequestId::Random(), two = RequestId::Random();
  Begin(one, Anonymous(), Login{kAlice, kPassword, ""});
  Begin(two, Anonymous(), Login{kAlice, kPassword, ""});
  CHECK(End<Login>(one));
  CHECK(End<Login>(two));
}

TEST_CASE_METHOD(UserTest, "wrong passwords make the next try wait, longer each time") {
  Join("alice");
  const auto guess = [&](const std::string& password) { return Ask(Anonymous(), Login{kAlice, password, ""}); };
  for (int i = 0; i < Guesses::kFree; ++i) CHECK(guess(kWrong).error().code == Code::kUnauthenticated);
  // The right password waits as well: an answer would tell.
  const auto first = guess(kPassword);
  REQUIRE_FALSE(first);
  CHECK(first.error().code == Code::kRateLimited);
  CHECK(first.error().retry_after_ms == Guesses::kWaitMs);
  harness.Advance(first.error().retry_after_ms);
  CHECK(guess(kWrong).error().code == Code::kUnauthenticated);
  const auto second = guess(kWrong);
  CHECK(second.error().retry_after_ms == 2 * Guesses::kWaitMs);
  harness.Advance(second.error().retry_after_ms);
  CHECK(guess(kPassword));
  CHECK(guess(kWrong).error().code == Code::kUnauthenticated);  // all is forgiven
}

TEST_CASE_METHOD(UserTest, "guessing at one account does not slow another, nor a token") {
  const Device alice = NewUser("alice");
  Join("bob");
  for (int i = 0; i < Guesses::kFree; ++i) CHECK(Refusal(Anonymous(), Login{kAlice, kWrong, ""}));
  CHECK(Refusal(Anonymous(), Login{kAlice, kPassword, ""}) == Code::kRateLimited);
  LogIn("bob");
  CHECK(IsAlive(alice));
}

TEST_CASE_METHOD(UserTest, "guessing at a user who is not there waits just the same") {
  const Login guess{UserHandle::Must("nobody"), kWrong, ""};
  for (int i = 0; i < Guesses::kFree; ++i) CHECK(Refusal(Anonymous(), guess) == Code::kUnauthenticated);
  CHECK(Refusal(Anonymous(), guess) == Code::kRateLimited);
}

TEST_CASE_METHOD(UserTest, "a login that was begun before a crash leaves no session") {
  const Device alice = NewUser("alice");
  Begin(RequestId::Random(), Anonymous(), Login{kAlice, kPassword, ""});
  harness.Crash();
  CHECK(SessionIds(alice) == std::vector{alice.session()});
}

}  // namespace
}  // namespace parley::user
