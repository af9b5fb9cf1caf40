// An operator drains a frontend, and takes it back; and what it tells of itself.
#include <catch2/catch.hpp>

#include "common/wire/figures.h"
#include "tests/frontend/fixture.h"

namespace parley::frontend {
namespace {

class DrainTest : public GatewayTest {
 public:
  void BusDrains(bool on) {
    const std::string body = schema::Encode(wire::DrainNotice{on});
    wire::Envelope envelope;
    envelope.kind = wire::Kind::kDrain;
    envelope.body = body;
    BusSays(envelope);
  }
  // Why the client's connection was closed, with how long to wait; empty: it was not.
  static std::string ClosedWith(Client& client) {
    for (const std::string& line : client.Hears()) {
      const size_t at = line.find("\"session.closed\"");
      if (at == std::string::npos) continue;
      CHECK(line.find("\"retry_after_ms\":") != std::string::npos);
      const size_t begin = line.find("\"code\":\"") + 8;
      return line.substr(begin, line.find('"', begin) - begin);
    }
    return "";
  }
  // The last heartbeat's.
  wire::Figures Told() {
    Forget();
    Passes(1'600);
    wire::Figures told;
    for (const Sent& sent : Heartbeats()) {
      if (!sent.envelope.body.empty()) told = schema::Decode<wire::Figures>(sent.envelope.body).value();
    }
    return told;
  }
  static int64_t ValueOf(const wire::Figures& figures, std::string_view name) {
    for (const wire::Figure& figure : figures.figures) {
      if (figure.name == name) return figure.value;
    }
    return -1;
  }
};

TEST_CASE_METHOD(DrainTest, "a drained frontend answers what was asked, sends its clients away and stays") {
  Client idle(*this, "203.0.113.7"), busy(*this, "203.0.113.7");
  LogsIn(idle, "alice");
  LogsIn(busy, "bob", "s2");
  busy.Asks(2, "user.profile");
  const Sent asked = Request("user.profile");
  BusDrains(true);
  CHECK(drained == std::vector<bool>{true});
  CHECK(ClosedWith(idle) == "draining");
  CHECK(idle.closed());
  CHECK_FALSE(busy.closed());
  busy.Asks(3, "user.profile");
  CHECK(busy.Outcome() == "unavailable");
  Answers(asked, R"({"name":"Bob"})");
  CHECK(ClosedWith(busy) == "draining");
  CHECK(busy.closed());
}

TEST_CASE_METHOD(DrainTest, "clients are spread over a while when they are sent away") {
  std::set<std::string> waits;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(std::make_unique<Client>(*this, "203.0.113.7"));
  BusDrains(true);
  for (const auto& client : clients) {
    const Lines lines = client->Hears();
    REQUIRE(lines.size() == 1);
    waits.insert(lines[0]);
  }
  CHECK(waits.size() > 10);
}

TEST_CASE_METHOD(DrainTest, "the more clients there are to come back, the longer they are spread over") {
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 12'000; ++i) {
    clients.push_back(std::make_unique<Client>(*this, "203.0.113." + std::to_string(i % 250)));
  }
  BusDrains(true);
  int64_t first = 1'000'000, last = 0;
  for (const auto& client : clients) {
    const Lines lines = client->Hears();
    REQUIRE(lines.size() == 1);
    const std::string_view key = "\"retry_after_ms\":";
    const int64_t wait = std::stoll(lines[0].substr(lines[0].find(key) + key.size()));
    first = std::min(first, wait);
    last = std::max(last, wait);
  }
  CHECK(first >= 500);
  CHECK(first < 1'000);
  CHECK(last > 6'000);  // 2,000 a second
  CHECK(last < 6'500);
}

TEST_CASE_METHOD(DrainTest,
                 "whoever still gets through to a drained frontend is sent away, until it is drained no more") {
  BusDrains(true);
  Client late(*this, "203.0.113.7");
  CHECK(ClosedWith(late) == "draining");
  CHECK(late.closed());
  BusDrains(false);
  CHECK(drained == std::vector<bool>{true, false});
  Client welcome(*this, "203.0.113.7");
  LogsIn(welcome, "alice");
  CHECK_FALSE(welcome.closed());
}

TEST_CASE_METHOD(DrainTest, "being told again what is so already changes nothing") {
  BusDrains(false);
  CHECK(drained.empty());
  BusDrains(true);
  BusDrains(true);
  CHECK(drained == std::vector<bool>{true});
}

TEST_CASE_METHOD(DrainTest, "a frontend that leaves is not brought back by an operator") {
  BusDrains(true);
  gateway->Drain();
  BusDrains(false);
  CHECK(drained == std::vector<bool>{true});
  CHECK(gateway->drained());
  Client late(*this, "203.0.113.7");
  CHECK(ClosedWith(late) == "draining");
}

TEST_CASE_METHOD(DrainTest, "who may not call an audited method is refused by the module, which writes it down") {
  TellsAuditedRoute();
  Client plain(*this, "203.0.113.7"), nobody(*this, "203.0.113.7");
  LogsIn(plain, "alice");
  nobody.Asks(2, "audited.ban", R"({"user":"bob"})");
  CHECK(nobody.Outcome() == "unauthenticated");
  plain.Asks(2, "audited.ban", R"({"user":"bob"})");
  const Sent forwarded = Request("audited.ban");
  CHECK(forwarded.envelope.role == Access::kUser);
  CHECK(forwarded.envelope.user == "alice");
  Fails(forwarded, Code::kForbidden);
  CHECK(plain.Outcome() == "forbidden");
}

TEST_CASE_METHOD(DrainTest, "a session learns a role that it missed when it attaches again") {
  Client client(*this, "203.0.113.7");
  LogsIn(client, "alice");
  SlotsUp("user", {client.session().user_slot});
  wire::Directives directives;
  directives.identify = wire::Identify{UserHandle::Must("alice"), "s1", true};
  Answers(Request("user.attach"), "{}", directives);
  CHECK(client.session().admin);
}

TEST_CASE_METHOD(DrainTest, "a frontend tells how many are logged in, and how each method was answered") {
  Client alice(*this, "203.0.113.7"), nobody(*this, "203.0.113.7");
  LogsIn(alice, "alice");
  alice.Asks(2, "user.profile");
  now.mono_us += 3'000;
  Answers(Request("user.profile"), "{}");
  alice.Asks(3, "user.profile");
  now.mono_us += 90'000;
  Fails(Request("user.profile"), Code::kNotFound);
  alice.Asks(4, "session.ping");
  nobody.Asks(2, "user.profile");  // refused here: nobody's method was called
  nobody.Asks(3, "no.such.method");

  const wire::Figures told = Told();
  CHECK(told.sessions == 1);
  CHECK(ValueOf(told, "connections") == 2);
  CHECK(ValueOf(told, "requests") == 6);
  CHECK(ValueOf(told, "errors") == 3);
  std::map<std::string, wire::MethodFigures> methods;
  for (const wire::MethodFigures& method : told.methods) methods[method.method] = method;
  CHECK(methods.size() == 3);
  CHECK(methods["user.login"].count == 1);
  CHECK(methods["session.ping"].count == 1);
  CHECK(methods["user.profile"].count == 2);
  CHECK(methods["user.profile"].errors == 1);
  wire::Latencies latencies;
  latencies.AddPacked(methods["user.profile"].latencies);
  CHECK(latencies.PercentileUs(50) >= 3'000);
  CHECK(latencies.PercentileUs(50) < 3'500);
  CHECK(latencies.PercentileUs(99) >= 90'000);

  alice.Vanishes();
  CHECK(Told().sessions == 0);
}

}  // namespace
}  // namespace parley::frontend
