// What workers ask the bus itself.
#include "bus/operator.h"

#include "bus/limits.h"
#include "tests/bus/bus_kit.h"

namespace parley::bus {
namespace {

struct Poll {
  using Reply = wire::Left;
  static constexpr std::string_view kMethod = "bus.poll";
  static constexpr std::tuple<> kFields{};
};

struct NoNode {
  using Reply = wire::Left;
  static constexpr std::string_view kMethod = "bus.drain";
  static constexpr std::tuple<> kFields{};
};

class OperatorTest : public BusTest {
 public:
  // What the bus answers this worker; errors too.
  template <class Request>
  Result<typename Request::Reply> AskBus(TestNode& asker, const Request& request, Access role = Access::kModule) {
    const std::string body = schema::Encode(request);
    Envelope envelope;
    envelope.kind = Kind::kRequest;
    envelope.module = "bus";
    envelope.method = Request::kMethod;
    envelope.role = role;
    envelope.lane = Lane::kInternal;
    envelope.ttl_ms = 1'000;
    envelope.request = RequestId::Random();
    envelope.body = body;
    asker.Say(envelope);
    const std::vector<Letter> replies = asker.Take(Kind::kReply);
    REQUIRE(replies.size() == 1);
    CHECK(replies[0]->request == envelope.request);
    if (replies[0]->code != 0) return Fail(ErrorOf(*replies[0]));
    return replies[0].As<typename Request::Reply>();
  }
  template <class Request>
  std::optional<Code> Refusal(TestNode& asker, const Request& request, Access role = Access::kModule) {
    const auto result = AskBus(asker, request, role);
    return result ? std::nullopt : std::optional(result.error().code);
  }
  static void TellsFigures(TestNode& node, std::string_view body) {
    Envelope heartbeat;
    heartbeat.body = body;
    node.Say(heartbeat);
  }
  // What a frontend was told of draining since the last look.
  static std::vector<bool> Drains(TestNode& frontend) {
    std::vector<bool> told;
    for (const Letter& letter : frontend.Take(Kind::kDrain)) told.push_back(letter.As<wire::DrainNotice>().on);
    return told;
  }
};

TEST_CASE_METHOD(OperatorTest, "the bus tells who is there, itself first, with what each told of itself") {
  TestNode& admin = Serving("admin-1", {.module = "admin"});
  TestNode& frontend = Frontend("frontend-1");
  const wire::Figures figures{5'000, 3, {{"requests", wire::FigureKind::kCount, 10, 2}}, {}};
  TellsFigures(frontend, schema::Encode(figures));
  Pass(1'000);
  const auto state = AskBus(admin, wire::AskNodes{});
  REQUIRE(state);
  REQUIRE(state->nodes.size() == 3);
  CHECK(state->nodes[0].kind == "bus");
  CHECK(state->nodes[0].node == "bus-1");
  REQUIRE(state->nodes[0].figures);
  CHECK(state->nodes[0].figures->up_ms > 1'000);
  CHECK(state->nodes[1] == wire::NodeState{"admin-1", "worker", "admin", "host-1", "0.1.0", 256, false, std::nullopt});
  CHECK(state->nodes[2] == wire::NodeState{"frontend-1", "frontend", "", "host-2", "0.1.0", 0, false, figures});
}

TEST_CASE_METHOD(OperatorTest, "the bus counts, and knows what of that somebody did not get") {
  TestNode& admin = Serving("admin-1", {.module = "admin"});
  TestNode& frontend = Frontend("frontend-1");
  frontend.Request({.module = "poll", .ttl_ms = 0});
  Pass(1'100);
  const auto state = AskBus(admin, wire::AskNodes{});
  const auto figure = [&](std::string_view name) {
    for (const wire::Figure& one : state->nodes[0].figures->figures) {
      if (one.name == name) return one;
    }
    return wire::Figure{};
  };
  CHECK(figure("late").kind == wire::FigureKind::kDrop);
  CHECK(figure("late").value == 1);
  CHECK(figure("requests").kind == wire::FigureKind::kCount);
  CHECK(figure("requests").value == 1);
  CHECK(figure("nodes").value == 2);
}

TEST_CASE_METHOD(OperatorTest, "figures that cannot be read cost only the node that told them") {
  TestNode& admin = Serving("admin-1", {.module = "admin"});
  TestNode& frontend = Frontend("frontend-1");
  TellsFigures(frontend, "nonsense");
  TellsFigures(admin, std::string(kFiguresBytesMax + 1, 'x'));
  const auto state = AskBus(admin, wire::AskNodes{});
  REQUIRE(state);
  CHECK_FALSE(state->nodes[1].figures);
  CHECK_FALSE(state->nodes[2].figures);
}

TEST_CASE_METHOD(OperatorTest, "the bus answers workers that ask for themselves, and nobody else") {
  TestNode& admin = Serving("admin-1", {.module = "admin"});
  TestNode& frontend = Frontend("frontend-1");
  CHECK(Refusal(frontend, wire::AskNodes{}) == Code::kForbidden);
  CHECK(Refusal(admin, wire::AskNodes{}, Access::kAdmin) == Code::kForbidden);
  CHECK_FALSE(Refusal(admin, wire::AskNodes{}));
}

TEST_CASE_METHOD(OperatorTest, "what the bus does not understand is an error") {
  TestNode& admin = Serving("admin-1", {.module = "admin"});
  CHECK(Refusal(admin, Poll{}) == Code::kUnsupported);
  CHECK(Refusal(admin, NoNode{}) == Code::kBadRequest);
}

TEST_CASE_METHOD(OperatorTest, "no worker may call itself the bus") {
  CHECK(Worker("bus-2", {.module = "bus"}).Refusal().find("belongs to the bus") != std::string::npos);
}

TEST_CASE_METHOD(OperatorTest, "slots that move are served, and say where they go") {
  TestNode& admin = Serving("admin-1", {.module = "admin"});
  Serving("message-1");
  Worker("message-2");
  Pass(1'000);
  const auto slots = AskBus(admin, wire::AskSlots{"message"});
  REQUIRE(slots);
  CHECK(std::ranges::count(slots->slots, "message-2", &wire::SlotState::moves_to) == Moves::kAtOnce);
  CHECK(std::ranges::all_of(slots->slots, &wire::SlotState::serving));
}

TEST_CASE_METHOD(OperatorTest, "slots are served while their worker takes requests") {
  TestNode& admin = Serving("admin-1", {.module = "admin"});
  TestNode& worker = Serving("message-1");
  auto slots = AskBus(admin, wire::AskSlots{"message"});
  REQUIRE(slots);
  REQUIRE(slots->slots.size() == 256);
  CHECK(slots->slots[7] == wire::SlotState{"message", 7, 1, "message-1", true});
  CHECK(AskBus(admin, wire::AskSlots{})->slots.size() == 512);
  CHECK(AskBus(admin, wire::AskSlots{"poll"})->slots.empty());

  worker.Die();
  Pass(1'000);
  slots = AskBus(admin, wire::AskSlots{"message"});
  CHECK(slots->slots[7] == wire::SlotState{"message", 7, 1, "message-1", false});
  worker.Restart();
  worker.Register();
  CHECK(AskBus(admin, wire::AskSlots{"message"})->slots[7] == wire::SlotState{"message", 7, 2, "message-1", true});
  worker.FallSilent();
  Pass(kSilentMs + 100);
  CHECK_FALSE(AskBus(admin, wire::AskSlots{"message"})->slots[7].serving);
}

TEST_CASE_METHOD(OperatorTest,
                 "a drained frontend is told so, again whenever it registers, until it is drained no more") {
  TestNode& admin = Serving("admin-1", {.module = "admin"});
  TestNode& frontend = Frontend("frontend-1");
  CHECK(Drains(frontend) == std::vector<bool>{false});
  CHECK(AskBus(admin, wire::AskDrain{"frontend-1"})->left == 0);
  CHECK(Drains(frontend) == std::vector<bool>{true});
  frontend.Restart();
  frontend.Register();
  Pass(1'000);
  CHECK(Drains(frontend) == std::vector<bool>{true});
  RestartBus();
  admin.Register();
  frontend.Register();
  CHECK(Drains(frontend) == std::vector<bool>{true});
  Settle();
  CHECK(AskBus(admin, wire::AskNodes{})->nodes[2].drained);
  CHECK(AskBus(admin, wire::AskUndrain{"frontend-1"})->left == 0);
  CHECK(Drains(frontend) == std::vector<bool>{false});
  RestartBus();
  frontend.Register();
  CHECK(Drains(frontend) == std::vector<bool>{false});
}

TEST_CASE_METHOD(OperatorTest,
                 "a drained worker keeps what it has, says how much, and gets no slots of what settles later") {
  TestNode& admin = Serving("admin-1", {.module = "admin"});
  TestNode& old = Serving("message-1");
  CHECK(AskBus(admin, wire::AskDrain{"message-1"})->left == 256);
  CHECK(AskBus(admin, wire::AskDrain{"message-1"})->left == 256);
  old.Restart();
  old.Register();
  Pass(1'000);
  CHECK(old.Slots()->size() == 256);

  TestNode& drained = Worker("poll-1", {.module = "poll"});
  CHECK(AskBus(admin, wire::AskDrain{"poll-1"})->left == 0);
  TestNode& other = Worker("poll-2", {.module = "poll"});
  Settle();
  CHECK(other.Slots()->size() == 256);
  REQUIRE(drained.Slots().has_value());  // it is told, so that it need not wait
  CHECK(drained.Slots()->empty());
}

TEST_CASE_METHOD(OperatorTest, "a module whose workers are all drained settles when one of them is drained no more") {
  TestNode& admin = Serving("admin-1", {.module = "admin"});
  TestNode& worker = Worker("poll-1", {.module = "poll"});
  REQUIRE(AskBus(admin, wire::AskDrain{"poll-1"}));
  Settle();
  CHECK_FALSE(worker.Slots().has_value());
  REQUIRE(AskBus(admin, wire::AskUndrain{"poll-1"}));
  Pass(100);
  CHECK(worker.Slots()->size() == 256);
}

TEST_CASE_METHOD(OperatorTest, "who is not known cannot be drained, nor can the bus") {
  TestNode& admin = Serving("admin-1", {.module = "admin"});
  CHECK(Refusal(admin, wire::AskDrain{"nobody"}) == Code::kNotFound);
  CHECK(Refusal(admin, wire::AskUndrain{"nobody"}) == Code::kNotFound);
  CHECK(Refusal(admin, wire::AskDrain{"bus-1"}) == Code::kConflict);
  TestNode& worker = Serving("message-1");
  worker.Die();
  Pass(1'000);
  CHECK(AskBus(admin, wire::AskDrain{"message-1"})->left == 256);  // it is away, and known
}

TEST_CASE_METHOD(OperatorTest, "when the disk fails, a drain is acknowledged to nobody") {
  TestNode& admin = Serving("admin-1", {.module = "admin"});
  TestNode& frontend = Frontend("frontend-1");
  Drains(frontend);
  kv->Poison("the disk is gone");
  const std::string body = schema::Encode(wire::AskDrain{"frontend-1"});
  Envelope envelope;
  envelope.kind = Kind::kRequest;
  envelope.module = "bus";
  envelope.method = wire::AskDrain::kMethod;
  envelope.role = Access::kModule;
  envelope.ttl_ms = 1'000;
  envelope.request = RequestId::Random();
  envelope.body = body;
  admin.Say(envelope);
  Pass(100);
  CHECK(router->failure().has_value());
  CHECK(admin.CountOf(Kind::kReply) == 0);
  CHECK(Drains(frontend).empty());
}

}  // namespace
}  // namespace parley::bus
