// Slots that move from worker to worker: when, how many, what happens to requests meanwhile, and what takes a move
// back.
#include "bus/moves.h"

#include "tests/bus/bus_kit.h"

namespace parley::bus {
namespace {

// Workers that copy as they are told, or not.
class MovesTest : public BusTest {
 public:
  void Say(TestNode& worker, Kind kind, const wire::MoveStep& step) {
    const std::string body = schema::Encode(step);
    Envelope envelope;
    envelope.kind = kind;
    envelope.slot = static_cast<Slot>(step.slot);
    envelope.body = body;
    worker.Say(envelope);
  }
  static std::vector<wire::MoveStep> Steps(TestNode& worker, Kind kind) {
    std::vector<wire::MoveStep> steps;
    for (const Letter& letter : worker.Take(kind)) steps.push_back(letter.As<wire::MoveStep>());
    return steps;
  }
  wire::MoveStep OneStep(TestNode& worker, Kind kind) {
    const auto steps = Steps(worker, kind);
    REQUIRE_FALSE(steps.empty());
    return steps.front();
  }
  // Every move that is begun is carried through at once, until none is begun any more.
  void MoveAll(const std::vector<TestNode*>& workers) {
    for (bool moved = true; moved;) {
      Pass(50);
      moved = false;
      for (TestNode* worker : workers) {
        for (const wire::MoveStep& step : Steps(*worker, Kind::kCopy)) {
          Say(*worker, Kind::kCaughtUp, step);
          Say(*worker, Kind::kTaken, step);
          ++moves;
          moved = true;
        }
      }
    }
  }
  static size_t CountOf(TestNode& worker) { return worker.Slots()->size(); }
  void Evacuate(TestNode& worker) {
    Envelope envelope;
    envelope.kind = Kind::kEvacuate;
    worker.Say(envelope);
  }

