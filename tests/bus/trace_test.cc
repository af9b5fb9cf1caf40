// What the bus tells of a traced request.
#include "common/wire/trace.h"

#include "bus/limits.h"
#include "tests/bus/bus_kit.h"

namespace parley::bus {
namespace {

class TracingTest : public BusTest {
 public:
  RequestId Traces(TestNode& frontend, Ask ask = {}) {
    ask.flags |= wire::kTraced;
    return frontend.Request(ask);
  }
  // What it was told since the last look, of that request.
  static Texts Told(TestNode& frontend, const RequestId& id) {
    Texts told;
    for (const Letter& letter : frontend.Take(Kind::kHop)) {
      CHECK(letter->request == id);
      const auto hop = letter.As<wire::Hop>();
      told.push_back(hop.node + " " + hop.what);
    }
    return told;
  }
  // The worker's answer, as workers answer what is traced.
  static void Answers(TestNode& worker, const Envelope& request) {
    Envelope reply;
    reply.kind = Kind::kReply;
    reply.request = request.request;
    reply.target = request.source;
    reply.flags = wire::kTraced;
    reply.method = request.method;
    worker.Say(reply);
  }
};

TEST_CASE_METHOD(TracingTest, "whoever traces a request is told who got it and who answered") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1");
  now.wall_us = 1'700'000'000'123'456;
  const RequestId id = Traces(frontend);
  const auto hops = frontend.Take(Kind::kHop);
  REQUIRE(hops.size() == 1);
  CHECK(hops[0].As<wire::Hop>() == wire::Hop{"bus-1", "gives it to message-1", "message.send", now.wall_us});
  Answers(worker, *worker.Take(Kind::kRequest).at(0));
  CHECK(Told(frontend, id) == Texts{"bus-1 passes on the answer of message-1"});
  CHECK(frontend.CountOf(Kind::kReply) == 1);
}

TEST_CASE_METHOD(TracingTest, "what is not traced is told to nobody") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1");
  frontend.Request({});
  worker.Reply(*worker.Take(Kind::kRequest).at(0));
  CHECK(frontend.CountOf(Kind::kHop) == 0);
}

TEST_CASE_METHOD(TracingTest, "a request that waits for a worker says so, and goes on when it comes") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1");
  worker.Leave();
  const RequestId id = Traces(frontend);
  CHECK(Told(frontend, id) == Texts{"bus-1 waits until a worker serves it"});
  worker.Restart();
  worker.Register();
  CHECK(Told(frontend, id) == Texts{"bus-1 gives it to message-1"});
}

TEST_CASE_METHOD(TracingTest, "a request that waits for room at its worker says so") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1", {.window_requests = 1});
  frontend.Request({});
  const RequestId id = Traces(frontend);
  CHECK(Told(frontend, id) == Texts{"bus-1 waits for room at message-1"});
  worker.Reply(*worker.Take(Kind::kRequest).at(0));
  CHECK(Told(frontend, id) == Texts{"bus-1 gives it to message-1"});
}

TEST_CASE_METHOD(TracingTest, "a worker's hop reaches the one it is for") {
  TestNode& one = Frontend("frontend-1");
  TestNode& two = Frontend("frontend-2");
  TestNode& worker = Serving("message-1");
  const RequestId id = RequestId::Random();
  std::string hop;
  wire::AppendHop(hop, {two.id(), id}, {"message-1", "begins", "message.send", 5});
  worker.SayBytes(hop);
  CHECK(Told(two, id) == Texts{"message-1 begins"});
  CHECK(one.CountOf(Kind::kHop) == 0);
}

TEST_CASE_METHOD(TracingTest, "only workers tell hops; one for nobody is dropped") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& other = Frontend("frontend-2");
  TestNode& worker = Serving("message-1");
  std::string hop;
  wire::AppendHop(hop, {frontend.id(), RequestId::Random()}, {"frontend-2", "lies", "message.send", 5});
  other.SayBytes(hop);
  CHECK(frontend.CountOf(Kind::kHop) == 0);
  hop.clear();
  wire::AppendHop(hop, {NodeId{12345}, RequestId::Random()}, {"message-1", "begins", "message.send", 5});
  worker.SayBytes(hop);
  CHECK(frontend.CountOf(Kind::kHop) == 0);
}

}  // namespace
}  // namespace parley::bus
