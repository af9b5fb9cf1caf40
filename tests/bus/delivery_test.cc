// Requests to workers and answers to callers: routing, the window, lanes, deadlines.
#include "bus/limits.h"
#include "tests/bus/bus_kit.h"

namespace parley::bus {
namespace {

// Waits for `count` answers that are errors of this code.
void RequireErrors(TestNode& caller, size_t count, Code code) {
  const auto replies = caller.Take(Kind::kReply);
  REQUIRE(replies.size() == count);
  for (const Letter& reply : replies) CHECK(ErrorOf(*reply).code == code);
}

}  // namespace

TEST_CASE_METHOD(BusTest, "a request reaches the primary of its slot with its caller and epoch") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1");
  const RequestId id = frontend.Request({.body = "hello"});
  const auto requests = worker.Take(Kind::kRequest);
  REQUIRE(requests.size() == 1);
  const Envelope& request = *requests[0];
  CHECK(request.request == id);
  CHECK(request.source == frontend.id());
  CHECK(request.epoch == 1);
  CHECK(request.slot == 7);
  CHECK(request.ttl_ms == 10'000);
  CHECK(request.module == "message");
  CHECK(request.method == "message.send");
  CHECK(request.body == "hello");
}

TEST_CASE_METHOD(BusTest, "a reply reaches the node that asked, with who answered") {
  TestNode& one = Frontend("frontend-1");
  TestNode& two = Frontend("frontend-2");
  TestNode& worker = Serving("message-1");
  const RequestId id = two.Request({});
  worker.Reply(*worker.Take(Kind::kRequest).at(0), "result");
  CHECK(one.CountOf(Kind::kReply) == 0);
  const auto replies = two.Take(Kind::kReply);
  REQUIRE(replies.size() == 1);
  CHECK(replies[0]->request == id);
  CHECK(replies[0]->source == worker.id());
  CHECK(replies[0]->epoch == 1);
  CHECK(replies[0]->body == "result");
}

TEST_CASE_METHOD(BusTest, "a source cannot be forged: the bus stamps it") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1");
  Envelope forged;
  forged.kind = Kind::kRequest;
  forged.module = "message";
  forged.ttl_ms = 100;
  forged.source = worker.id();
  forged.epoch = 99;
  forged.request = RequestId::Random();
  frontend.Say(forged);
  const auto requests = worker.Take(Kind::kRequest);
  REQUIRE(requests.size() == 1);
  CHECK(requests[0]->source == frontend.id());
  CHECK(requests[0]->epoch == 1);
}

TEST_CASE_METHOD(BusTest, "workers ask each other as frontends ask them") {
  TestNode& message = Serving("message-1");
  TestNode& user = Serving("user-1", {.module = "user"});
  message.Request({.module = "user", .lane = Lane::kInternal});
  user.Reply(*user.Take(Kind::kRequest).at(0));
  CHECK(message.CountOf(Kind::kReply) == 1);
}

TEST_CASE_METHOD(BusTest, "moved goes to the caller, and the worker has room again") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1", {.window_requests = 1});
  frontend.Request({});
  frontend.Request({});
  const auto first = worker.Take(Kind::kRequest);
  REQUIRE(first.size() == 1);
  worker.Moved(*first[0]);
  CHECK(frontend.CountOf(Kind::kMoved) == 1);
  CHECK(worker.CountOf(Kind::kRequest) == 1);
}

TEST_CASE_METHOD(BusTest, "requests for several workers go each to its own, in order") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& one = Worker("message-1");
  TestNode& two = Worker("message-2");
  Settle();
  for (int i = 0; i < 256; ++i) frontend.Request({.slot = static_cast<Slot>(i), .body = std::to_string(i)});
  const auto to_one = one.Take(Kind::kRequest), to_two = two.Take(Kind::kRequest);
  CHECK(to_one.size() == 128);
  CHECK(to_two.size() == 128);
  for (const auto* got : {&to_one, &to_two}) {
    for (size_t i = 1; i < got->size(); ++i) CHECK((*got)[i - 1]->slot < (*got)[i]->slot);
  }
}

