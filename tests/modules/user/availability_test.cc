// What friends may know of a user, and when they are told.
#include "common/wire/publication.h"
#include "modules/friend/messages.h"
#include "tests/modules/user/user_fixture.h"

namespace parley::user {
namespace {

const UserHandle kAlice = UserHandle::Must("alice"), kBob = UserHandle::Must("bob");
const NodeId kOtherFrontend{0xBEEF};
constexpr int64_t kGrace = Leavers::kGraceMs + 2'000;  // it is looked at once a second

class AvailabilityTest : public UserTest {
 public:
  // "online", "busy: do not disturb", "offline": what friends of the user heard since the last look.
  std::vector<std::string> Heard(std::string_view user) {
    std::vector<std::string> heard;
    for (const testing::Published& event : harness.TakePublished()) {
      if (event.method != friends::PresenceChanged::kMethod) continue;
      if (!event.Reaches(wire::PresenceTopic(UserHandle::Must(user)))) continue;
      CHECK(event.droppable);
      const auto told = schema::Decode<friends::PresenceChanged>(event.body).value();
      CHECK(told.user.text() == user);
      CHECK(told.time_ms > 0);
      heard.push_back(told.online ? told.state.value() + (told.text ? ": " + *told.text : "") : "offline");
    }
    return heard;
  }
  void Befriend(bool on = true, int64_t version = 1) {
    const Caller module = testing::ModuleHarness::AsModule();
    REQUIRE(Ask(module, Friendship{kAlice, kBob, on, version}));
    REQUIRE(Ask(module, Friendship{kBob, kAlice, on, version}));
  }
  Availability Of(const UserHandle& user) {
    const auto reply = Ask(testing::ModuleHarness::AsModule(), GetAvailability{user, {user}});
    REQUIRE(reply);
    REQUIRE(reply->users.size() == 1);
    return reply->users[0];
  }
};

using Lines = std::vector<std::string>;

TEST_CASE_METHOD(AvailabilityTest, "friends hear that a user comes, and after a grace that the user has left") {
  const Device alice = NewUser("alice");
  CHECK(Heard("alice") == Lines{"online"});
  Disconnect(alice);
  harness.Advance(2'000);
  CHECK(Heard("alice").empty());
  CHECK(Of(kAlice).online);  // as they know it
  harness.Advance(kGrace);
  CHECK(Heard("alice") == Lines{"offline"});
  CHECK_FALSE(Of(kAlice).online);
}

TEST_CASE_METHOD(AvailabilityTest, "a reconnect tells nobody anything") {
  const Device alice = NewUser("alice");
  Heard("alice");
  Disconnect(alice);
  harness.Advance(2'000);
  ResumeOn(Anonymous(), alice.login.token);
  harness.Advance(2 * kGrace);
  CHECK(Heard("alice").empty());
}

TEST_CASE_METHOD(AvailabilityTest, "nor do more devices, as long as one is left") {
  const Device phone = NewUser("alice");
  Heard("alice");
  const Device laptop = LogIn("alice");
  Disconnect(phone);
  harness.Advance(kGrace);
  REQUIRE(Ask(phone, Logout{}));
  CHECK(Heard("alice").empty());
  Disconnect(laptop);
  harness.Advance(kGrace);
  CHECK(Heard("alice") == Lines{"offline"});
}

TEST_CASE_METHOD(AvailabilityTest, "who logs out of the last session is offline at once") {
  const Device alice = NewUser("alice");
  Heard("alice");
  REQUIRE(Ask(alice, Logout{}));
  CHECK(Heard("alice") == Lines{"offline"});
  harness.Advance(2 * kGrace);
  CHECK(Heard("alice").empty());
}

TEST_CASE_METHOD(AvailabilityTest, "a lost frontend tells nobody anything, if its clients come back") {
  Join("alice");
  Caller connection = Anonymous();
  connection.connection.node = kOtherFrontend;
  const LoggedIn login = Ask(connection, Login{kAlice, kPassword, ""}).value();
  connection.user = kAlice;
  connection.session = login.session;
  connection.role = Access::kUser;
  AttachTo({connection, login});
  Heard("alice");
  harness.NodeGone(kOtherFrontend);
  harness.Advance(2'000);
  SECTION("they do") {
    ResumeOn(Anonymous(), login.token);
    harness.Advance(kGrace);
    CHECK(Heard("alice").empty());
  }
  SECTION("they do not") {
    harness.Advance(kGrace);
    CHECK(Heard("alice") == Lines{"offline"});
  }
}

TEST_CASE_METHOD(AvailabilityTest, "a restart tells nobody anything but of those who do not come back") {
  const Device alice = NewUser("alice"), bob = NewUser("bob");
  harness.TakePublished();
  SECTION("of the worker") { harness.Crash(); }
  SECTION("of the bus") { harness.RestartBus(); }
  CHECK(Of(kAlice).online);
  AttachTo(alice);
  CHECK(harness.TakePublished().empty());
  harness.Advance(Leavers::kReturnMs + 10'000);
  std::vector<std::string> told;
  for (const auto& event : harness.TakePublished()) told.push_back(event.head.topics.at(0));
  CHECK(told == Lines{"presence:bob"});
  CHECK(Of(kAlice).online);
  CHECK_FALSE(Of(kBob).online);
  CHECK(Stored("bob", SeenRow{kBob}));  // nobody saw when; it was until about now
}

TEST_CASE_METHOD(AvailabilityTest, "a status is told while online: the first at once, the last of many") {
  const Device alice = NewUser("alice");
  Heard("alice");
  REQUIRE(Ask(alice, SetStatus{State::kBusy, "1", {}}));
  CHECK(Heard("alice") == Lines{"busy: 1"});
  REQUIRE(Ask(alice, SetStatus{State::kBusy, "1", {}}));  // so already
  for (int i = 2; i < 50; ++i) REQUIRE(Ask(alice, SetStatus{State::kBusy, std::to_string(i), {}}));
  harness.Advance(5'000);
  CHECK(Heard("alice") == Lines{"busy: 49"});
  REQUIRE(Ask(alice, SetStatus{State::kAway, "", {}}));
  CHECK(Heard("alice") == Lines{"away"});
  harness.Advance(5'000);
  CHECK(Heard("alice").empty());
}

TEST_CASE_METHOD(AvailabilityTest, "a status that is set without a connection is not told") {
  const Device alice = NewUser("alice");
  Disconnect(alice);
  harness.Advance(kGrace);
  Heard("alice");
  REQUIRE(Ask(alice, SetStatus{State::kBusy, "later", {}}));  // a request that was under way
  harness.Advance(5'000);
  CHECK(Heard("alice").empty());
  AttachTo(alice);
  CHECK(Heard("alice") == Lines{"busy: later"});
}

TEST_CASE_METHOD(AvailabilityTest, "a profile shows presence to oneself and to friends") {
  const Device alice = NewUser("alice"), bob = NewUser("bob");
  REQUIRE(Ask(alice, SetStatus{State::kAway, "tea", {}}));
  CHECK_FALSE(Ask(bob, GetProfile{kAlice})->online);
  CHECK_FALSE(Ask(bob, GetProfile{kAlice})->state);
  CHECK_FALSE(Ask(bob, GetProfile{kAlice})->last_seen_ms);
  Befriend();
  CHECK(Ask(bob, GetProfile{kAlice})->online == true);
  CHECK(Ask(bob, GetProfile{kAlice})->state == State::kAway);
  CHECK(Ask(bob, GetProfile{kAlice})->text == "tea");
  REQUIRE(Ask(alice, Logout{}));
  CHECK(Ask(bob, GetProfile{kAlice})->online == false);
  CHECK_FALSE(Ask(bob, GetProfile{kAlice})->text);
  CHECK(Ask(bob, GetProfile{kAlice})->last_seen_ms == harness.now().wall_ms);
  harness.Crash();
  CHECK(Ask(bob, GetProfile{kAlice})->online == false);
  Befriend(false, 2);
  CHECK_FALSE(Ask(bob, GetProfile{kAlice})->online);
}

TEST_CASE_METHOD(AvailabilityTest, "older news of a friendship is ignored") {
  const Device alice = NewUser("alice"), bob = NewUser("bob");
  Befriend(true, 3);
  Befriend(false, 2);
  CHECK(Ask(bob, GetProfile{kAlice})->online == true);
  Befriend(false, 4);
  Befriend(true, 3);
  CHECK_FALSE(Ask(bob, GetProfile{kAlice})->online);
}

TEST_CASE_METHOD(AvailabilityTest, "who does not exist has no availability") {
  const Device alice = NewUser("alice");
  const auto ask = [&](const UserHandle& user) {
    return Ask(testing::ModuleHarness::AsModule(), GetAvailability{user, {user}});
  };
  CHECK(ask(kBob)->users.empty());
  REQUIRE(Ask(alice, Delete{.password = kPassword}));
  CHECK(ask(kAlice)->users.empty());
}

TEST_CASE_METHOD(AvailabilityTest,
                 "a deleted account says nothing of presence any more, and leaves no trace of friends") {
  const Device alice = NewUser("alice");
  Befriend();
  Heard("alice");
  REQUIRE(Ask(alice, Delete{.password = kPassword}));
  Disconnect(alice);
  harness.Advance(2 * kGrace);
  CHECK(Heard("alice").empty());
  CHECK_FALSE(Stored("alice", OnlineRow{kAlice}));
  CHECK_FALSE(Stored("alice", FriendRow{kAlice, kBob}));
}

TEST_CASE_METHOD(AvailabilityTest, "a deletion is told to the friend module until it has heard") {
  const Device alice = NewUser("alice");
  REQUIRE(Ask(alice, Delete{.password = kPassword}));
  harness.Crash();
  std::vector<std::string> told;
  harness.Stub("friend.user_gone", [&](const Caller&, std::string_view arguments) -> Result<std::string> {
    told.push_back(schema::Decode<friends::UserGone>(arguments)->user.text());
    return schema::Encode(friends::Done{});
  });
  harness.Advance(10'000);
  CHECK(told == Lines{"alice"});
}

}  // namespace
}  // namespace parley::user
