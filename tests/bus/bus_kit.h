// A bus with its neighbours, without sockets and clocks: nodes whose every envelope goes through Router::OnBatch and
// comes back through its Outbound, and time that passes when a test says so.
#pragma once

#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "bus/router.h"
#include "common/store/kv.h"
#include "common/wire/envelope.h"
#include "common/wire/publication.h"

namespace parley::bus {

using wire::Envelope;
using wire::Kind;
using wire::Lane;

// One envelope as it arrived. The envelope refers to the bytes.
class Letter {
 public:
  explicit Letter(std::string_view bytes) : bytes_(std::make_unique<std::string>(bytes)) {
    envelope_ = *wire::BatchReader(*bytes_).Next();
  }
  const Envelope* operator->() const { return &envelope_; }
  const Envelope& operator*() const { return envelope_; }
  template <class S>
  [[nodiscard]] S As() const {
    return schema::Decode<S>(envelope_.body).value();
  }

 private:
  std::unique_ptr<std::string> bytes_;
  Envelope envelope_;
};

// The lines between the bus and its peers.
class TestWire final : public Outbound {
 public:
  struct Line {
    bool full = false;
    std::vector<Letter> arrived;
  };
  Sent Send(std::string_view identity, std::string_view batch) override;
  std::map<std::string, Line, std::less<>> lines;  // of those that are connected
};

struct Ask {
  std::string module = "message";
  Slot slot = 7;
  Lane lane = Lane::kRealtime;
  uint32_t ttl_ms = 10'000;
  std::string body = "?";
  RequestId id = {};  // a new one when empty
  uint8_t flags = 0;
};

class BusTest;

// A process on the bus, as far as the bus can tell.
class TestNode {
 public:
  TestNode(BusTest& test, wire::Registration registration);

  // Says something: sent at once, and the bus takes a turn.
  void Say(const Envelope& envelope);
  void SayBytes(std::string_view batch);
  void Register();
  RequestId Request(const Ask& ask);
  void Reply(const Envelope& request, std::string_view body = "!", uint8_t code = 0);
  void Moved(const Envelope& request);
  void Publish(const std::vector<std::string>& topics, std::string_view body = "event", uint8_t flags = 0);
  void Subscribe(const std::vector<std::string>& topics);
  void Unsubscribe(const std::vector<std::string>& topics);
  void Leave();

  // The process is killed: its connection closes, which nobody sees until somebody sends to it.
  void Die();
  // Dies and starts again, in another life, with the same name and data folder. Does not register.
  void Restart();
  // Says nothing any more, but its connection stays (stopped, or cut off).
  void FallSilent() { silent_ = true; }
  void Speak();
  // Its connection takes nothing, or takes again.
  void StopReading() { line().full = true; }
  void ReadAgain() { line().full = false; }

  // What arrived since the last look at that kind; other kinds stay.
  std::vector<Letter> Take(Kind kind);
  std::vector<std::string> TakeBodies(Kind kind);
  [[nodiscard]] size_t CountOf(Kind kind);
  // The slots of the last assignment, with epochs. Nothing when there was none.
  std::optional<std::map<int64_t, int64_t>> Slots();
  // The reason it was refused for, or empty.
  std::string Refusal();

  [[nodiscard]] std::string identity() const;
  [[nodiscard]] NodeId id() const { return NodeId::OfIdentity(identity()); }
  [[nodiscard]] bool alive() const { return alive_; }
  [[nodiscard]] bool silent() const { return silent_; }
  wire::Registration registration;

 private:
  TestWire::Line& line();

  BusTest* test_;
  bool alive_ = true;
  bool silent_ = false;
  std::optional<std::map<int64_t, int64_t>> slots_;
};

struct WorkerOptions {
  std::string module = "message";
  int64_t capacity = 1;
  int64_t window_requests = 0;
  int64_t window_bytes = 0;
  std::string store = {};  // its own, when empty
};

class BusTest {
 public:
  BusTest();

  // Makes a node and registers it.
  TestNode& Worker(const std::string& name, const WorkerOptions& options = {});
  TestNode& Frontend(const std::string& name);
  // Makes a node that has not said anything yet.
  TestNode& Make(wire::Registration registration);
  // A worker that has its slots.
  TestNode& Serving(const std::string& name, const WorkerOptions& options = {});

  void Pass(int64_t ms);  // live nodes send heartbeats
  void Settle() { Pass(options.settle_ms + 100); }
  // The bus is killed and started again over the same disk: all that was not on it is gone.
  void RestartBus();

  void Deliver(std::string_view identity, std::string_view batch);
  void Turn();
  [[nodiscard]] uint64_t Counted(Count what) const { return router->counters().Of(what); }

  RouterOptions options{"boot-of-bus-1", 1'000, 8'000};
  Now now{1'000'000, 1'700'000'000'000};
  TestWire out;
  std::unique_ptr<store::KeyValue> kv;
  std::unique_ptr<ClusterStore> cluster;
  std::unique_ptr<Router> router;

 private:
  std::shared_ptr<store::MemoryDisk> disk_ = store::MakeMemoryDisk();
  std::vector<std::unique_ptr<TestNode>> nodes_;
  int lives_ = 1;
};

[[nodiscard]] wire::Registration WorkerRegistration(const std::string& name, const WorkerOptions& options = {});
[[nodiscard]] wire::Registration FrontendRegistration(const std::string& name);
[[nodiscard]] Error ErrorOf(const Envelope& reply);

using Texts = std::vector<std::string>;

}  // namespace parley::bus
