// Nodes that fall silent, leave, die, and two of one name.
#include "bus/limits.h"
#include "common/base/log.h"
#include "tests/bus/bus_kit.h"

namespace parley::bus {

TEST_CASE_METHOD(BusTest, "the bus's heartbeat reaches every node") {
  TestNode& frontend = Frontend("frontend-1");
  Pass(3'000);
  CHECK(frontend.CountOf(Kind::kHeartbeat) >= 5);
}

TEST_CASE_METHOD(BusTest, "a worker that falls silent is given nothing until it speaks") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1");
  worker.FallSilent();
  Pass(kSilentMs + 100);
  frontend.Take(Kind::kSlots);
  frontend.Request({.body = "one"});
  frontend.Request({.body = "two"});
  CHECK(worker.CountOf(Kind::kRequest) == 0);
  CHECK(router->parking().count() == 2);
  worker.Speak();
  CHECK(worker.TakeBodies(Kind::kRequest) == Texts{"one", "two"});
  CHECK(frontend.CountOf(Kind::kSlots) == 0);
}

TEST_CASE_METHOD(BusTest, "what waits for a silent worker's window is given up in time") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1", {.window_requests = 1});
  frontend.Request({});
  frontend.Request({.ttl_ms = 2'000});
  worker.FallSilent();
  Pass(2'500);
  CHECK(ErrorOf(*frontend.Take(Kind::kReply).at(0)).code == Code::kUnavailable);
}

TEST_CASE_METHOD(BusTest, "a leaving worker gets nothing new, and what it has it answers") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1", {.window_requests = 2});
  frontend.Take(Kind::kSlots);
  for (const char* body : {"one", "two", "three"}) frontend.Request({.body = body});
  const auto requests = worker.Take(Kind::kRequest);
  REQUIRE(requests.size() == 2);
  worker.Leave();
  CHECK(worker.CountOf(Kind::kLeaving) == 1);
  frontend.Request({.body = "four"});
  for (const Letter& request : requests) worker.Reply(*request);
  CHECK(frontend.CountOf(Kind::kReply) == 2);
  CHECK(worker.CountOf(Kind::kRequest) == 0);
  CHECK(frontend.CountOf(Kind::kSlots) == 0);
  worker.Restart();
  worker.Register();
  const auto after = worker.TakeBodies(Kind::kRequest);
  CHECK(after == Texts{"three", "four"});
}

TEST_CASE_METHOD(BusTest, "leaving is confirmed behind the last request, and again when said again") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1");
  worker.StopReading();
  frontend.Request({});
  worker.Leave();
  worker.Leave();
  worker.ReadAgain();
  Turn();
  std::vector<Kind> order;
  for (const Letter& letter : out.lines[worker.identity()].arrived) {
    if (letter->kind == Kind::kRequest || letter->kind == Kind::kLeaving) order.push_back(letter->kind);
  }
  CHECK(order == std::vector<Kind>{Kind::kRequest, Kind::kLeaving, Kind::kLeaving});
}

TEST_CASE_METHOD(BusTest, "when a worker dies, callers are told within a second, so that they ask again") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1");
  frontend.Take(Kind::kSlots);
  frontend.Request({});
  worker.Die();
  Pass(600);
  CHECK(frontend.CountOf(Kind::kSlots) == 1);
}

TEST_CASE_METHOD(BusTest, "workers are told of a frontend that is gone, frontends are not") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& other = Frontend("frontend-2");
  TestNode& worker = Serving("message-1");
  const std::string id = fmt::format("{:016x}", frontend.id().value);
  frontend.Die();
  Pass(600);
  const auto notices = worker.Take(Kind::kNodeGone);
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].As<wire::NodeGone>().node == id);
  CHECK(other.CountOf(Kind::kNodeGone) == 0);
}

TEST_CASE_METHOD(BusTest, "a process under the name of a living one is refused, which does not notice") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1");
  wire::Registration copy = worker.registration;
  copy.boot = "another";
  TestNode& second = Make(copy);
  second.Register();
  CHECK(second.Refusal().empty());  // not known yet
  for (int i = 0; i < 10 && second.CountOf(Kind::kRefused) == 0; ++i) {
    Pass(200);
    second.Register();
  }
  CHECK(second.Refusal().find("another process named message-1 is running") != std::string::npos);
  CHECK(second.CountOf(Kind::kWelcome) == 0);
  frontend.Request({});
  CHECK(worker.Take(Kind::kRequest).at(0)->epoch == 1);
}

TEST_CASE_METHOD(BusTest, "a process under the name of a dead one takes its place in the same turn") {
  TestNode& worker = Serving("message-1");
  worker.Restart();
  worker.Register();
  CHECK(worker.CountOf(Kind::kWelcome) == 1);
  REQUIRE(worker.Slots().has_value());
  CHECK(worker.Slots()->at(7) == 2);
  CHECK(router->peers().size() == 1);
}

TEST_CASE_METHOD(BusTest, "a process under the name of a silent one takes its place, and that one may not come back") {
  TestNode& old = Serving("message-1");
  old.FallSilent();
  Pass(kSilentMs + 100);
  wire::Registration next = old.registration;
  next.boot = "next";
  TestNode& successor = Make(next);
  successor.Register();
  REQUIRE(successor.Slots().has_value());
  CHECK(successor.Slots()->at(0) == 2);
  old.Speak();
  CHECK(old.CountOf(Kind::kUnknown) == 1);
  for (int i = 0; i < 10 && old.CountOf(Kind::kRefused) == 0; ++i) {
    old.Register();
    Pass(200);
  }
  CHECK(old.Refusal().find("another process") != std::string::npos);
}

TEST_CASE_METHOD(BusTest, "a frontend that starts again under its name is a new node") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1");
  frontend.Subscribe({"user:alice"});
  frontend.Restart();
  frontend.Register();
  CHECK(frontend.CountOf(Kind::kWelcome) == 1);
  CHECK(worker.CountOf(Kind::kNodeGone) == 1);
  worker.Publish({"user:alice"});
  CHECK(frontend.CountOf(Kind::kEvent) == 0);
}

TEST_CASE_METHOD(BusTest, "a node that takes nothing for long is given up") {
  TestNode& worker = Serving("message-1");
  worker.StopReading();
  Pass(kPipeStuckMs - 1'000);
  CHECK(router->peers().size() == 1);
  Pass(3'000);
  CHECK(router->peers().size() == 0);
  CHECK(Counted(Count::kPeerGoneBytes) > 0);
}

}  // namespace parley::bus
