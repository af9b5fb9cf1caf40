#include "common/wire/calls.h"

#include <catch2/catch.hpp>

#include "tests/wire/fake_bus.h"

namespace parley::wire {
namespace {

class CallsTest : public NodeListener, public CallListener {
 public:
  struct Ended {
    uint64_t tag;
    std::optional<Error> error;
    std::string result, directives;
  };

  CallsTest() { node.OnBatch(WelcomeBatch("bus-1"), now); }

  void OnRegistered(const std::string&) override { calls.OnRegistered(now); }
  void OnBusLost() override {}
  void OnRefused(const std::string&) override {}
  void OnEnvelope(const Envelope& envelope) override { handled = calls.OnEnvelope(envelope, now); }
  void OnCallReply(uint64_t tag, const CallReply& reply) override {
    ended.push_back({tag, reply.error, std::string(reply.result), std::string(reply.directives)});
  }

  RequestId Ask(uint64_t tag = 1, int64_t ttl_ms = 10'000, Slot slot = 7) {
    Envelope request;
    request.module = "message";
    request.method = "message.send";
    request.slot = slot;
    request.body = "arguments";
    return calls.Start(request, ttl_ms, now, *this, tag);
  }
  void Answer(const RequestId& id, std::string_view body = "result", uint8_t code = 0, Kind kind = Kind::kReply) {
    Envelope reply;
    reply.kind = kind;
    reply.request = id;
    reply.code = code;
    reply.body = body;
    reply.extra = code == 0 ? "directives" : "";
    reply.ttl_ms = code == 0 ? 0 : 250;
    node.OnBatch(Batch(reply), now);
  }
  void Refuse(const RequestId& id, Code code) { Answer(id, "why", static_cast<uint8_t>(code)); }
  void Move(const RequestId& id) { Answer(id, "", 0, Kind::kMoved); }
  void Pass(int64_t ms) {
    for (const int64_t until = now.mono_ms + ms; now.mono_ms < until;) {
      now.mono_ms += std::min<int64_t>(10, until - now.mono_ms);
      calls.Tick(now);
    }
  }
  size_t Sent() { return port.Take(Kind::kRequest).size(); }
  [[nodiscard]] Code EndedWith() const {
    REQUIRE(ended.size() == 1);
    REQUIRE(ended[0].error.has_value());
    return ended[0].error->code;
  }

  Now now{1'000, 0};
  FakePort port;
  Node node{SomeRegistration(), port, *this};
  Calls calls{node};
  std::vector<Ended> ended;
  bool handled = false;
};

}  // namespace

TEST_CASE_METHOD(CallsTest, "a call is sent, and its answer ends it") {
  const RequestId id = Ask(42);
  const auto sent = port.Take(Kind::kRequest);
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].envelope.request == id);
  CHECK(sent[0].envelope.ttl_ms == 10'000);
  CHECK(sent[0].envelope.flags == 0);
  CHECK(sent[0].envelope.body == "arguments");
  Answer(id);
  CHECK(handled);
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].tag == 42);
  CHECK_FALSE(ended[0].error.has_value());
  CHECK(ended[0].result == "result");
  CHECK(ended[0].directives == "directives");
  CHECK(calls.open() == 0);
  Answer(id);  // again, late: of no interest, but recognised
  CHECK(handled);
  CHECK(ended.size() == 1);
  Pass(20'000);
  CHECK(ended.size() == 1);
  CHECK(Sent() == 0);
}

TEST_CASE_METHOD(CallsTest, "an error is handed on with its message and when to retry") {
  Refuse(Ask(), Code::kOverloaded);
  REQUIRE(ended.size() == 1);
  CHECK(*ended[0].error == Error{Code::kOverloaded, "why", 250});
}

