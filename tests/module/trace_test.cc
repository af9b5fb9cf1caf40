// What a worker tells of a traced request, in which order, and to whom.
#include <catch2/catch.hpp>

#include "common/testing/module_harness.h"
#include "tests/module/sample_module.h"

using namespace parley;
using namespace parley::sample;
using parley::testing::Answer;
using parley::testing::ModuleHarness;

namespace {

using Lines = std::vector<std::string>;

class TraceTest {
 public:
  TraceTest() {
    worker.Stub("elsewhere.permit", [](const Caller&, std::string_view) { return schema::Encode(Count{1}); });
  }

  template <class Request>
  RequestId Asks(const Request& request, uint8_t flags = wire::kTraced, RequestId id = RequestId::Random()) {
    worker.Send(alice, Request::kMethod, schema::Encode(request), id, flags);
    return id;
  }
  // The hops since the last look: who, what, and of which method where it is not `method`.
  Lines Told(const std::string& method) {
    Lines lines;
    for (const wire::Hop& hop : worker.TakeHops()) {
      lines.push_back(hop.node + " " + hop.what + (hop.method == method ? "" : " (" + hop.method + ")"));
    }
    return lines;
  }

  ModuleHarness worker{"sample", [](module::Host& host) { return std::make_unique<SampleModule>(host); }};
  Caller alice = ModuleHarness::As("alice");
};

TEST_CASE_METHOD(TraceTest, "a change is told from its beginning over the disk to its answer") {
  const Answer answer = worker.Await(Asks(Add{"c", 1, std::nullopt}));
  CHECK(answer.result);
  CHECK(Told("sample.add") == Lines{"sample-1 begins", "sample-1 writes to the disk", "sample-1 answers"});
}

TEST_CASE_METHOD(TraceTest, "what is not traced is told to nobody") {
  CHECK(worker.Await(Asks(Add{"c", 1, std::nullopt}, 0)).result);
  CHECK(worker.Await(Asks(AddSlowly{"c", std::nullopt}, 0)).result);
  CHECK(Told("").empty());
}

TEST_CASE_METHOD(TraceTest, "what only reads goes to no disk") {
  CHECK(worker.Await(Asks(Get{"c"})).result);
  CHECK(Told("sample.get") == Lines{"sample-1 begins", "sample-1 answers"});
}

TEST_CASE_METHOD(TraceTest, "what other modules are asked is told, and what they tell is passed on") {
  CHECK(worker.Await(Asks(AddSlowly{"c", std::nullopt})).result);
  CHECK(Told("sample.add_slowly") == Lines{"sample-1 begins", "sample-1 asks elsewhere.permit",
                                           "stub is asked (elsewhere.permit)", "sample-1 goes on",
                                           "sample-1 computes on a helper thread", "sample-1 goes on",
                                           "sample-1 writes to the disk", "sample-1 answers"});
}

TEST_CASE_METHOD(TraceTest, "a refused request is told of, too") {
  CHECK_FALSE(worker.Await(Asks(AddAndFail{"c"})).result);
  CHECK(Told("sample.add_and_fail") == Lines{"sample-1 begins", "sample-1 answers"});
  worker.Send(alice, "sample.none", "", RequestId::Random(), wire::kTraced);
  worker.Settle();
  CHECK(Told("sample.none") == Lines{"sample-1 begins", "sample-1 answers"});
}

TEST_CASE_METHOD(TraceTest, "a large page waits for its turn") {
  CHECK(worker.Await(Asks(GetPage{"c", 10})).result);
  CHECK(Told("sample.get_page") == Lines{"sample-1 has it wait for its turn", "sample-1 begins", "sample-1 answers"});
}

TEST_CASE_METHOD(TraceTest, "an answer that waits for others to be told says so") {
  CHECK(worker.Await(Asks(AddBoth{"c", "d", true, std::nullopt})).result);
  const Lines told = Told("sample.add_both");
  CHECK(std::ranges::find(told, "sample-1 waits until those concerned were told") != told.end());
  CHECK(told.back() == "sample-1 answers");
}

TEST_CASE_METHOD(TraceTest, "of two who ask the same, the one who traces is told") {
  const RequestId plain = Asks(AddSlowly{"c", "i1"}, 0), traced = Asks(AddSlowly{"c", "i1"});
  CHECK(worker.Await(plain).result);
  CHECK(worker.Await(traced).result);
  const Lines told = Told("sample.add_slowly");
  REQUIRE_FALSE(told.empty());
  CHECK(told.front() == "sample-1 begins");
  CHECK(told.back() == "sample-1 answers");
}

}  // namespace
