#include "common/module/worker.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "common/testing/module_harness.h"
#include "tests/module/sample_module.h"

using namespace parley;
using namespace parley::sample;
using parley::testing::Answer;
using parley::testing::ModuleHarness;
using parley::testing::Published;

namespace {

class WorkerTest {
 public:
  WorkerTest() { Permitting(1); }

  Result<Count> AddOne(const std::string& counter, std::optional<std::string> id = std::nullopt) {
    return worker.Call(alice, Add{counter, 1, std::move(id)});
  }
  int64_t Value(const std::string& counter) { return worker.Call(ModuleHarness::Nobody(), Get{counter})->value; }
  void Permitting(int64_t by) {
    worker.Stub("elsewhere.permit", [by](const Caller&, std::string_view) { return schema::Encode(Count{by}); });
  }
  template <class Request>
  Answer Again(const Request& request, RequestId id) {
    return worker.CallEncoded(alice, Request::kMethod, schema::Encode(request), id);
  }
  static std::string CodeOf(const Result<Count>& result) {
    return result ? "ok" : std::string(NameOf(result.error().code));
  }

  ModuleHarness worker{"sample", [](module::Host& host) { return std::make_unique<SampleModule>(host); }};
  Caller alice = ModuleHarness::As("alice"), bob = ModuleHarness::As("bob", 2, "s2");
};

}  // namespace

TEST_CASE_METHOD(WorkerTest, "what was answered is there after a crash") {
  REQUIRE(AddOne("c")->value == 1);
  REQUIRE(AddOne("c")->value == 2);
  worker.Crash();
  CHECK(Value("c") == 2);
}

TEST_CASE_METHOD(WorkerTest, "the same id gives the same result and no second effect, also after a crash") {
  REQUIRE(AddOne("c", "i1")->value == 1);
  REQUIRE(AddOne("c")->value == 2);
  CHECK(AddOne("c", "i1")->value == 1);
  worker.Crash();
  CHECK(AddOne("c", "i1")->value == 1);
  CHECK(Value("c") == 2);
}

TEST_CASE_METHOD(WorkerTest, "the same id with other arguments or another method is a conflict") {
  REQUIRE(AddOne("c", "i1"));
  CHECK(CodeOf(worker.Call(alice, Add{"c", 2, "i1"})) == "conflict");
  CHECK(CodeOf(worker.Call(alice, AddBoth{"c", "d", false, "i1"})) == "conflict");
  CHECK(Value("c") == 1);
}

TEST_CASE_METHOD(WorkerTest, "ids are the caller's own, at one key") {
  REQUIRE(AddOne("c", "i1")->value == 1);
  CHECK(worker.Call(bob, Add{"c", 1, "i1"})->value == 2);
  CHECK(AddOne("d", "i1")->value == 1);
}

TEST_CASE_METHOD(WorkerTest, "errors are not remembered") {
  CHECK(CodeOf(worker.Call(alice, Add{"c", 0, "i1"})) == "bad_request");
  CHECK(worker.Call(alice, Add{"c", 1, "i1"})->value == 1);
}

TEST_CASE_METHOD(WorkerTest, "ids are forgotten after a day") {
  REQUIRE(AddOne("c", "i1")->value == 1);
  worker.Advance(25 * 3600 * 1000);
  CHECK(AddOne("c", "i1")->value == 2);
}

TEST_CASE_METHOD(WorkerTest, "a request repeated by its caller is done once") {
  const RequestId id = RequestId::Random();
  const Answer first = Again(Add{"c", 5, std::nullopt}, id);
  const Answer second = Again(Add{"c", 5, std::nullopt}, id);
  worker.Crash();
  const Answer third = Again(Add{"c", 5, std::nullopt}, id);
  CHECK(first.result.value() == second.result.value());
  CHECK(first.result.value() == third.result.value());
  CHECK(Value("c") == 5);
}

TEST_CASE_METHOD(WorkerTest, "a handler that fails leaves nothing behind") {
  CHECK(CodeOf(worker.Call(alice, AddAndFail{"c"})) == "conflict");
  CHECK(Value("c") == 0);
  CHECK(worker.TakePublished().empty());
}

TEST_CASE_METHOD(WorkerTest, "events name their topics, their causer and the connection that has the answer") {
  REQUIRE(AddOne("c"));
  const std::vector<Published> events = worker.TakePublished();
  REQUIRE(events.size() == 1);
  CHECK(events[0].method == "sample.added");
  CHECK(events[0].Reaches("counters"));
  CHECK(events[0].user == "alice");
  CHECK(events[0].except == alice.connection);
  CHECK(schema::Decode<Added>(events[0].body)->value == 1);
}

