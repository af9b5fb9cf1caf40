// Random nodes doing random things, seeded, with invariants checked at every step. A failing seed is its reproduction.
#include <random>

#include "bus/limits.h"
#include "tests/bus/bus_kit.h"

namespace parley::bus {
namespace {

class RandomRun : public BusTest {
 public:
  explicit RandomRun(uint32_t seed) : random_(seed) {
    for (const char* name : {"message-1", "message-2", "message-3"}) {
      workers_.push_back(&Make(WorkerRegistration(name, {.window_requests = 1 + Below(20)})));
    }
    for (const char* name : {"frontend-1", "frontend-2"}) frontends_.push_back(&Make(FrontendRegistration(name)));
  }

  void Step() {
    switch (Below(20)) {
      case 0:
        RandomNode().Register();
        break;
      case 1:
        if (Below(10) == 0) RandomNode().Restart();
        break;
      case 2:
        if (Below(10) == 0) RandomWorker().Leave();
        break;
      case 3:
        Pass(Below(400));
        break;
      case 4:
        if (Below(40) == 0) RestartBus();
        break;
      case 5:
        SayGarbage();
        break;
      case 6:
        RandomWorker().Publish({"user:a", "user:b"});
        break;
      case 7:
        RandomFrontend().Subscribe({Below(2) == 0 ? "user:a" : "user:b"});
        break;
      case 8:
        Below(2) == 0 ? RandomNode().StopReading() : RandomNode().ReadAgain();
        break;
      case 9:
        AskAgain();
        break;
      case 10:
      case 11:
      case 12:
      case 13:
        Answer(RandomWorker());
        break;
      default:
        AskNew();
    }
    Check();
  }

  // All that live register and read, nobody dies, time passes: nothing may be left inside the bus.
  void Calm() {
    for (TestNode* node : Everybody()) node->ReadAgain();
    for (int i = 0; i < 200; ++i) {
      for (TestNode* node : Everybody()) {
        if (i % 20 == 0 || node->Take(Kind::kUnknown).size() > 0) node->Register();
      }
      for (TestNode* worker : workers_) Answer(*worker);
      Pass(100);
      Check();
    }
    CHECK(router->parking().count() == 0);
    CHECK(router->parking().bytes() == 0);
  }

 private:
  int64_t Below(int64_t n) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(n)); }
  TestNode& RandomWorker() { return *workers_[static_cast<size_t>(Below(3))]; }
  TestNode& RandomFrontend() { return *frontends_[static_cast<size_t>(Below(2))]; }
  TestNode& RandomNode() { return Below(2) == 0 ? RandomWorker() : RandomFrontend(); }
  std::vector<TestNode*> Everybody() {
    std::vector<TestNode*> all = workers_;
    all.insert(all.end(), frontends_.begin(), frontends_.end());
    return all;
  }

  void AskNew() {
    const RequestId id = RandomFrontend().Request({.slot = static_cast<Slot>(Below(4) * 64),
                                                   .lane = static_cast<Lane>(Below(3)),
                                                   .ttl_ms = static_cast<uint32_t>(Below(5'000)),
                                                   .body = std::string(static_cast<size_t>(Below(2'000)), 'x')});
    sends_[id] = 1;
    last_ = id;
  }

  void AskAgain() {
    if (last_.empty()) return;
    ++sends_[last_];
    RandomFrontend().Request({.slot = static_cast<Slot>(Below(256)), .id = last_, .flags = wire::kResent});
  }

  void Answer(TestNode& worker) {
    for (const Letter& request : worker.Take(Kind::kRequest)) {
      CHECK(request->epoch > 0);
      CHECK(request->epoch >= epochs_[request->slot]);
      epochs_[request->slot] = request->epoch;
      if (Below(20) == 0) continue;  // it never answers this one
      Below(10) == 0 ? worker.Moved(*request) : worker.Reply(*request);
      ++worker_answers_[request->request];
    }
  }

  void SayGarbage() {
    std::string batch;
    Envelope envelope;
    envelope.kind = static_cast<Kind>(Below(25));
    envelope.lane = static_cast<Lane>(Below(5));
    envelope.module = "message";
    envelope.slot = static_cast<Slot>(Below(256));
    envelope.ttl_ms = static_cast<uint32_t>(random_());
    envelope.target = RandomNode().id();
    envelope.body = "garbage";
    wire::Append(batch, envelope);
    for (int64_t flips = Below(6); flips > 0; --flips) {
      batch[static_cast<size_t>(Below(static_cast<int64_t>(batch.size())))] = static_cast<char>(random_());
    }
    batch.resize(static_cast<size_t>(Below(static_cast<int64_t>(batch.size()) + 1)));
    TestNode& node = RandomNode();
    // A whole, readable kLeaving or kReply is no garbage, and is tested elsewhere.
    if (const auto read = wire::BatchReader(batch).Next(); read && read->kind != Kind::kSubscribe) return;
    node.SayBytes(batch);
  }

  void Check() {
    REQUIRE(router->parking().bytes() <= kParkedBytesMax);
    REQUIRE((router->parking().count() == 0) == (router->parking().bytes() == 0));
    REQUIRE(router->peers().size() <= 5);
    for (TestNode* frontend : frontends_) {
      for (const Letter& reply : frontend->Take(Kind::kReply)) {
        // An answer to something this run asked: each sending of it is answered once, by a worker or by the bus.
        const auto sent = sends_.find(reply->request);
        REQUIRE(sent != sends_.end());
        if (reply->source.empty()) {
          REQUIRE(++bus_answers_[reply->request] <= sent->second);
        } else {
          REQUIRE(worker_answers_[reply->request] > 0);
        }
        REQUIRE(reply->target == frontend->id());
      }
    }
    router->peers().ForEach([&](const Peer& peer) {
      const Tally& window = peer.lanes.outstanding().windowed();
      REQUIRE(window.requests >= 0);
      REQUIRE(window.bytes >= 0);
      if (peer.is_worker()) REQUIRE(window.requests <= std::max<int64_t>(1, peer.registration.window_requests));
    });
  }

  std::mt19937 random_;
  std::vector<TestNode*> workers_, frontends_;
  std::map<RequestId, int> sends_, bus_answers_, worker_answers_;
  std::map<Slot, Epoch> epochs_;
  RequestId last_;
};

}  // namespace

TEST_CASE("random nodes doing random things break nothing") {
  for (uint32_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    RandomRun run(seed);
    for (int step = 0; step < 400; ++step) run.Step();
    run.Calm();
  }
}

}  // namespace parley::bus