  int moves = 0;
};

}  // namespace

TEST_CASE_METHOD(MovesTest, "a worker that comes later gets its share, a few slots at a time") {
  TestNode& one = Serving("message-1");
  TestNode& two = Worker("message-2");
  Pass(1'000);
  CHECK(two.CountOf(Kind::kCopy) == Moves::kAtOnce);
  MoveAll({&two});
  CHECK(CountOf(one) == 128);
  CHECK(CountOf(two) == 128);
  CHECK(moves == 128);
}

TEST_CASE_METHOD(MovesTest, "a worker gets as much as its capacity says, from all others, and no slot moves twice") {
  TestNode& one = Worker("message-1");
  TestNode& two = Worker("message-2");
  Settle();
  TestNode& large = Worker("message-3", {.capacity = 6});
  Pass(1'000);
  MoveAll({&large});
  CHECK(CountOf(large) == 192);
  CHECK(CountOf(one) == 32);
  CHECK(CountOf(two) == 32);
  CHECK(moves == 192);
}

TEST_CASE_METHOD(MovesTest, "shares that fit as well as they can stay as they are") {
  TestNode& one = Worker("message-1");
  TestNode& two = Worker("message-2");
  TestNode& three = Worker("message-3");
  Settle();
  Pass(10'000);
  for (TestNode* worker : {&one, &two, &three}) CHECK(worker->CountOf(Kind::kCopy) == 0);
}

TEST_CASE_METHOD(MovesTest, "a slot that is handed over is parked, and goes on under the next epoch") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& one = Serving("message-1");
  TestNode& two = Worker("message-2");
  Pass(1'000);
  const wire::MoveStep step = OneStep(two, Kind::kCopy);
  const Ask ask{.slot = static_cast<Slot>(step.slot)};
  frontend.Request(ask);
  CHECK(one.CountOf(Kind::kRequest) == 1);  // still served
  Say(two, Kind::kCaughtUp, step);
  CHECK(OneStep(one, Kind::kRelease).move == step.move);
  const RequestId waiting = frontend.Request(ask);
  CHECK(one.CountOf(Kind::kRequest) == 1);
  CHECK(two.CountOf(Kind::kRequest) == 0);
  frontend.Take(Kind::kSlots);
  Say(two, Kind::kTaken, step);
  const auto requests = two.Take(Kind::kRequest);
  REQUIRE(requests.size() == 1);
  CHECK(requests[0]->request == waiting);
  CHECK(requests[0]->epoch == 2);
  CHECK(two.Slots()->at(step.slot) == 2);
  CHECK_FALSE(one.Slots()->contains(step.slot));
  const auto notices = frontend.Take(Kind::kSlots);
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].As<wire::SlotsNotice>().slots == std::vector{wire::SlotEpoch{step.slot, 2}});
}

TEST_CASE_METHOD(MovesTest,
                 "what a worker was given before the slot was parked is in front of the word to release it") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& one = Serving("message-1", {.window_requests = 1});
  TestNode& two = Worker("message-2");
  Pass(1'000);
  const wire::MoveStep step = OneStep(two, Kind::kCopy);
  frontend.Request({.slot = static_cast<Slot>(step.slot)});
  frontend.Request({.slot = static_cast<Slot>(step.slot)});  // waits for the window …
  Say(two, Kind::kCaughtUp, step);
  Say(two, Kind::kTaken, step);
  CHECK(one.CountOf(Kind::kRequest) == 1);
  CHECK(two.CountOf(Kind::kRequest) == 1);  // … and goes with the slot
}

TEST_CASE_METHOD(MovesTest, "a hand-over that takes too long is taken back, and the old worker goes on") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& one = Serving("message-1");
  TestNode& two = Worker("message-2");
  Pass(1'000);
  const wire::MoveStep step = OneStep(two, Kind::kCopy);
  Say(two, Kind::kCaughtUp, step);
  frontend.Request({.slot = static_cast<Slot>(step.slot)});
  CHECK(one.CountOf(Kind::kRequest) == 0);
  Pass(Moves::kHandOverMs + 100);
  CHECK(OneStep(one, Kind::kResume).move == step.move);
  CHECK(OneStep(two, Kind::kCopyEnd).move == step.move);
  CHECK(one.CountOf(Kind::kRequest) == 1);
  Say(two, Kind::kTaken, step);  // too late
  CHECK_FALSE(two.Slots()->contains(step.slot));
}

TEST_CASE_METHOD(MovesTest, "a taker that dies leaves the slot where it was, and another can come") {
  TestNode& one = Serving("message-1");
  TestNode& two = Worker("message-2");
  Pass(1'000);
  Say(two, Kind::kCaughtUp, OneStep(two, Kind::kCopy));
  two.Die();
  Pass(1'000);
  CHECK(one.CountOf(Kind::kResume) == Moves::kAtOnce);
  TestNode& three = Worker("message-3");
  Pass(1'000);
  MoveAll({&three});
  CHECK(CountOf(three) == 128);
}

TEST_CASE_METHOD(MovesTest, "a giver that dies keeps the slot for its return") {
  TestNode& one = Serving("message-1");
  TestNode& two = Worker("message-2");
  Pass(1'000);
  const wire::MoveStep step = OneStep(two, Kind::kCopy);
  Say(two, Kind::kCaughtUp, step);
  one.Die();
  Pass(1'000);
  CHECK(OneStep(two, Kind::kCopyEnd).move == step.move);
  Say(two, Kind::kTaken, step);
  CHECK_FALSE(two.Slots()->contains(step.slot));
  one.Restart();
  one.Register();
  CHECK(one.Slots()->at(step.slot) == 2);
}

TEST_CASE_METHOD(MovesTest, "a taker that can't is left alone for a while, and keeps what it has") {
  TestNode& one = Serving("message-1");
  TestNode& two = Worker("message-2");
  Pass(1'000);
  auto steps = Steps(two, Kind::kCopy);
  Say(two, Kind::kCaughtUp, steps[0]);
  Say(two, Kind::kTaken, steps[0]);
  steps[1].problem = "the disk is nearly full";
  Say(two, Kind::kCopyEnd, steps[1]);
  for (size_t i = 2; i < steps.size(); ++i) Say(two, Kind::kCopyEnd, steps[i]);
  Pass(1'000);
  for (const wire::MoveStep& step : Steps(two, Kind::kCopy)) Say(two, Kind::kCopyEnd, step);
  Pass(Moves::kPauseMs - 2'000);
  CHECK(two.CountOf(Kind::kCopy) == 0);
  CHECK(CountOf(two) == 1);
  Pass(3'000);
  CHECK(two.CountOf(Kind::kCopy) > 0);
  CHECK(CountOf(one) == 255);
}

TEST_CASE_METHOD(MovesTest, "a worker that wants to leave gives everything away first") {
  TestNode& one = Worker("message-1");
  TestNode& two = Worker("message-2");
  Settle();
  Pass(1'000);
  Evacuate(one);
  CHECK(one.CountOf(Kind::kNobody) == 0);
  MoveAll({&two});
  CHECK(CountOf(one) == 0);
  CHECK(CountOf(two) == 256);
}

TEST_CASE_METHOD(MovesTest, "the last worker of a module is told that nobody can take its slots") {
  TestNode& one = Serving("message-1");
  Evacuate(one);
  CHECK(one.CountOf(Kind::kNobody) == 1);
  CHECK(CountOf(one) == 256);
}

TEST_CASE_METHOD(MovesTest, "when all want to leave, they are told so, and nothing moves any more") {
  TestNode& one = Worker("message-1");
  TestNode& two = Worker("message-2");
  Settle();
  Pass(1'000);
  Evacuate(one);
  Pass(100);
  CHECK(two.CountOf(Kind::kCopy) == Moves::kAtOnce);
  Evacuate(two);
  CHECK(two.CountOf(Kind::kNobody) == 1);
  CHECK(one.CountOf(Kind::kNobody) == 1);
  CHECK(one.CountOf(Kind::kResume) == Moves::kAtOnce);
  two.Take(Kind::kCopy);
  Pass(1'000);
  CHECK(two.CountOf(Kind::kCopy) == 0);
}

TEST_CASE_METHOD(MovesTest, "a bus that restarts in the middle of a move knows only what was done") {
  TestNode& one = Serving("message-1");
  TestNode& two = Worker("message-2");
  Pass(1'000);
  const auto steps = Steps(two, Kind::kCopy);
  Say(two, Kind::kCaughtUp, steps[0]);
  Say(two, Kind::kTaken, steps[0]);
  Say(two, Kind::kCaughtUp, steps[1]);
  RestartBus();
  one.Register();
  two.Register();
  Turn();
  CHECK(two.Slots()->size() == 1);
  CHECK(two.Slots()->at(steps[0].slot) == 2);
  CHECK(one.Slots()->size() == 255);
}

TEST_CASE_METHOD(MovesTest, "parts go from worker to worker of one module, and to nobody else") {
  TestNode& one = Serving("message-1");
  TestNode& two = Worker("message-2");
  TestNode& user = Serving("user-1", {.module = "user"});
  const auto pull = [&](TestNode& from, TestNode& to) {
    const std::string body = schema::Encode(wire::SlotPart{1, 0, 1, false, false});
    Envelope envelope;
    envelope.kind = Kind::kPull;
    envelope.target = to.id();
    envelope.body = body;
    from.Say(envelope);
  };
  pull(two, one);
  const auto pulls = one.Take(Kind::kPull);
  REQUIRE(pulls.size() == 1);
  CHECK(pulls[0]->source == two.id());
  pull(user, one);
  CHECK(one.CountOf(Kind::kPull) == 0);
}

TEST_CASE_METHOD(MovesTest, "a bus that lost its folder learns from the workers who has what") {
  TestNode& one = Make(WorkerRegistration("message-1"));
  TestNode& two = Make(WorkerRegistration("message-2"));
  for (int64_t slot = 0; slot < 256; ++slot) (slot < 200 ? one : two).registration.held.push_back({slot, 7});
  one.Register();
  two.Register();
  Settle();
  CHECK(CountOf(one) == 200);
  CHECK(two.Slots()->at(255) == 8);
}

TEST_CASE_METHOD(MovesTest, "a folder of another cluster is refused, and says so") {
  Serving("message-1");
  TestNode& stranger = Make(WorkerRegistration("message-2"));
  stranger.registration.held = {{5, 9}};
  stranger.Register();
  CHECK(stranger.Refusal().find("slot 5 of message in epoch 9") != std::string::npos);
}

}  // namespace parley::bus