TEST_CASE_METHOD(WorkerTest, "who may not call is refused") {
  CHECK(CodeOf(worker.Call(ModuleHarness::Nobody(), Add{"c", 1, std::nullopt})) == "unauthenticated");
  CHECK(worker.CallEncoded(alice, "sample.none", "\x80").result.error().code == Code::kUnsupported);
}

TEST_CASE_METHOD(WorkerTest, "arguments that are wrong are named") {
  const auto error_of = [&](std::string_view bytes) {
    return worker.CallEncoded(alice, "sample.add", std::string(bytes)).result.error();
  };
  CHECK(error_of("\x80").message == "counter: missing");
  CHECK(error_of("\xC1").message == "MessagePack: malformed");
  CHECK(error_of("\x81\xA7"
                 "counter\x05")
            .message == "counter: must be text");
}

TEST_CASE_METHOD(WorkerTest, "an intent is delivered, once, and before the answer where the handler waits for it") {
  REQUIRE(worker.Call(alice, AddBoth{"c", "d", true, std::nullopt})->value == 1);
  CHECK(Value("d") == 1);
  REQUIRE(worker.Call(alice, AddBoth{"c", "d", false, std::nullopt})->value == 2);
  worker.Advance(10'000);
  CHECK(Value("d") == 2);
}

TEST_CASE_METHOD(WorkerTest,
                 "an answer waits for its deliveries, and so does that of every repetition, also after a crash") {
  bool reachable = false;
  int notes = 0;
  worker.Stub("elsewhere.note", [&](const Caller&, std::string_view) -> Result<std::string> {
    if (!reachable) return Fail(Code::kUnavailable, "later");
    ++notes;
    return schema::Encode(Count{1});
  });
  const std::string arguments = schema::Encode(AddAndTell{"c", "i1"});
  const auto send = [&](RequestId id) { worker.Send(alice, AddAndTell::kMethod, arguments, id); };
  const RequestId before = RequestId::Random(), joined = RequestId::Random(), after = RequestId::Random();
  send(before);
  worker.Advance(1'000);
  send(joined);
  worker.Advance(1'000);
  CHECK(Value("c") == 1);  // the effect is there, the answer is not
  worker.Crash();
  send(after);
  worker.Advance(1'000);
  CHECK_FALSE(worker.Answered(after));
  reachable = true;
  CHECK(schema::Decode<Count>(*worker.Await(after).result)->value == 1);
  CHECK(worker.Call(alice, AddAndTell{"c", "i1"})->value == 1);
  CHECK(Value("c") == 1);
  CHECK(notes == 1);
}

TEST_CASE_METHOD(WorkerTest, "a coroutine awaits another module and a helper thread") {
  Permitting(7);
  CHECK(worker.Call(alice, AddSlowly{"c", "i1"})->value == 7);
  CHECK(worker.Call(alice, AddSlowly{"c", "i1"})->value == 7);
  CHECK(Value("c") == 7);
}

TEST_CASE_METHOD(WorkerTest, "an error of another module reaches the one who asked") {
  worker.Stub("elsewhere.permit",
              [](const Caller&, std::string_view) -> Result<std::string> { return Fail(Code::kForbidden, "no"); });
  CHECK(CodeOf(worker.Call(alice, AddSlowly{"c", "i1"})) == "forbidden");
  Permitting(1);
  CHECK(worker.Call(alice, AddSlowly{"c", "i1"})->value == 1);
}

TEST_CASE_METHOD(WorkerTest, "a crash while a handler awaits leaves either all of its effect or none") {
  // The answer is held back by a stub that fails until after the crash.
  worker.Stub("elsewhere.permit",
              [](const Caller&, std::string_view) -> Result<std::string> { return Fail(Code::kUnavailable, "later"); });
  CHECK(CodeOf(worker.Call(alice, AddSlowly{"c", "i1"})) == "unavailable");
  worker.Crash();
  CHECK(Value("c") == 0);
  Permitting(3);
  CHECK(worker.Call(alice, AddSlowly{"c", "i1"})->value == 3);
}

TEST_CASE_METHOD(WorkerTest, "realtime requests are answered before background ones that came earlier") {
  std::vector<RequestId> asked;
  const auto ask = [&](const auto& request) {
    asked.push_back(RequestId::Random());
    worker.Send(alice, request.kMethod, schema::Encode(request), asked.back());
  };
  for (int i = 0; i < 5; ++i) ask(GetPage{"c", 900'000});
  ask(Get{"c"});
  worker.TakeAnswered();
  worker.Settle();
  std::rotate(asked.begin(), asked.end() - 1, asked.end());
  CHECK(worker.TakeAnswered() == asked);
}

TEST_CASE_METHOD(WorkerTest, "while the bus does not keep up, background requests wait and realtime ones do not") {
  worker.Congest(true);
  const RequestId page = RequestId::Random();
  worker.Send(alice, GetPage::kMethod, schema::Encode(GetPage{"c", 10}), page);
  worker.TakeAnswered();
  CHECK(AddOne("c"));
  CHECK(worker.TakeAnswered().size() == 1);
  worker.Congest(false);
  CHECK(worker.Await(page).result);
}

TEST_CASE_METHOD(WorkerTest, "a background request is answered once, though asked twice, and not after its deadline") {
  worker.Congest(true);
  const RequestId page = RequestId::Random(), late = RequestId::Random();
  for (int i = 0; i < 2; ++i) worker.Send(alice, GetPage::kMethod, schema::Encode(GetPage{"c", 10}), page);
  worker.TakeAnswered();
  worker.Congest(false);
  worker.Settle();
  CHECK(worker.TakeAnswered() == std::vector{page});
  worker.Congest(true);
  worker.Send(alice, GetPage::kMethod, schema::Encode(GetPage{"c", 10}), late);
  worker.Advance(11'000);
  worker.Congest(false);
  CHECK(worker.Await(late).result.error().code == Code::kUnavailable);
}

TEST_CASE_METHOD(WorkerTest, "a module hears of the slots it gains") {
  CHECK(static_cast<SampleModule&>(worker.module()).slots_gained == kSlots);
  worker.Crash();
  CHECK(static_cast<SampleModule&>(worker.module()).slots_gained == kSlots);
}

TEST_CASE_METHOD(WorkerTest, "a module hears of refused calls of its audited routes, and of no others") {
  const auto refusals = [&] { return std::exchange(static_cast<SampleModule&>(worker.module()).refusals, {}); };
  const Caller root = ModuleHarness::AsAdmin("root");
  const std::string good = schema::Encode(Guarded{"c", false, false, "i1"});
  CHECK(worker.Call(root, Guarded{"c", false, false, "i1"})->value == 1);
  CHECK(worker.Call(root, Guarded{"c", false, false, "i1"})->value == 1);
  CHECK(refusals().empty());

  CHECK(CodeOf(worker.Call(alice, Guarded{"c", false, false, {}})) == "forbidden");
  CHECK(refusals() == std::vector<std::string>{"alice forbidden c"});
  CHECK(worker
            .CallEncoded(root, Guarded::kMethod,
                         "\x81\xA7"
                         "counter\x05")
            .result.error()
            .code == Code::kBadRequest);
  CHECK(refusals() == std::vector<std::string>{"root bad_request -"});
  CHECK(CodeOf(worker.Call(root, Guarded{"c", false, true, {}})) == "conflict");
  CHECK(refusals() == std::vector<std::string>{"root conflict c"});
  CHECK(CodeOf(worker.Call(root, Guarded{"c", true, false, "i1"})) == "conflict");  // the id
  CHECK(refusals() == std::vector<std::string>{"root conflict c"});
  CHECK(CodeOf(worker.Call(alice, Add{"c", 0, {}})) == "bad_request");
  CHECK(refusals().empty());
  CHECK(Value("c") == 1);
}

TEST_CASE_METHOD(WorkerTest, "what a module notes of a refused call is durable, and nothing else of it") {
  CHECK(CodeOf(worker.Call(ModuleHarness::AsAdmin("root"), Guarded{"c", false, true, {}})) == "conflict");
  CHECK(CodeOf(worker.Call(alice, Guarded{"c", false, false, {}})) == "forbidden");
  worker.Crash();
  CHECK(Value("c") == 0);
  const auto noted = worker.disk().Get(store::KeyOf(SlotOf("c"), CounterRow{"c-refused"}));
  REQUIRE(noted);
  CHECK(schema::Decode<Count>(*noted)->value == 2);
  CHECK(worker.TakePublished().size() == 2);  // of the notes
}

TEST_CASE_METHOD(WorkerTest, "a call that is refused after it awaited is told without its arguments") {
  worker.Stub("elsewhere.permit",
              [](const Caller&, std::string_view) -> Result<std::string> { return Fail(Code::kNotFound, "no"); });
  CHECK(CodeOf(worker.Call(ModuleHarness::AsAdmin("root"), Guarded{"c", true, false, {}})) == "not_found");
  CHECK(static_cast<SampleModule&>(worker.module()).refusals == std::vector<std::string>{"root not_found -"});
}
