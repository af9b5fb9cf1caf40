#include "tests/modules/user/user_fixture.h"

namespace parley::user {
namespace {

const UserHandle kAlice = UserHandle::Must("alice");
const NodeId kOtherFrontend{0xBEEF};

bool ConnectedIn(const SessionList& list, const Device& device) {
  for (const SessionEntry& entry : list.sessions) {
    if (entry.session == device.session()) return entry.connected;
  }
  return false;
}

class PresenceTest : public UserTest {
 public:
  // Seen from the first device.
  bool Connected(const Device& by, const Device& device) { return ConnectedIn(*Ask(by, ListSessions{}), device); }
  Device LogInAt(NodeId frontend) {
    Caller connection = Anonymous();
    connection.connection.node = frontend;
    const auto reply = Ask(connection, Login{kAlice, kPassword, ""});
    REQUIRE(reply);
    connection.user = kAlice;
    connection.session = reply->session;
    connection.role = Access::kUser;
    AttachTo({connection, *reply});
    return {connection, *reply};
  }
};

TEST_CASE_METHOD(PresenceTest, "a session is connected from attach to detach") {
  const Device alice = NewUser("alice");
  const Device phone = LogIn("alice");
  CHECK(Connected(alice, phone));
  Disconnect(phone);
  CHECK_FALSE(Connected(alice, phone));
}

TEST_CASE_METHOD(PresenceTest, "a login alone makes nobody connected") {
  const Device alice = NewUser("alice");
  const auto reply = Ask(Anonymous(), Login{kAlice, kPassword, ""});
  REQUIRE(reply);
  CHECK_FALSE(Connected(alice, Device{{}, *reply}));
}

TEST_CASE_METHOD(PresenceTest, "when the last connection ends is written down") {
  const Device phone = NewUser("alice");
  const Device laptop = LogIn("alice");
  harness.Advance(5'000);
  Disconnect(phone);
  CHECK_FALSE(Stored("alice", SeenRow{kAlice}));  // one is left
  harness.Advance(5'000);
  Disconnect(laptop);
  const int64_t last_ms = harness.now().wall_ms;
  harness.Crash();
  const Device again = LogIn("alice");
  CHECK(Ask(again, GetProfile{})->last_seen_ms == last_ms);
}

TEST_CASE_METHOD(PresenceTest, "the end of a connection is a use of its session") {
  const Device alice = NewUser("alice");
  harness.Advance(5'000);
  Disconnect(alice);
  CHECK(Stored("alice", SessionRow{kAlice, alice.session()})->used_ms == harness.now().wall_ms);
}

TEST_CASE_METHOD(PresenceTest, "the end of a replaced connection says nothing of the new one") {
  const Device old = NewUser("alice");
  const Device next = ResumeOn(Anonymous(), old.login.token);
  Disconnect(old);
  CHECK_FALSE(Stored("alice", SeenRow{kAlice}));
  const Device watching = LogIn("alice");
  CHECK(Connected(watching, next));
}

TEST_CASE_METHOD(PresenceTest, "when a frontend is gone, so are its connections, and no others") {
  const Device here = NewUser("alice");
  const Device there = LogInAt(kOtherFrontend);
  CHECK(Connected(here, there));
  harness.NodeGone(kOtherFrontend);
  CHECK_FALSE(Connected(here, there));
  CHECK_FALSE(Stored("alice", SeenRow{kAlice}));
}

TEST_CASE_METHOD(PresenceTest, "when a frontend is gone with a user's last connection, that is written down") {
  Join("alice");
  LogInAt(kOtherFrontend);
  harness.Advance(5'000);
  harness.NodeGone(kOtherFrontend);
  REQUIRE(Stored("alice", SeenRow{kAlice}));
  CHECK(Stored("alice", SeenRow{kAlice})->last_seen_ms == harness.now().wall_ms);
}

TEST_CASE_METHOD(PresenceTest, "a frontend that dies together with the bus leaves nobody online") {
  const Device alice = NewUser("alice");
  const Device there = LogInAt(kOtherFrontend);
  harness.RestartBus();
  CHECK_FALSE(Connected(alice, there));
  AttachTo(there);  // had it lived, it would have told so
  CHECK(Connected(alice, there));
}

TEST_CASE_METHOD(PresenceTest, "after a crash presence comes back with what frontends attach again") {
  const Device alice = NewUser("alice");
  const Device phone = LogIn("alice");
  harness.Crash();
  CHECK_FALSE(Connected(alice, phone));
  AttachTo(phone);
  CHECK(Connected(alice, phone));
  AttachTo(phone);  // and again changes nothing
  CHECK_FALSE(harness.directives.close);
  Disconnect(phone);
  CHECK_FALSE(Connected(alice, phone));
}

TEST_CASE_METHOD(PresenceTest, "who asks is online, whatever frontends have told so far") {
  const Device alice = NewUser("alice");
  harness.Crash();
  CHECK(Ask(alice, GetProfile{})->online == true);
  CHECK(Connected(alice, alice));
}

TEST_CASE_METHOD(PresenceTest, "logging out with the last connection is the end of being online") {
  const Device alice = NewUser("alice");
  harness.Advance(5'000);
  REQUIRE(Ask(alice, Logout{}));
  REQUIRE(Stored("alice", SeenRow{kAlice}));
  CHECK(Stored("alice", SeenRow{kAlice})->last_seen_ms == harness.now().wall_ms);
  Disconnect(alice);  // the frontend says so too; it is nothing new
  CHECK(Stored("alice", SeenRow{kAlice})->last_seen_ms == harness.now().wall_ms);
}

}  // namespace
}  // namespace parley::user
