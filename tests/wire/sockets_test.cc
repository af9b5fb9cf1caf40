// The two sockets over loopback: real ZeroMQ, a port that the system chooses, and turns of one loop until what is
// expected has happened.
#include "common/wire/sockets.h"

#include <catch2/catch.hpp>

#include "tests/wire/fake_bus.h"

namespace parley::wire {
namespace {

constexpr int64_t kPatienceMs = 10'000;

class SocketsTest {
 public:
  SocketsTest() {
    loop.AtTurnEnd([this] { EndTurn(); });
  }

  void Open() {
    auto bound = RouterSocket::Bind(loop, "tcp://127.0.0.1:*");
    REQUIRE(bound.has_value());
    router = *std::move(bound);
  }
  std::unique_ptr<DealerSocket> Connect(const std::string& identity) {
    auto connected = DealerSocket::Connect(loop, identity, router->address());
    REQUIRE(connected.has_value());
    return *std::move(connected);
  }
  // Turns until `done`; a test that waits too long fails.
  template <class Done>
  void Until(Done done) {
    const int64_t give_up_ms = ReadClocks().mono_ms + kPatienceMs;
    while (!done()) {
      REQUIRE(ReadClocks().mono_ms < give_up_ms);
      loop.Turn(20);
    }
  }
  // Says things until the router has heard the first, since the connection takes a moment; then one more, behind which
  // nothing of these is on its way.
  void Meet(DealerSocket& socket, const std::string& identity) {
    at_router.clear();
    Until([&] {
      if (at_router.contains(identity)) return true;
      socket.Send(Envelope{});
      return false;
    });
    Envelope last;
    last.ttl_ms = 77;
    socket.Send(last);
    const std::string last_bytes = Batch(last);
    Until([&] { return at_router[identity].back().ends_with(last_bytes); });
    at_router.clear();
  }

  io::Loop loop;
  std::unique_ptr<RouterSocket> router;
  std::unique_ptr<DealerSocket> dealer;
  std::map<std::string, std::vector<std::string>> at_router;  // batches by identity
  std::vector<std::string> at_dealer;

 private:
  void EndTurn() {
    if (router) {
      router->Drain([this](std::string_view identity, std::string_view batch) {
        at_router[std::string(identity)].emplace_back(batch);
      });
      router->EndTurn();
    }
    if (dealer) {
      dealer->Drain([this](std::string_view batch) { at_dealer.emplace_back(batch); });
      dealer->Flush();
    }
  }
};

size_t CountEnvelopes(const std::vector<std::string>& batches) {
  size_t count = 0;
  for (const std::string& batch : batches) {
    BatchReader reader(batch);
    while (reader.Next()) ++count;
    REQUIRE_FALSE(reader.malformed());
  }
  return count;
}

}  // namespace

TEST_CASE_METHOD(SocketsTest, "a turn's envelopes travel as one message, both ways") {
  Open();
  dealer = Connect("node-1");
  Meet(*dealer, "node-1");
  for (int i = 0; i < 10; ++i) dealer->Send(Envelope{});
  Until([&] { return at_router.contains("node-1"); });
  CHECK(at_router["node-1"].size() == 1);
  CHECK(CountEnvelopes(at_router["node-1"]) == 10);
  CHECK(router->Send("node-1", PlainBatch(Kind::kWelcome)) == RouterSocket::Sent::kYes);
  Until([&] { return !at_dealer.empty(); });
  CHECK(at_dealer[0] == PlainBatch(Kind::kWelcome));
}

TEST_CASE_METHOD(SocketsTest, "nobody of that name is there: gone, not silence") {
  Open();
  CHECK(router->Send("nobody", "batch") == RouterSocket::Sent::kGone);
  dealer = Connect("node-1");
  Meet(*dealer, "node-1");
  CHECK(router->Send("node-1", "batch") == RouterSocket::Sent::kYes);
  dealer.reset();
  Until([&] { return router->Send("node-1", "batch") == RouterSocket::Sent::kGone; });
}

TEST_CASE_METHOD(SocketsTest, "a node finds a bus that comes later, and one that comes back") {
  Open();
  const std::string address = router->address();
  dealer = Connect("node-1");
  Meet(*dealer, "node-1");
  router.reset();
  auto again = RouterSocket::Bind(loop, address);
  Until([&] {
    if (!again) again = RouterSocket::Bind(loop, address);  // the system may hold the port for a moment
    return again.has_value();
  });
  router = *std::move(again);
  Meet(*dealer, "node-1");
}

TEST_CASE_METHOD(SocketsTest, "much at once arrives whole and in order") {
  Open();
  dealer = Connect("node-1");
  Meet(*dealer, "node-1");
  constexpr uint32_t kCount = 5'000;
  const std::string body(2'000, 'x');
  std::string encoded;
  for (uint32_t i = 0; i < kCount; ++i) {
    Envelope envelope;
    envelope.ttl_ms = i;
    envelope.body = body;
    if (i < kCount / 2) {
      dealer->Send(envelope);
    } else {
      Append(encoded, envelope);
    }
  }
  dealer->SendEncoded(encoded);
  Until([&] { return CountEnvelopes(at_router["node-1"]) == kCount; });
  uint32_t next = 0;
  for (const std::string& batch : at_router["node-1"]) {
    CHECK(batch.size() < 1'000'000);
    BatchReader reader(batch);
    while (const auto envelope = reader.Next()) REQUIRE(envelope->ttl_ms == next++);
  }
  CHECK(dealer->pending_bytes() == 0);
  CHECK(dealer->dropped() == 0);
}

TEST_CASE_METHOD(SocketsTest, "a node that does not read is full, and then not gone") {
  Open();
  dealer = Connect("node-1");
  Meet(*dealer, "node-1");
  std::unique_ptr<DealerSocket> deaf = std::move(dealer);  // no longer drained
  const std::string batch(100'000, 'x');
  size_t sent = 0;
  while (router->Send("node-1", batch) == RouterSocket::Sent::kYes) REQUIRE(++sent < 100'000);
  CHECK(router->Send("node-1", batch) == RouterSocket::Sent::kFull);
  dealer = std::move(deaf);
  Until([&] { return at_dealer.size() >= sent; });
  Until([&] { return router->Send("node-1", batch) == RouterSocket::Sent::kYes; });
}

TEST_CASE_METHOD(SocketsTest, "what the bus cannot take waits, and can be forgotten") {
  Open();
  dealer = Connect("node-1");
  Meet(*dealer, "node-1");
  router.reset();
  const std::string body(1 << 20, 'x');
  Envelope envelope;
  envelope.body = body;
  // More than the bound: first it waits, then it is dropped, and nothing blocks.
  for (int i = 0; i < 400; ++i) {
    dealer->Send(envelope);
    dealer->Flush();
  }
  CHECK(dealer->pending_bytes() <= (64U << 20) + body.size());
  CHECK(dealer->dropped() > 0);
  dealer->DropPending();
  CHECK(dealer->pending_bytes() == 0);
}

TEST_CASE_METHOD(SocketsTest, "an address that is in use or malformed is an error with a sentence") {
  Open();
  const auto taken = RouterSocket::Bind(loop, router->address());
  REQUIRE_FALSE(taken.has_value());
  CHECK(taken.error().code == Code::kExists);
  CHECK(taken.error().message.find("in use") != std::string::npos);
  CHECK(RouterSocket::Bind(loop, "nonsense").error().code == Code::kBadRequest);
  CHECK(DealerSocket::Connect(loop, "node-1", "nonsense").error().code == Code::kBadRequest);
}

}  // namespace parley::wire