TEST_CASE_METHOD(BusTest, "a worker is given no more requests than its window, and the rest as it answers") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1", {.window_requests = 3});
  for (int i = 0; i < 10; ++i) frontend.Request({.body = std::to_string(i)});
  Texts seen;
  for (int answered = 0; answered < 10;) {
    const auto requests = worker.Take(Kind::kRequest);
    REQUIRE(requests.size() <= 3);
    REQUIRE_FALSE(requests.empty());
    for (const Letter& request : requests) {
      seen.emplace_back(request->body);
      worker.Reply(*request);
      ++answered;
    }
  }
  CHECK(seen == Texts{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"});
  CHECK(frontend.CountOf(Kind::kReply) == 10);
}

TEST_CASE_METHOD(BusTest, "a worker is given no more bytes than its window, but at least one request") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1", {.window_requests = 100, .window_bytes = 1'000});
  for (int i = 0; i < 3; ++i) frontend.Request({.body = std::string(5'000, 'x')});
  for (int i = 0; i < 3; ++i) {
    const auto requests = worker.Take(Kind::kRequest);
    REQUIRE(requests.size() == 1);
    worker.Reply(*requests[0]);
  }
}

TEST_CASE_METHOD(BusTest, "an answer given twice makes room once") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1", {.window_requests = 2});
  for (int i = 0; i < 5; ++i) frontend.Request({});
  const auto requests = worker.Take(Kind::kRequest);
  REQUIRE(requests.size() == 2);
  worker.Reply(*requests[0]);
  worker.Reply(*requests[0]);
  CHECK(worker.CountOf(Kind::kRequest) == 1);
}

TEST_CASE_METHOD(BusTest, "realtime goes before background when both wait") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1", {.window_requests = 1});
  frontend.Request({.body = "first"});
  frontend.Request({.lane = Lane::kBackground, .body = "background"});
  frontend.Request({.body = "realtime"});
  Texts seen;
  for (int i = 0; i < 3; ++i) {
    const auto requests = worker.Take(Kind::kRequest);
    seen.emplace_back(requests.at(0)->body);
    worker.Reply(*requests[0]);
  }
  CHECK(seen == Texts{"first", "realtime", "background"});
}

TEST_CASE_METHOD(BusTest, "calls between modules do not wait for the window") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& user = Serving("user-1", {.module = "user"});
  TestNode& worker = Serving("message-1", {.window_requests = 1});
  for (int i = 0; i < 5; ++i) frontend.Request({});
  user.Request({.lane = Lane::kInternal, .body = "internal"});
  const auto requests = worker.Take(Kind::kRequest);
  REQUIRE(requests.size() == 2);
  CHECK(requests[1]->body == "internal");
  // Its answer makes no room for others.
  worker.Reply(*requests[1]);
  CHECK(worker.CountOf(Kind::kRequest) == 0);
}

