// How much anybody may do, and for how long nothing.
#include <catch2/catch.hpp>

#include "tests/frontend/fixture.h"

namespace parley::frontend {
namespace {

TEST_CASE_METHOD(GatewayTest, "more than 256 requests in flight are overloaded and do nothing") {
  Client client(*this, "203.0.113.7");
  LogsIn(client, "alice");
  for (int i = 0; i < 256; ++i) client.Asks(i + 10, "user.profile");
  CHECK(client.Hears().empty());
  client.Asks(1'000, "user.profile");
  CHECK(client.Outcome() == "overloaded");
  const auto requests = Requests("user.profile");
  CHECK(requests.size() == 256);
  Answers(requests[0], "{}");
  client.Hears();
  client.Asks(1'000, "user.profile");
  CHECK(client.Hears().empty());
  CHECK(Requests("user.profile").size() == 1);
}

TEST_CASE_METHOD(GatewayTest, "the rate is the user's, over all connections, and the wait that is told is enough") {
  GatewayOptions with;
  with.user_rate = 10;
  with.user_burst = 4;
  Start(with);
  Client phone(*this, "203.0.113.7"), laptop(*this, "203.0.113.7"), other(*this, "203.0.113.7");
  LogsIn(phone, "alice", "s1");
  LogsIn(laptop, "alice", "s2");
  LogsIn(other, "bob", "s3");
  for (Client* client : {&phone, &laptop, &phone, &laptop}) client->Asks(2, "session.ping");
  CHECK(phone.Hears().size() == 2);
  CHECK(laptop.Hears().size() == 2);
  phone.Asks(3, "session.ping");
  CHECK(phone.Hears() == Lines{Json(R"([1,3,{"code":"rate_limited","message":"too many requests","retryable":true,)"
                                    R"("retry_after_ms":100},null])")});
  other.Asks(2, "session.ping");
  CHECK(other.Outcome() == "ok");
  Passes(100);
  laptop.Asks(3, "session.ping");
  CHECK(laptop.Outcome() == "ok");
  laptop.Asks(3, "session.ping");
  CHECK(laptop.Outcome() == "rate_limited");
}

TEST_CASE("leaving and coming back does not fill the bucket, and a full bucket is forgotten") {
  Users users(10, 5);
  const UserHandle alice = UserHandle::Must("alice");
  User* user = users.Hold(alice, 0);
  for (int i = 0; i < 5; ++i) CHECK(users.Take(*user, 0) == 0);
  CHECK(users.Take(*user, 0) == 100);
  users.Drop(user);
  user = users.Hold(alice, 10);
  CHECK(users.Take(*user, 10) > 0);
  users.Drop(user);
  users.Sweep(100);
  CHECK(users.size() == 1);
  users.Sweep(1'000);
  CHECK(users.size() == 0);
}

TEST_CASE("a rate of 0 is no limit") {
  Users users(0, 5);
  User* user = users.Hold(UserHandle::Must("alice"), 0);
  for (int i = 0; i < 10'000; ++i) REQUIRE(users.Take(*user, 0) == 0);
  users.Drop(user);
  CHECK(users.size() == 0);
}

TEST_CASE_METHOD(GatewayTest, "failed logins of an address for an account wait longer and longer, and others do not") {
  Client client(*this, "203.0.113.7"), elsewhere(*this, "203.0.113.8");
  const auto fail = [&](const char* user) {
    client.Asks(1, "user.login", std::string(R"({"user":")") + user + R"("})");
    for (const Sent& login : Requests("user.login")) Fails(login, Code::kUnauthenticated);
    return client.Outcome();
  };
  for (int i = 0; i < LoginGuard::kFree; ++i) CHECK(fail("alice") == "unauthenticated");
  CHECK(fail("alice") == "rate_limited");
  CHECK(fail("bob") == "unauthenticated");
  elsewhere.Asks(1, "user.login", R"({"user":"alice"})");
  CHECK(Requests("user.login").size() == 1);
  Passes(LoginGuard::kFirstDelayMs + 50);
  CHECK(fail("alice") == "unauthenticated");
  Passes(LoginGuard::kFirstDelayMs + 50);
  CHECK(fail("alice") == "rate_limited");
  Passes(LoginGuard::kFirstDelayMs);
  client.Asks(1, "user.login", R"({"user":"alice"})");
  Answers(Request("user.login"), "{}", Identifies("alice", "s1"));
  for (const Sent& attach : Requests("user.attach")) Answers(attach, "{}");
  CHECK(client.Outcome() == "ok");
  client.Vanishes();
  Client again(*this, "203.0.113.7");  // a success forgets the failures
  again.Asks(1, "user.login", R"({"user":"alice"})");
  Fails(Request("user.login"), Code::kUnauthenticated);
  again.Asks(2, "user.login", R"({"user":"alice"})");
  CHECK(Requests("user.login").size() == 1);
}

TEST_CASE("failed logins are forgotten, and their number is bounded") {
  LoginGuard guard;
  for (int i = 0; i < 30; ++i) guard.Failed("a", "x", 0);
  CHECK(guard.DelayMs("a", "x", 0) == LoginGuard::kDelayMaxMs);
  guard.Sweep(LoginGuard::kForgottenMs);
  CHECK(guard.DelayMs("a", "x", 0) == 0);
  for (size_t i = 0; i < LoginGuard::kEntriesMax + 10; ++i) guard.Failed("a", std::to_string(i), 0);
  CHECK(guard.size() == LoginGuard::kEntriesMax);
}

TEST_CASE_METHOD(GatewayTest, "an address that is told later counts from then on, and one too many is closed then") {
  GatewayOptions with = options;
  with.address_connections_max = 2;
  Start(with);
  Client one(*this, ""), two(*this, ""), three(*this, ""), four(*this, "");
  for (Client* client : {&one, &two, &three}) gateway->Introduce(client->session(), "203.0.113.7");
  Flush();
  CHECK_FALSE(one.closed());
  CHECK_FALSE(two.closed());
  CHECK(three.closed());
  CHECK(one.session().address == "203.0.113.7");
  two.Vanishes();
  gateway->Introduce(four.session(), "203.0.113.7");
  Flush();
  CHECK_FALSE(four.closed());
}

TEST_CASE_METHOD(GatewayTest, "who is never introduced is closed as one who does not log in") {
  Client nobody(*this, "");
  Passes(options.timeouts.anonymous_ms - 100);
  CHECK_FALSE(nobody.closed());
  Passes(200);
  const Lines lines = nobody.Hears();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].find("idle") != std::string::npos);
  gateway->Introduce(nobody.session(), "203.0.113.7");  // too late
  CHECK_FALSE(nobody.session().address_held);
}

TEST_CASE_METHOD(GatewayTest, "an address has so many connections, the machine itself any number") {
  GatewayOptions with;
  with.address_connections_max = 2;
  Start(with);
  Client one(*this, "203.0.113.7"), two(*this, "203.0.113.7"), three(*this, "203.0.113.7"), other(*this, "2001:db8::1");
  CHECK(three.Outcome() == "overloaded");
  CHECK(three.closed());
  CHECK(!other.closed());
  one.Vanishes();
  Client four(*this, "203.0.113.7");
  CHECK(!four.closed());
  Client a(*this, "127.0.0.1"), b(*this, "127.0.0.1"), c(*this, "127.0.0.1");
  CHECK(!c.closed());
}

TEST_CASE_METHOD(GatewayTest,
                 "a connection that sends nothing is closed: anonymous after 30 s, logged in after ten minutes") {
  Client anonymous(*this, "203.0.113.7"), alice(*this, "203.0.113.7");
  LogsIn(alice, "alice");
  Passes(29'000);
  CHECK(anonymous.session().is_open());
  Passes(1'100);
  CHECK(anonymous.Outcome() == "idle");
  CHECK(anonymous.closed());
  Passes(560'000);
  CHECK(alice.session().is_open());
  Passes(10'000);
  CHECK(alice.Outcome() == "idle");
}

TEST_CASE_METHOD(GatewayTest, "sending keeps a connection; listening does not") {
  GatewayOptions with;
  with.timeouts.idle_ms = 2'000;
  Start(with);
  Client talker(*this, "203.0.113.7"), listener(*this, "203.0.113.7");
  LogsIn(talker, "alice", "s1");
  LogsIn(listener, "bob", "s2");
  for (int i = 0; i < 5; ++i) {
    talker.Asks(2, "session.ping");
    Event event;
    event.topics = {"user:bob"};
    event.method = "message.new";
    Publishes(event);
    Passes(500);
  }
  CHECK(talker.session().is_open());
  CHECK(!listener.session().is_open());
}

TEST_CASE_METHOD(GatewayTest, "an open request is not idleness") {
  GatewayOptions with;
  with.timeouts.idle_ms = 2'000;
  Start(with);
  Client client(*this, "203.0.113.7");
  LogsIn(client, "alice");
  client.Asks(2, "user.profile");
  Passes(5'000);
  CHECK(client.session().is_open());
  Answers(Requests("user.profile").front(), "{}");
  CHECK(client.Outcome() == "ok");
  Passes(2'000);
  CHECK(!client.session().is_open());
}

TEST_CASE_METHOD(GatewayTest, "a message left incomplete for 30 s is closed, however it drips") {
  Client client(*this, "203.0.113.7");
  LogsIn(client, "alice");
  const std::string bytes =
      Packed(R"([0,1,"session.hello",[{"client":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}]])");
  for (size_t i = 0; i < 29; ++i) {
    client.SendsBytes(bytes.substr(i, 1));
    Passes(1'000);
  }
  CHECK(client.session().is_open());
  Passes(1'100);
  CHECK(client.Outcome() == "idle");
}

TEST_CASE_METHOD(GatewayTest, "a closed connection whose client does not go is ended") {
  Client client(*this, "203.0.113.7");
  client.SendsBytes("\xc1");
  CHECK(client.session().phase == Session::Phase::kClosing);
  Passes(5'100);
  CHECK(client.session().phase == Session::Phase::kOver);
}

TEST_CASE("the wheel fires each deadline once, never early and at most two ticks late") {
  struct Timer : Spoke {
    int64_t due = 0;
    int fired = 0;
  };
  Wheel wheel(1'000);
  std::vector<std::unique_ptr<Timer>> timers;
  for (const int64_t ms : {0, 1, 49, 50, 51, 99, 1'000, 30'000, 102'350, 102'400, 102'500, 600'000}) {
    timers.push_back(std::make_unique<Timer>());
    timers.back()->due = 1'000 + ms;
    wheel.Put(*timers.back(), timers.back()->due);
  }
  Timer removed;
  wheel.Put(removed, 5'000);
  wheel.Remove(removed);
  for (int64_t now = 1'000; now <= 610'000; now += 37) {
    wheel.Advance(now, [&](Spoke& spoke) {
      auto& timer = static_cast<Timer&>(spoke);
      ++timer.fired;
      CHECK(now >= timer.due);
      CHECK(now <= timer.due + 140);
    });
  }
  for (const auto& timer : timers) CHECK(timer->fired == 1);
  CHECK(removed.fired == 0);
}

TEST_CASE("a handler of the wheel may remove another that is due") {
  Wheel wheel(0);
  Spoke first, second;
  wheel.Put(first, 100);
  wheel.Put(second, 100);
  int fired = 0;
  wheel.Advance(1'000'000, [&](Spoke& spoke) {
    ++fired;
    wheel.Remove(&spoke == &first ? second : first);
  });
  CHECK(fired == 1);
}

}  // namespace
}  // namespace parley::frontend
