// The bus goes and comes; the process leaves.
#include <catch2/catch.hpp>

#include "tests/frontend/fixture.h"

namespace parley::frontend {
namespace {

TEST_CASE_METHOD(GatewayTest,
                 "a new bus is told every topic and attachment, open requests are asked again, then resync") {
  Client alice(*this, "203.0.113.7"), bob(*this, "203.0.113.7"), stranger(*this, "203.0.113.7");
  LogsIn(alice, "alice", "s1");
  LogsIn(bob, "bob", "s2");
  alice.Asks(2, "user.profile");
  const Sent first = Request("user.profile");
  Forget();
  BusForgets();
  CHECK(lost == 1);
  BusWelcomes("bus-2");
  const Sent again = Request("user.profile");
  CHECK(again.envelope.request == first.envelope.request);
  CHECK((again.envelope.flags & wire::kResent) != 0);
  const auto attaches = Requests("user.attach");
  REQUIRE(attaches.size() == 2);
  CHECK(Topics(wire::Kind::kSubscribe) == Lines{"session:s1", "session:s2", "user:alice", "user:bob"});
  Passes(500);
  CHECK(alice.Hears().empty());  // not before it is attached
  for (const Sent& attach : attaches) Answers(attach, "{}");
  Answers(again, R"({"n":1})");
  CHECK(alice.Hears() == Lines{R"([1,2,null,{"n":1}])"});
  Passes(1'700);
  CHECK(alice.Hears() == Lines{R"([2,"session.resync",[{}]])"});
  CHECK(bob.Hears() == Lines{R"([2,"session.resync",[{}]])"});
  CHECK(stranger.Hears().empty());
  Passes(5'000);
  CHECK(alice.Hears().empty());
}

TEST_CASE_METHOD(GatewayTest, "after dropped events sessions are attached again, and resyncs are spread over time") {
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(std::make_unique<Client>(*this, "127.0.0.1"));
    LogsIn(*clients.back(), "user" + std::to_string(i), "s" + std::to_string(i));
  }
  wire::Envelope dropped;
  dropped.kind = wire::Kind::kDropped;
  Forget();
  BusSays(dropped);
  const auto attaches = Requests("user.attach");
  CHECK(attaches.size() == 50);
  for (const Sent& attach : attaches) Answers(attach, "{}");
  const auto told = [&] {
    size_t count = 0;
    for (const auto& client : clients) count += client->Hears().size();
    return count;
  };
  Passes(500);
  const size_t early = told();
  CHECK(early > 0);
  CHECK(early < 40);
  Passes(1'200);
  CHECK(early + told() == 50);
}

TEST_CASE_METHOD(GatewayTest, "a bus that is silent is lost, and requests meanwhile are asked when it is back") {
  Client client(*this, "203.0.113.7");
  LogsIn(client, "alice");
  now.mono_ms += 4'000;
  gateway->Tick();
  CHECK(lost == 1);
  Forget();
  client.Asks(2, "user.profile");
  CHECK(Requests("user.profile").empty());
  BusWelcomes("bus-2");
  Answers(Requests("user.profile").front(), "{}");
  CHECK(client.Outcome() == "ok");
}

TEST_CASE_METHOD(GatewayTest, "without a bus until the deadline, a request is unavailable: nothing was done") {
  Client client(*this, "203.0.113.7");
  LogsIn(client, "alice");
  BusForgets();
  client.Asks(2, "user.profile");
  for (int i = 0; i < 210; ++i) {
    now.mono_ms += 50;
    gateway->Tick();
  }
  Flush();
  CHECK(client.Outcome() == "unavailable");
}

TEST_CASE_METHOD(GatewayTest, "a slot's new primary is asked again what the old one did not answer") {
  Client client(*this, "203.0.113.7");
  LogsIn(client, "alice");
  client.Asks(2, "user.profile");
  const Sent first = Request("user.profile");
  SlotsUp("user", {first.envelope.slot});
  const Sent again = Request("user.profile");
  CHECK(again.envelope.request == first.envelope.request);
}

TEST_CASE_METHOD(GatewayTest, "a bus that refuses this process is heard") {
  const std::string body = schema::Encode(wire::Refused{"the name is taken"});
  wire::Envelope envelope;
  envelope.kind = wire::Kind::kRefused;
  envelope.body = body;
  BusSays(envelope);
  CHECK(refused == "the name is taken");
}

TEST_CASE_METHOD(GatewayTest, "draining answers what was received, refuses the new, and tells when to come back") {
  Client busy(*this, "203.0.113.7"), idle(*this, "203.0.113.7");
  LogsIn(busy, "alice", "s1");
  LogsIn(idle, "bob", "s2");
  busy.Asks(2, "user.profile");
  const Sent request = Request("user.profile");
  gateway->Drain();
  Flush();
  const Lines told = idle.Hears();
  REQUIRE(told.size() == 1);
  CHECK(told[0].find("\"draining\"") != std::string::npos);
  CHECK(told[0].find("retry_after_ms") != std::string::npos);
  CHECK(idle.closed());
  CHECK(busy.session().is_open());
  busy.Asks(3, "user.profile");
  CHECK(busy.Outcome() == "unavailable");
  Answers(request, "{}");
  CHECK(busy.Hears().size() == 2);
  CHECK(busy.closed());
  CHECK(!gateway->drained());
  busy.Vanishes();
  idle.Vanishes();
  for (const Sent& detach : Requests("user.detach")) Answers(detach, "{}");
  CHECK(gateway->drained());
}

TEST_CASE_METHOD(GatewayTest, "draining does not wait for ever") {
  Client busy(*this, "203.0.113.7");
  LogsIn(busy, "alice", "s1");
  busy.Asks(2, "user.profile");
  gateway->Drain();
  Passes(options.timeouts.drain_ms + 100);
  CHECK(busy.Outcome() == "draining");
  busy.Vanishes();
  CHECK(gateway->drained());
}

TEST_CASE_METHOD(GatewayTest, "random bytes from the bus change nothing") {
  Client client(*this, "203.0.113.7");
  LogsIn(client, "alice");
  uint64_t dice = 3;
  for (int i = 0; i < 2'000; ++i) {
    std::string bytes;
    for (int j = 0; j < 90; ++j) {
      dice = dice * 6364136223846793005ULL + 1442695040888963407ULL;
      bytes += static_cast<char>(dice >> 56);
    }
    gateway->OnBatch(bytes);
  }
  client.Asks(2, "session.ping");
  CHECK(client.Outcome() == "ok");
}

}  // namespace
}  // namespace parley::frontend