TEST_CASE_METHOD(BusTest, "calls between modules are bounded too") {
  TestNode& user = Serving("user-1", {.module = "user"});
  TestNode& worker = Serving("message-1");
  const Ask large{.lane = Lane::kInternal, .ttl_ms = 60'000, .body = std::string(4 << 20, 'x')};
  for (int i = 0; i < 20; ++i) user.Request(large);
  const size_t taken = worker.CountOf(Kind::kRequest);
  CHECK(taken >= 16);
  CHECK(taken < 20);
  RequireErrors(user, 20 - taken, Code::kOverloaded);
}

TEST_CASE_METHOD(BusTest, "when too many wait, the newcomer is refused and told when to come again") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1", {.window_requests = 1});
  for (size_t i = 0; i < 1 + kLaneRequestsMax; ++i) frontend.Request({.ttl_ms = 60'000});
  CHECK(frontend.CountOf(Kind::kReply) == 0);
  const RequestId last = frontend.Request({});
  const auto replies = frontend.Take(Kind::kReply);
  REQUIRE(replies.size() == 1);
  CHECK(replies[0]->request == last);
  CHECK(ErrorOf(*replies[0]).code == Code::kOverloaded);
  CHECK(ErrorOf(*replies[0]).retry_after_ms >= 200);
  CHECK(Counted(Count::kOverloaded) == 1);
  CHECK(worker.CountOf(Kind::kRequest) == 1);
}

TEST_CASE_METHOD(BusTest, "background makes way for realtime, newest first") {
  TestNode& frontend = Frontend("frontend-1");
  Serving("message-1", {.window_requests = 1});
  frontend.Request({.ttl_ms = 60'000});
  std::vector<RequestId> background;
  for (size_t i = 0; i < kLaneRequestsMax; ++i) {
    background.push_back(frontend.Request({.lane = Lane::kBackground, .ttl_ms = 60'000}));
  }
  frontend.Request({.ttl_ms = 60'000});
  frontend.Request({.ttl_ms = 60'000});
  const auto replies = frontend.Take(Kind::kReply);
  REQUIRE(replies.size() == 2);
  CHECK(replies[0]->request == background.back());
  CHECK(replies[1]->request == background[background.size() - 2]);
  CHECK(ErrorOf(*replies[0]).code == Code::kOverloaded);
  CHECK(Counted(Count::kShed) == 2);
  // And background that finds no room makes none.
  frontend.Request({.lane = Lane::kBackground});
  RequireErrors(frontend, 1, Code::kOverloaded);
}

TEST_CASE_METHOD(BusTest, "what waits past its deadline is given up as unavailable: nobody had it") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1", {.window_requests = 1});
  frontend.Request({.ttl_ms = 5'000});
  frontend.Request({.ttl_ms = 300});
  Pass(400);
  RequireErrors(frontend, 1, Code::kUnavailable);
  CHECK(Counted(Count::kLate) == 1);
  worker.Reply(*worker.Take(Kind::kRequest).at(0));
  CHECK(worker.CountOf(Kind::kRequest) == 0);
}

TEST_CASE_METHOD(BusTest, "a request without time left goes nowhere") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1");
  frontend.Request({.ttl_ms = 0});
  RequireErrors(frontend, 1, Code::kUnavailable);
  CHECK(worker.CountOf(Kind::kRequest) == 0);
}

TEST_CASE_METHOD(BusTest, "time spent waiting is taken from what is left") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1", {.window_requests = 1});
  frontend.Request({});
  frontend.Request({.ttl_ms = 2'000});
  Pass(500);
  worker.Reply(*worker.Take(Kind::kRequest).at(0));
  CHECK(worker.Take(Kind::kRequest).at(0)->ttl_ms == 1'500);
}

TEST_CASE_METHOD(BusTest, "a worker that never answers gets its window back after the deadlines") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1", {.window_requests = 2});
  for (int i = 0; i < 2; ++i) frontend.Request({.ttl_ms = 1'000});
  frontend.Request({.ttl_ms = 10'000, .body = "patient"});
  worker.Take(Kind::kRequest);
  Pass(1'000 + kAnswerGraceMs + 100);
  CHECK(worker.TakeBodies(Kind::kRequest) == Texts{"patient"});
  CHECK(Counted(Count::kUnanswered) == 2);
}

TEST_CASE_METHOD(BusTest, "a request that waits is not queued twice when it is asked again") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1", {.window_requests = 1});
  frontend.Request({.body = "first"});
  const RequestId id = frontend.Request({.body = "second"});
  frontend.Request({.body = "second", .id = id, .flags = wire::kResent});
  CHECK(Counted(Count::kDuplicate) == 1);
  worker.Reply(*worker.Take(Kind::kRequest).at(0));
  worker.Reply(*worker.Take(Kind::kRequest).at(0));
  CHECK(worker.CountOf(Kind::kRequest) == 0);
}

TEST_CASE_METHOD(BusTest, "a request asked again while the worker has it goes there again, and counts once") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1", {.window_requests = 2});
  const RequestId id = frontend.Request({});
  frontend.Request({.id = id, .flags = wire::kResent});
  frontend.Request({});
  const auto requests = worker.Take(Kind::kRequest);
  REQUIRE(requests.size() == 3);
  CHECK(requests[0]->request == requests[1]->request);
}

TEST_CASE_METHOD(BusTest, "a reply to nobody is counted") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1");
  frontend.Request({});
  frontend.Die();
  Pass(600);
  worker.Reply(*worker.Take(Kind::kRequest).at(0));
  CHECK(Counted(Count::kReplyNoTarget) == 1);
}

TEST_CASE_METHOD(BusTest, "a worker that stops reading holds up only what is for it") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& slow = Serving("message-1", {.window_requests = 100'000, .window_bytes = 1 << 30});
  TestNode& user = Serving("user-1", {.module = "user"});
  slow.StopReading();
  for (int i = 0; i < 100; ++i) frontend.Request({.ttl_ms = 60'000, .body = std::string(1 << 20, 'x')});
  RequireErrors(frontend, Counted(Count::kOverloaded), Code::kOverloaded);
  CHECK(Counted(Count::kOverloaded) > 0);
  frontend.Request({.module = "user"});
  CHECK(user.CountOf(Kind::kRequest) == 1);
  slow.ReadAgain();
  Pass(200);
  CHECK(slow.CountOf(Kind::kRequest) + Counted(Count::kOverloaded) == 100);
}

TEST_CASE_METHOD(BusTest, "a caller that stops reading loses replies, counted, and nobody else does") {
  TestNode& slow = Frontend("frontend-1");
  TestNode& other = Frontend("frontend-2");
  TestNode& worker = Serving("message-1");
  slow.StopReading();
  for (int i = 0; i < 80; ++i) {
    slow.Request({});
    worker.Reply(*worker.Take(Kind::kRequest).at(0), std::string(1 << 20, 'x'));
  }
  CHECK(Counted(Count::kReplyPipeFull) > 0);
  other.Request({});
  worker.Reply(*worker.Take(Kind::kRequest).at(0));
  CHECK(other.CountOf(Kind::kReply) == 1);
}

TEST_CASE_METHOD(BusTest, "envelopes that are not for their sender to send are counted and go nowhere") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1");
  frontend.Publish({"user:alice"});
  Envelope reply;
  reply.kind = Kind::kReply;
  reply.target = worker.id();
  frontend.Say(reply);
  worker.Subscribe({"user:alice"});
  for (const Kind kind : {Kind::kWelcome, Kind::kRefused, Kind::kUnknown, Kind::kAssign, Kind::kSlots, Kind::kRoutes,
                          Kind::kNodeGone, Kind::kDropped, Kind::kEvent, Kind::kDrain}) {
    Envelope envelope;
    envelope.kind = kind;
    worker.Say(envelope);
  }
  CHECK(Counted(Count::kMisplaced) == 13);
}

TEST_CASE_METHOD(BusTest, "malformed bytes end their batch, and cost nobody else anything") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& other = Frontend("frontend-2");
  TestNode& worker = Serving("message-1");
  Envelope request;
  request.kind = Kind::kRequest;
  request.module = "message";
  request.ttl_ms = 1'000;
  std::string batch;
  wire::Append(batch, request);
  const size_t one = batch.size();
  wire::Append(batch, request);
  batch[one + 5] = 77;  // no such kind
  frontend.SayBytes(batch);
  CHECK(worker.CountOf(Kind::kRequest) == 1);
  CHECK(Counted(Count::kMalformed) == 1);
  frontend.SayBytes("garbage");
  frontend.SayBytes("");
  other.Request({});
  frontend.Request({});
  CHECK(worker.CountOf(Kind::kRequest) == 3);
}

}  // namespace parley::bus