TEST_CASE_METHOD(CallsTest, "half way to the deadline the same request is sent again, once") {
  const RequestId id = Ask(1, 10'000);
  Pass(4'990);
  CHECK(Sent() == 1);
  Pass(30);
  const auto sent = port.Take(Kind::kRequest);
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].envelope.request == id);
  CHECK((sent[0].envelope.flags & kResent) != 0);
  CHECK(sent[0].envelope.ttl_ms <= 5'000);
  CHECK(sent[0].envelope.ttl_ms > 4'900);
  Pass(4'900);
  CHECK(Sent() == 0);
  CHECK(calls.resent() == 1);
}

TEST_CASE_METHOD(CallsTest, "at the deadline the outcome is unknown") {
  Ask(1, 1'000);
  Pass(990);
  CHECK(ended.empty());
  Pass(30);
  CHECK(EndedWith() == Code::kTimeout);
  CHECK(calls.open() == 0);
}

TEST_CASE_METHOD(CallsTest, "what was never sent did nothing") {
  node.OnBatch(PlainBatch(Kind::kUnknown), now);
  Ask(1, 1'000);
  Pass(1'050);
  CHECK(EndedWith() == Code::kUnavailable);
}

TEST_CASE_METHOD(CallsTest, "what was asked while the bus was away is sent when it is back") {
  node.OnBatch(PlainBatch(Kind::kUnknown), now);
  const RequestId id = Ask();
  CHECK(Sent() == 0);
  node.OnBatch(WelcomeBatch("bus-2"), now);
  CHECK(Sent() == 1);
  // The first sending that anybody may have seen: so a refusal is the truth.
  Refuse(id, Code::kUnavailable);
  CHECK(EndedWith() == Code::kUnavailable);
}

TEST_CASE_METHOD(CallsTest, "a refusal after an attempt that may have arrived means: unknown") {
  for (const Code code : {Code::kUnavailable, Code::kOverloaded}) {
    const RequestId id = Ask();
    Pass(5'020);
    Refuse(id, code);
    CHECK(EndedWith() == Code::kTimeout);
    ended.clear();
  }
  // Any other error is a worker's, who looked at the request.
  const RequestId id = Ask();
  Pass(5'020);
  Refuse(id, Code::kNotFound);
  CHECK(EndedWith() == Code::kNotFound);
}

TEST_CASE_METHOD(CallsTest, "when slots change, what was asked there is asked again, and nothing else") {
  const RequestId here = Ask(1, 10'000, 7);
  Ask(2, 10'000, 8);
  port.said.clear();
  calls.OnSlots({"message", true, {{7, 2}}}, now);
  const auto sent = port.Take(Kind::kRequest);
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].envelope.request == here);
  calls.OnSlots({"user", true, {{7, 2}, {8, 2}}}, now);
  calls.OnSlots({"message", true, {{-1, 2}, {256, 2}, {9, 1}}}, now);
  CHECK(Sent() == 0);
}

TEST_CASE_METHOD(CallsTest, "when the bus is another one, everything is asked again") {
  Ask(1, 10'000, 7);
  Ask(2, 10'000, 8);
  port.said.clear();
  node.OnBatch(WelcomeBatch("bus-2"), now);
  CHECK(Sent() == 2);
}

TEST_CASE_METHOD(CallsTest, "moved means: ask again in a moment, and nothing was done") {
  const RequestId id = Ask();
  port.said.clear();
  Move(id);
  CHECK(handled);
  CHECK(Sent() == 0);
  Pass(50);
  CHECK(Sent() == 1);
  Refuse(id, Code::kUnavailable);
  CHECK(EndedWith() == Code::kUnavailable);
}

TEST_CASE_METHOD(CallsTest, "moved again and again ends at the deadline") {
  const RequestId id = Ask(1, 500);
  for (int i = 0; i < 100 && ended.empty(); ++i) {
    Move(id);
    Pass(40);
  }
  REQUIRE(ended.size() == 1);
  CHECK(now.mono_ms <= 1'000 + 600);
}

TEST_CASE_METHOD(CallsTest, "a call that is forgotten ends without a word") {
  const RequestId id = Ask();
  calls.Forget(id);
  Answer(id);
  Pass(20'000);
  CHECK(ended.empty());
}

TEST_CASE_METHOD(CallsTest, "an open call is known by its id, to the one who made it") {
  const RequestId id = Ask(42);
  CHECK(calls.TagOf(id, *this) == 42);
  CallsTest somebody_else;
  CHECK(calls.TagOf(id, somebody_else) == std::nullopt);
  Answer(id);
  CHECK(calls.TagOf(id, *this) == std::nullopt);
}

TEST_CASE_METHOD(CallsTest, "many calls end each at its own time") {
  for (uint64_t tag = 0; tag < 1'000; ++tag) Ask(tag, static_cast<int64_t>(100 + tag * 7 % 900));
  Pass(1'100);
  REQUIRE(ended.size() == 1'000);
  std::vector<bool> seen(1'000);
  for (const Ended& one : ended) seen[one.tag] = true;
  CHECK(std::ranges::all_of(seen, [](bool b) { return b; }));
}

TEST_CASE_METHOD(CallsTest, "what is no answer is left to others") {
  node.OnBatch(PlainBatch(Kind::kEvent), now);
  CHECK_FALSE(handled);
}

TEST_CASE_METHOD(CallsTest, "what waits at the bus is asked once, and was not done when the bus says so") {
  calls.OnSlots({"message", false, {{7, 1}}}, now);
  const RequestId id = Ask();
  Pass(6'000);
  calls.OnSlots({"message", false, {{7, 1}}}, now);
  CHECK(Sent() == 1);
  Refuse(id, Code::kUnavailable);
  CHECK(EndedWith() == Code::kUnavailable);
}

TEST_CASE_METHOD(CallsTest, "what was begun where its slot left may have been done") {
  const RequestId id = Ask();
  Envelope moved;
  moved.kind = Kind::kMoved;
  moved.flags = kBegun;
  moved.request = id;
  node.OnBatch(Batch(moved), now);
  Pass(1'000);
  Refuse(id, Code::kUnavailable);
  CHECK(EndedWith() == Code::kTimeout);
}

TEST_CASE_METHOD(CallsTest, "what waited until its slot was served may have been done") {
  calls.OnSlots({"message", false, {{7, 1}}}, now);
  const RequestId id = Ask();
  calls.OnSlots({"message", true, {{7, 2}}}, now);
  calls.OnSlots({"message", false, {{7, 2}}}, now);
  Refuse(id, Code::kUnavailable);
  CHECK(EndedWith() == Code::kTimeout);
}

TEST_CASE_METHOD(CallsTest, "what waited at a bus that is heard no more may have been done") {
  const auto asks_and_loses_the_bus = [&] {
    calls.OnSlots({"message", false, {{7, 1}}}, now);
    const RequestId id = Ask(1, 1'000);
    node.OnBatch(PlainBatch(Kind::kUnknown), now);
    Pass(600);
    return id;
  };
  asks_and_loses_the_bus();
  Pass(450);
  CHECK(EndedWith() == Code::kTimeout);
  ended.clear();
  node.OnBatch(WelcomeBatch("bus-2"), now);
  const RequestId id = asks_and_loses_the_bus();
  node.OnBatch(WelcomeBatch("bus-3"), now);
  Refuse(id, Code::kUnavailable);
  CHECK(EndedWith() == Code::kTimeout);
}

TEST_CASE_METHOD(CallsTest, "what another bus said of a slot counts no more") {
  calls.OnSlots({"message", false, {{7, 1}}}, now);
  calls.OnRegistered(now);
  const RequestId id = Ask();
  Pass(6'000);
  Refuse(id, Code::kUnavailable);
  CHECK(EndedWith() == Code::kTimeout);
}

}  // namespace parley::wire
