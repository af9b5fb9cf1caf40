// Requests that wait for a primary.
#include "bus/limits.h"
#include "tests/bus/bus_kit.h"

namespace parley::bus {

TEST_CASE_METHOD(BusTest, "requests wait for the first primary, and reach it in the order they came") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Worker("message-1");
  Texts sent;
  for (int i = 0; i < 20; ++i) {
    sent.push_back(std::to_string(i));
    frontend.Request({.body = sent.back()});
  }
  CHECK(router->parking().count() == 20);
  Settle();
  CHECK(worker.TakeBodies(Kind::kRequest) == sent);
  CHECK(router->parking().count() == 0);
  CHECK(router->parking().bytes() == 0);
}

TEST_CASE_METHOD(BusTest, "a restart of a worker is invisible but for the time it takes") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1");
  worker.Die();
  Pass(600);
  frontend.Request({.ttl_ms = 10'000, .body = "while away"});
  Pass(1'000);
  worker.Restart();
  worker.Register();
  const auto requests = worker.Take(Kind::kRequest);
  REQUIRE(requests.size() == 1);
  CHECK(requests[0]->body == "while away");
  CHECK(requests[0]->epoch == 2);
  CHECK(requests[0]->ttl_ms == 9'000);
  CHECK(requests[0]->source == frontend.id());
  CHECK(frontend.CountOf(Kind::kReply) == 0);
}

TEST_CASE_METHOD(BusTest, "a new primary hears of its slots before it gets their requests") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Worker("message-1");
  frontend.Request({});
  Settle();
  std::vector<Kind> order;
  for (const Letter& letter : out.lines[worker.identity()].arrived) {
    if (letter->kind == Kind::kAssign || letter->kind == Kind::kRequest) order.push_back(letter->kind);
  }
  CHECK(order == std::vector<Kind>{Kind::kAssign, Kind::kRequest});
}

TEST_CASE_METHOD(BusTest, "who waits too long for a primary is told that none came, and when to ask again") {
  TestNode& frontend = Frontend("frontend-1");
  const RequestId id = frontend.Request({.ttl_ms = 60'000});
  Pass(options.park_ms - 100);
  CHECK(frontend.CountOf(Kind::kReply) == 0);
  Pass(200);
  const auto replies = frontend.Take(Kind::kReply);
  REQUIRE(replies.size() == 1);
  CHECK(replies[0]->request == id);
  CHECK(ErrorOf(*replies[0]).code == Code::kUnavailable);
  CHECK(ErrorOf(*replies[0]).message.find("'message'") != std::string::npos);
  CHECK(ErrorOf(*replies[0]).retry_after_ms > 0);
  CHECK(Counted(Count::kParkExpired) == 1);
  TestNode& worker = Worker("message-1");
  Settle();
  CHECK(worker.CountOf(Kind::kRequest) == 0);
}

TEST_CASE_METHOD(BusTest, "nobody waits longer than the deadline of the request") {
  TestNode& frontend = Frontend("frontend-1");
  frontend.Request({.ttl_ms = 500});
  Pass(600);
  CHECK(frontend.CountOf(Kind::kReply) == 1);
}

TEST_CASE_METHOD(BusTest, "a request that is asked again while it waits is kept once, in its place") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Worker("message-1");
  const RequestId first = frontend.Request({.body = "first"});
  frontend.Request({.body = "second"});
  frontend.Request({.body = "first again", .id = first, .flags = wire::kResent});
  CHECK(Counted(Count::kDuplicate) == 1);
  Settle();
  CHECK(worker.TakeBodies(Kind::kRequest) == Texts{"first", "second"});
}

TEST_CASE_METHOD(BusTest, "the same id from another node is another request") {
  TestNode& one = Frontend("frontend-1");
  TestNode& two = Frontend("frontend-2");
  const RequestId id = one.Request({});
  two.Request({.id = id});
  CHECK(router->parking().count() == 2);
}

TEST_CASE_METHOD(BusTest, "when too many bytes wait, the newcomer is told at once") {
  TestNode& frontend = Frontend("frontend-1");
  const std::string body(8 << 20, 'x');
  size_t refused = 0;
  for (int i = 0; i < 20; ++i) {
    frontend.Request({.slot = static_cast<Slot>(i), .body = body});
    refused += frontend.Take(Kind::kReply).size();
  }
  CHECK(refused == 20 - router->parking().count());
  CHECK(refused > 0);
  CHECK(router->parking().bytes() <= kParkedBytesMax);
  CHECK(Counted(Count::kParkFull) == refused);
}

TEST_CASE_METHOD(BusTest, "when too many requests wait, the newcomer is told at once") {
  TestNode& frontend = Frontend("frontend-1");
  for (size_t i = 0; i < kParkedRequestsMax; ++i) frontend.Request({.slot = static_cast<Slot>(i)});
  CHECK(frontend.CountOf(Kind::kReply) == 0);
  frontend.Request({});
  CHECK(ErrorOf(*frontend.Take(Kind::kReply).at(0)).code == Code::kUnavailable);
}

TEST_CASE_METHOD(BusTest, "a module that nobody ever heard of is waited for, and then unavailable") {
  TestNode& frontend = Frontend("frontend-1");
  frontend.Request({.module = "weather"});
  CHECK(router->parking().count() == 1);
  Pass(options.park_ms + 100);
  CHECK(ErrorOf(*frontend.Take(Kind::kReply).at(0)).message.find("'weather'") != std::string::npos);
}

TEST_CASE_METHOD(BusTest, "names of modules that are not there are bounded") {
  TestNode& frontend = Frontend("frontend-1");
  for (size_t i = 0; i < kModulesMax; ++i) frontend.Request({.module = "m" + std::to_string(i)});
  CHECK(frontend.CountOf(Kind::kReply) == 0);
  frontend.Request({.module = "one-more"});
  CHECK(ErrorOf(*frontend.Take(Kind::kReply).at(0)).code == Code::kUnavailable);
  TestNode& worker = Worker("message-1");
  CHECK(worker.Refusal().find("modules") != std::string::npos);
}

TEST_CASE_METHOD(BusTest, "what waited for a dead worker's window waits for its successor") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1", {.window_requests = 1});
  frontend.Request({.body = "given"});
  frontend.Request({.body = "waiting"});
  frontend.Request({.lane = Lane::kBackground, .body = "waiting too"});
  worker.Die();
  Pass(600);
  CHECK(router->parking().count() == 2);
  worker.Restart();
  worker.Register();
  const auto requests = worker.Take(Kind::kRequest);
  REQUIRE(requests.size() == 1);
  CHECK(requests[0]->body == "waiting");
  worker.Reply(*requests[0]);
  CHECK(worker.TakeBodies(Kind::kRequest) == Texts{"waiting too"});
}

}  // namespace parley::bus
