#include "common/wire/node.h"

#include <catch2/catch.hpp>

#include "tests/wire/fake_bus.h"

namespace parley::wire {
namespace {

class NodeTest : public NodeListener {
 public:
  void OnRegistered(const std::string& bus_boot) override { heard += "registered:" + bus_boot + " "; }
  void OnBusLost() override { heard += "lost "; }
  void OnRefused(const std::string& reason) override { heard += "refused:" + reason + " "; }
  void OnEnvelope(const Envelope& envelope) override { heard += "envelope:" + std::string(envelope.body) + " "; }

  std::string TellFigures(const Now&, int64_t up_ms) override { return "up:" + std::to_string(up_ms); }

  void Hear(const std::string& batch) { node.OnBatch(batch, now); }
  void Pass(int64_t ms) {
    for (const int64_t until = now.mono_ms + ms; now.mono_ms < until;) {
      now.mono_ms += 50;
      node.Tick(now);
    }
  }
  void Join() {
    node.Tick(now);
    Hear(WelcomeBatch("bus-1"));
    heard.clear();
    port.said.clear();
  }

  Now now{1'000, 0};
  FakePort port;
  Node node{SomeRegistration(), port, *this};
  std::string heard;
};

}  // namespace

TEST_CASE_METHOD(NodeTest, "a node registers again and again until it is welcomed") {
  CHECK(node.identity() == "frontend/frontend-1/b1");
  CHECK(node.id() == NodeId::OfIdentity(node.identity()));
  node.Tick(now);
  Pass(1'000);
  const auto said = port.Take(Kind::kRegister);
  CHECK(said.size() == 6);
  CHECK(schema::Decode<Registration>(said[0].envelope.body).value() == SomeRegistration());
  Hear(WelcomeBatch("bus-1"));
  CHECK(heard == "registered:bus-1 ");
  CHECK(node.registered());
  Pass(300);
  CHECK(port.Take(Kind::kRegister).empty());
}

TEST_CASE_METHOD(NodeTest, "a welcome that comes twice counts once, that of another bus counts again") {
  Hear(WelcomeBatch("bus-1") + WelcomeBatch("bus-1"));
  CHECK(heard == "registered:bus-1 ");
  Hear(WelcomeBatch("bus-2"));
  CHECK(heard == "registered:bus-1 registered:bus-2 ");
  CHECK(node.bus_boot() == "bus-2");
}

TEST_CASE_METHOD(NodeTest, "a registered node sends heartbeats") {
  Join();
  for (int i = 0; i < 10; ++i) {
    Pass(200);
    Hear(PlainBatch(Kind::kHeartbeat));
  }
  CHECK(port.Take(Kind::kHeartbeat).size() == 4);
}

TEST_CASE_METHOD(NodeTest, "every other heartbeat tells figures, and the first to a new bus does") {
  Join();
  std::vector<std::string> bodies;
  const auto listen = [&] {
    for (int i = 0; i < 10; ++i) {
      Pass(200);
      Hear(PlainBatch(Kind::kHeartbeat));
    }
    bodies.clear();
    for (const auto& sent : port.Take(Kind::kHeartbeat)) bodies.emplace_back(sent.envelope.body);
  };
  listen();
  CHECK(bodies == std::vector<std::string>{"up:500", "", "up:1500", ""});
  Hear(WelcomeBatch("bus-2"));
  listen();
  CHECK(bodies.front() == "up:2500");
}

TEST_CASE_METHOD(NodeTest, "a bus that is silent is lost, and asked again") {
  Join();
  Pass(kBusSilentMs - 100);
  CHECK(heard.empty());
  Pass(200);
  CHECK(heard == "lost ");
  CHECK_FALSE(node.registered());
  CHECK(port.Take(Kind::kRegister).size() >= 1);
  Hear(WelcomeBatch("bus-1"));
  CHECK(heard == "lost registered:bus-1 ");
}

TEST_CASE_METHOD(NodeTest, "a bus that does not know the node is registered with at once") {
  Join();
  Hear(PlainBatch(Kind::kUnknown));
  CHECK(heard == "lost ");
  CHECK(port.Take(Kind::kRegister).size() == 1);
  Hear(PlainBatch(Kind::kUnknown));
  CHECK(heard == "lost ");
}

TEST_CASE_METHOD(NodeTest, "what is said while not registered is dropped and counted") {
  node.Send(Envelope{});
  node.SendEncoded(PlainBatch(Kind::kReply));
  CHECK(port.said.empty());
  CHECK(node.dropped() == 2);
  Join();
  node.Send(Envelope{});
  node.SendEncoded(PlainBatch(Kind::kReply) + PlainBatch(Kind::kReply));
  CHECK(port.said.size() == 3);
}

TEST_CASE_METHOD(NodeTest, "a refusal is handed on with its reason") {
  const std::string body = schema::Encode(Refused{"the name is taken"});
  Envelope refused;
  refused.kind = Kind::kRefused;
  refused.body = body;
  Hear(Batch(refused));
  CHECK(heard == "refused:the name is taken ");
}

TEST_CASE_METHOD(NodeTest, "what is not about the node itself is handed on, in order") {
  Join();
  std::string batch;
  for (const char* body : {"one", "two"}) {
    Envelope envelope;
    envelope.kind = Kind::kEvent;
    envelope.body = body;
    Append(batch, envelope);
  }
  Hear(batch);
  CHECK(heard == "envelope:one envelope:two ");
}

TEST_CASE_METHOD(NodeTest, "malformed bytes are counted, what came before them counts") {
  Join();
  Hear(PlainBatch(Kind::kEvent) + "garbage");
  CHECK(heard == "envelope: ");
  CHECK(node.malformed() == 1);
  Envelope welcome;
  welcome.kind = Kind::kWelcome;
  welcome.body = "garbage";
  Hear(Batch(welcome));
  CHECK(node.malformed() == 2);
  CHECK(node.registered());
}

TEST_CASE_METHOD(NodeTest, "a node that leaves says so again to a bus that restarted meanwhile") {
  Join();
  node.Leave();
  CHECK(port.Take(Kind::kLeaving).size() == 1);
  Hear(WelcomeBatch("bus-2"));
  CHECK(port.Take(Kind::kLeaving).size() == 1);
}

}  // namespace parley::wire
