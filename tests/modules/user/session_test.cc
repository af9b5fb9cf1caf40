#include <algorithm>

#include "modules/user/session_life.h"
#include "tests/modules/user/user_fixture.h"

namespace parley::user {
namespace {

const UserHandle kAlice = UserHandle::Must("alice");

TEST_CASE_METHOD(UserTest, "the list of sessions tells devices apart") {
  Join("alice");
  const Device phone = LogIn("alice", kPassword, "phone");
  const int64_t phone_ms = harness.now().wall_ms;
  harness.Advance(1'000);
  const Device laptop = LogIn("alice", kPassword, "laptop");
  Disconnect(phone);
  const auto list = Ask(laptop, ListSessions{});
  REQUIRE(list);
  const SessionEntry first{phone.session(), "phone", "192.0.2.1", phone_ms, false, false};
  const SessionEntry second{laptop.session(), "laptop", "192.0.2.1", harness.now().wall_ms, true, true};
  CHECK(list->sessions == std::vector{first, second});
}

TEST_CASE_METHOD(UserTest, "one's sessions are one's own") {
  const Device alice = NewUser("alice");
  const Device bob = NewUser("bob");
  CHECK(SessionIds(alice) == std::vector{alice.session()});
  CHECK(Refusal(bob, Revoke{alice.session(), {}}) == Code::kNotFound);
  CHECK(IsAlive(alice));
}

TEST_CASE_METHOD(UserTest, "a revoked session is out at once") {
  const Device phone = NewUser("alice");
  const Device laptop = LogIn("alice");
  harness.TakePublished();
  REQUIRE(Ask(laptop, Revoke{phone.session(), {}}));
  CHECK_FALSE(harness.directives.anonymous);
  CHECK(ClosedWith(phone) == "revoked");
  // Also what its frontend lets through before it has heard of it.
  CHECK(Refusal(phone, GetProfile{}) == Code::kUnauthenticated);
  CHECK(Refusal(phone, Update{.name = "x"}) == Code::kUnauthenticated);
  CHECK(Refusal(phone, ListSessions{}) == Code::kUnauthenticated);
  CHECK(Refusal(phone, Revoke{laptop.session(), {}}) == Code::kUnauthenticated);
  CHECK_FALSE(IsAlive(phone));
}

TEST_CASE_METHOD(UserTest, "a revoked session is told so when its frontend attaches it late") {
  const Device phone = NewUser("alice");
  const Device laptop = LogIn("alice");
  REQUIRE(Ask(laptop, Revoke{phone.session(), {}}));
  REQUIRE(Ask(phone, Attach{}));
  CHECK(harness.directives.close->code == "revoked");
}

TEST_CASE_METHOD(UserTest, "revoking what is revoked succeeds, revoking what never was is not found") {
  const Device phone = NewUser("alice");
  const Device laptop = LogIn("alice");
  REQUIRE(Ask(laptop, Revoke{phone.session(), {}}));
  CHECK(Ask(laptop, Revoke{phone.session(), {}}));
  harness.Crash();
  CHECK(Ask(laptop, Revoke{phone.session(), {}}));
  CHECK(Refusal(laptop, Revoke{"never-was", {}}) == Code::kNotFound);
  CHECK(Refusal(laptop, Revoke{"", {}}) == Code::kBadRequest);
  CHECK(Refusal(laptop, Revoke{std::string(65, 's'), {}}) == Code::kLimit);
}

TEST_CASE_METHOD(UserTest, "revoking one's own session is a logout") {
  const Device alice = NewUser("alice");
  harness.TakePublished();
  REQUIRE(Ask(alice, Revoke{alice.session(), {}}));
  CHECK(harness.directives.anonymous);
  CHECK(ClosedWith(alice).empty());
  CHECK_FALSE(IsAlive(alice));
}

TEST_CASE_METHOD(UserTest, "the 21st session takes the place of the one idle longest") {
  Join("alice");
  std::vector<Device> devices;
  for (int i = 0; i < 20; ++i) {
    harness.Advance(1'000);
    devices.push_back(LogIn("alice"));
  }
  // All have a connection but two, of which the younger was used last.
  harness.Advance(1'000);
  Disconnect(devices[7]);
  harness.Advance(1'000);
  Disconnect(devices[3]);
  harness.TakePublished();
  const Device next = LogIn("alice");
  CHECK(ClosedWith(devices[7]) == "revoked");
  const std::vector<std::string> ids = SessionIds(next);
  CHECK(ids.size() == 20);
  CHECK(std::ranges::count(ids, devices[7].session()) == 0);
  CHECK(std::ranges::count(ids, devices[3].session()) == 1);
  CHECK_FALSE(IsAlive(devices[7]));
}

TEST_CASE_METHOD(UserTest, "where all 20 sessions are connected the one used longest ago gives way") {
  Join("alice");
  std::vector<Device> devices;
  for (int i = 0; i < 20; ++i) {
    devices.push_back(LogIn("alice"));
    harness.Advance(1'000);
  }
  const Device next = LogIn("alice");
  CHECK_FALSE(IsAlive(devices[0]));
  CHECK(IsAlive(devices[1]));
  CHECK(SessionIds(next).size() == 20);
}

TEST_CASE_METHOD(UserTest, "sessions that have expired are not listed, and are removed") {
  const Device phone = NewUser("alice");
  const Device laptop = LogIn("alice");
  Disconnect(phone);
  const SessionRow row{kAlice, phone.session()};
  Session session = *Stored("alice", row);
  session.used_ms = harness.now().wall_ms - kTokenLifeMs - kUsedGrainMs - 1;
  Store("alice", row, session);
  CHECK(SessionIds(laptop) == std::vector{laptop.session()});
  CHECK(Stored("alice", row));
  harness.Advance(20'000);  // all slots are visited
  CHECK_FALSE(Stored("alice", row));
  CHECK(Stored("alice", SessionRow{kAlice, laptop.session()}));
}

TEST_CASE_METHOD(UserTest, "a session with a connection does not expire") {
  const Device alice = NewUser("alice");
  const SessionRow row{kAlice, alice.session()};
  Session session = *Stored("alice", row);
  session.used_ms = harness.now().wall_ms - 2 * kTokenLifeMs;
  Store("alice", row, session);
  harness.Advance(20'000);
  REQUIRE(Stored("alice", row));
  CHECK(Stored("alice", row)->used_ms >= harness.now().wall_ms - 20'000);
}

}  // namespace
}  // namespace parley::user
