// Who a session is: login, attachments, what modules direct, and the end.
#include <catch2/catch.hpp>

#include "common/base/slot.h"
#include "tests/frontend/fixture.h"

namespace parley::frontend {
namespace {

TEST_CASE_METHOD(GatewayTest, "a login is answered once its subscriptions were sent and the modules know of it") {
  Client client(*this, "203.0.113.7");
  client.Asks(1, "user.login", R"({"user":"alice"})");
  Answers(Request("user.login"), R"({"user":"alice"})", Identifies("alice", "s1"));
  CHECK(client.Hears().empty());
  const Sent attach = Request("user.attach");
  CHECK(attach.envelope.user == "alice");
  CHECK(attach.envelope.session == "s1");
  CHECK(attach.envelope.slot == SlotOf("alice"));
  CHECK(attach.envelope.role == Access::kModule);
  CHECK(attach.envelope.connection == client.session().number);
  CHECK(Topics(wire::Kind::kSubscribe) == Lines{"session:s1", "user:alice"});
  wire::Directives more;
  more.subscribe = {"conv:#cpp"};
  Answers(attach, "{}", more);
  CHECK(Topics(wire::Kind::kSubscribe) == Lines{"conv:#cpp"});
  CHECK(client.Hears() == Lines{R"([1,1,null,{"user":"alice"}])"});
}

TEST_CASE_METHOD(GatewayTest, "a module that does not answer holds a login up for two seconds, and is asked again") {
  Client client(*this, "203.0.113.7");
  client.Asks(1, "user.login", R"({"user":"alice"})");
  Answers(Request("user.login"), "{}", Identifies("alice", "s1"));
  Request("user.attach");
  Passes(1'900);
  CHECK(client.Hears().empty());
  Passes(200);
  CHECK(client.Hears() == Lines{"[1,1,null,{}]"});
  Passes(6'000);  // timed out, and repeated
  const auto again = Requests("user.attach");
  REQUIRE(!again.empty());
  Answers(again.back(), "{}");
  Passes(2'000);
  CHECK(client.Hears() == Lines{R"([2,"session.resync",[{}]])"});  // pushes may have passed it by
}

TEST_CASE_METHOD(GatewayTest, "a failed attachment lets the login go on") {
  Client client(*this, "203.0.113.7");
  client.Asks(1, "user.login", R"({"user":"alice"})");
  Answers(Request("user.login"), "{}", Identifies("alice", "s1"));
  Fails(Request("user.attach"), Code::kUnavailable);
  CHECK(client.Outcome() == "ok");
  Passes(1'100);
  CHECK(Requests("user.attach").size() == 1);
}

TEST_CASE_METHOD(GatewayTest, "requests that were sent with the login do not wait for it") {
  Client client(*this, "203.0.113.7");
  client.Asks(1, "user.login", R"({"user":"alice"})");
  client.Asks(2, "user.profile");
  CHECK(client.Outcome() == "unauthenticated");
}

TEST_CASE_METHOD(GatewayTest, "a login that is answered on a connection of somebody else's is a conflict") {
  Client client(*this, "203.0.113.7");
  client.Asks(1, "user.login", R"({"user":"alice"})");
  client.Asks(2, "user.login", R"({"user":"bob"})");
  const auto logins = Requests("user.login");
  REQUIRE(logins.size() == 2);
  Answers(logins[1], "{}", Identifies("bob", "s2"));
  Answers(Request("user.attach"), "{}");
  CHECK(client.Outcome() == "ok");
  Answers(logins[0], "{}", Identifies("alice", "s1"));
  CHECK(client.Outcome() == "conflict");
  // The module believed in that session.
  const Sent detach = Request("user.detach");
  CHECK(detach.envelope.user == "alice");
  CHECK(detach.envelope.session == "s1");
  client.Asks(3, "user.profile");
  CHECK(Request("user.profile").envelope.user == "bob");
}

TEST_CASE_METHOD(GatewayTest, "a login whose client left meanwhile is told to the modules as ended") {
  Client client(*this, "203.0.113.7");
  const uint64_t number = client.session().number;
  client.Asks(1, "user.login", R"({"user":"alice"})");
  const Sent login = Request("user.login");
  client.Vanishes();
  Answers(login, "{}", Identifies("alice", "s1"));
  const Sent detach = Request("user.detach");
  CHECK(detach.envelope.session == "s1");
  CHECK(detach.envelope.connection == number);
  CHECK(Requests("user.attach").empty());
}

TEST_CASE_METHOD(GatewayTest, "logging out makes the connection anonymous, and somebody else may log in") {
  Client client(*this, "203.0.113.7");
  LogsIn(client, "alice");
  client.Asks(2, "user.logout");
  wire::Directives out;
  out.anonymous = true;
  Answers(Request("user.logout"), "{}", out);
  CHECK(client.Outcome() == "ok");
  CHECK(Requests("user.detach").size() == 1);
  CHECK(Topics(wire::Kind::kUnsubscribe) == Lines{"session:s1", "user:alice"});
  client.Asks(3, "user.profile");
  CHECK(client.Outcome() == "unauthenticated");
  LogsIn(client, "bob", "s2");
}

TEST_CASE_METHOD(GatewayTest, "the end of a connection unsubscribes and detaches") {
  Client client(*this, "203.0.113.7");
  LogsIn(client, "alice");
  client.Vanishes();
  const Sent detach = Request("user.detach");
  CHECK(detach.envelope.user == "alice");
  CHECK(Topics(wire::Kind::kUnsubscribe) == Lines{"session:s1", "user:alice"});
}

TEST_CASE_METHOD(GatewayTest, "a detachment that fails is repeated, and at last given up") {
  Client client(*this, "203.0.113.7");
  LogsIn(client, "alice");
  client.Vanishes();
  int tries = 0;
  for (int i = 0; i < 10; ++i) {
    for (const Sent& detach : Requests("user.detach")) {
      ++tries;
      Fails(detach, Code::kUnavailable);
    }
    Passes(1'100);
  }
  CHECK(tries == Attachments::kDetachTriesMax);
}

TEST_CASE_METHOD(GatewayTest, "an attachment on its way is forgotten when the session ends") {
  Client client(*this, "203.0.113.7");
  client.Asks(1, "user.login", R"({"user":"alice"})");
  Answers(Request("user.login"), "{}", Identifies("alice", "s1"));
  const Sent attach = Request("user.attach");
  client.Vanishes();
  SlotsUp("user", {SlotOf("alice")});
  CHECK(Requests("user.attach").empty());  // not sent again after the detachment
  Answers(attach, "{}");
  CHECK(Requests("user.detach").size() >= 1);
}

TEST_CASE_METHOD(GatewayTest, "a directive closes after the answer") {
  Client client(*this, "203.0.113.7");
  LogsIn(client, "alice");
  client.Asks(2, "user.profile");
  wire::Directives bye;
  bye.close = wire::Close{"kicked", "out", 500};
  Answers(Request("user.profile"), "{}", bye);
  CHECK(
      client.Hears() ==
      Lines{"[1,2,null,{}]", Json(R"([2,"session.closed",[{"code":"kicked","message":"out","retry_after_ms":500}]])")});
  CHECK(client.closed());
  CHECK(Requests("user.detach").size() == 1);
}

TEST_CASE_METHOD(GatewayTest, "a session resumed elsewhere closes the older connection and not the newer") {
  Client older(*this, "203.0.113.7"), newer(*this, "203.0.113.7");
  LogsIn(older, "alice", "s1");
  LogsIn(newer, "alice", "s1");
  Event replaced;
  replaced.topics = {"session:s1"};
  replaced.except = newer.session().number;
  replaced.directives.close = wire::Close{"replaced", "elsewhere", 0};
  Publishes(replaced);
  CHECK(older.Outcome() == "replaced");
  CHECK(older.closed());
  CHECK(newer.Hears().empty());
  CHECK(!newer.closed());
}

TEST_CASE_METHOD(GatewayTest, "an event changes the role of open sessions, and never whose they are") {
  Client client(*this, "203.0.113.7");
  LogsIn(client, "alice", "s1");
  Event granted;
  granted.topics = {"user:alice"};
  granted.directives.identify = wire::Identify{UserHandle::Must("alice"), "s1", true};
  Publishes(granted);
  client.Asks(2, "admin.ban", R"({"user":"bob"})");
  CHECK(Requests("admin.ban").size() == 1);
  granted.directives.identify = wire::Identify{UserHandle::Must("mallory"), "s1", true};
  Publishes(granted);
  client.Asks(3, "user.profile");
  CHECK(Request("user.profile").envelope.user == "alice");
}

TEST_CASE_METHOD(GatewayTest, "sessions are attached again to a slot's new primary, only those whose slot it is") {
  Client alice(*this, "203.0.113.7"), bob(*this, "203.0.113.7");
  LogsIn(alice, "alice", "s1");
  LogsIn(bob, "bob", "s2");
  SlotsUp("user", {SlotOf("alice")});
  const Sent attach = Request("user.attach");
  CHECK(attach.envelope.user == "alice");
  Answers(attach, "{}");
  SlotsUp("message", {SlotOf("alice")});
  CHECK(Requests("user.attach").empty());
  Passes(3'000);
  CHECK(alice.Hears().empty());  // nothing was lost: no resync
}

TEST_CASE_METHOD(GatewayTest, "sessions are attached to a module that starts later") {
  Client client(*this, "203.0.113.7");
  LogsIn(client, "alice");
  TellsRoutes({"user", "message", "admin", "group"});
  CHECK(Request("group.attach").envelope.user == "alice");
  TellsRoutes({"user", "message", "admin", "group"});
  CHECK(Requests("group.attach").empty());
}

TEST_CASE_METHOD(GatewayTest,
                 "no login waits for a slot that is down; its module is told, and the client, once it is up") {
  TellsRoutes({"user", "message", "admin", "group"});
  SlotsDown("group", {SlotOf("alice")});
  Client alice(*this, "203.0.113.7"), bob(*this, "203.0.113.7");
  LogsIn(alice, "alice", "s1");  // is answered
  bob.Asks(1, "user.login", R"({"user":"bob"})");
  Answers(Request("user.login"), "{}", Identifies("bob", "s2"));
  Answers(Request("user.attach"), "{}");
  CHECK(bob.Hears().empty());  // that slot is up, and its module has not answered
  Answers(Request("group.attach"), "{}");
  CHECK(bob.Outcome() == "ok");

  Forget();
  SlotsUp("group", {SlotOf("alice")});
  wire::Directives groups;
  groups.subscribe = {"conv:#cpp"};
  Answers(Request("group.attach"), "{}", groups);
  CHECK(Topics(wire::Kind::kSubscribe) == Lines{"conv:#cpp"});
  Passes(3'000);
  CHECK(alice.Hears() == Lines{Json(R"([2,"session.resync",[{}]])")});
  CHECK(bob.Hears().empty());
}

TEST_CASE_METHOD(GatewayTest, "sessions that were there when their slot went down are attached to the next primary") {
  Client alice(*this, "203.0.113.7");
  LogsIn(alice, "alice", "s1");
  SlotsDown("user", {SlotOf("alice")});
  CHECK(Requests("user.attach").empty());
  SlotsUp("user", {SlotOf("alice")});
  CHECK(Requests("user.attach").size() == 1);
}

TEST_CASE_METHOD(GatewayTest, "what a session is owed ends with it") {
  SlotsDown("user", {SlotOf("alice")});
  Client alice(*this, "203.0.113.7");
  LogsIn(alice, "alice", "s1");
  alice.Vanishes();
  SlotsUp("user", {SlotOf("alice")});
  CHECK(Requests("user.attach").empty());
}

TEST_CASE_METHOD(GatewayTest, "after events were lost a session hears nothing that it may no longer hear") {
  Client alice(*this, "203.0.113.7");
  LogsIn(alice, "alice", "s1");
  Event joined, said;
  joined.topics = {"user:alice"};
  joined.directives.subscribe = {"conv:#cpp"};
  said.topics = {"conv:#cpp"};
  said.method = "message.new";
  wire::Directives groups;
  groups.subscribe = {"conv:#cpp"};
  const auto hears = [&] {
    Publishes(said);
    return alice.Hears().size() == 1;
  };
  const auto is_attached_again = [&](const Sent& attach) {
    CHECK(!hears());
    Answers(attach, "{}", groups);
    CHECK(Topics(wire::Kind::kSubscribe) == Lines{"conv:#cpp"});
    CHECK(hears());
  };
  Publishes(joined);
  CHECK(hears());
  Forget();
  wire::Envelope dropped;
  dropped.kind = wire::Kind::kDropped;
  BusSays(dropped);
  const Sent first = Request("user.attach");
  CHECK(Topics(wire::Kind::kUnsubscribe) == Lines{"conv:#cpp"});
  is_attached_again(first);
  BusForgets();
  BusWelcomes("bus-2");
  const Sent second = Request("user.attach");
  CHECK(Topics(wire::Kind::kSubscribe) == Lines{"session:s1", "user:alice"});
  is_attached_again(second);
}

TEST_CASE_METHOD(GatewayTest, "what an attachment says that began before events were lost counts no more") {
  Client alice(*this, "203.0.113.7");
  LogsIn(alice, "alice", "s1");
  SlotsUp("user", {SlotOf("alice")});
  const Sent before = Request("user.attach");
  wire::Envelope dropped;
  dropped.kind = wire::Kind::kDropped;
  BusSays(dropped);
  wire::Directives groups;
  groups.subscribe = {"conv:#cpp"};
  Forget();
  Answers(before, "{}", groups);
  CHECK(Topics(wire::Kind::kSubscribe).empty());
}

TEST_CASE_METHOD(GatewayTest, "attaching everybody again is paced") {
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 300; ++i) {
    clients.push_back(std::make_unique<Client>(*this, "127.0.0.1"));
    LogsIn(*clients.back(), "user" + std::to_string(i), "s" + std::to_string(i));
  }
  BusForgets();
  BusWelcomes("bus-2");
  auto attaches = Requests("user.attach");
  CHECK(attaches.size() == Attachments::kOnTheirWayMax);
  size_t all = 0;
  for (int i = 0; i < 100 && !attaches.empty(); ++i) {
    all += attaches.size();
    for (const Sent& attach : attaches) Answers(attach, "{}");
    attaches = Requests("user.attach");
  }
  CHECK(all == 300);
}

}  // namespace
}  // namespace parley::frontend
