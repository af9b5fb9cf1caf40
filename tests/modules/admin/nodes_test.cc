// The operator's view, made of what the bus knows.
#include "common/schema/json.h"
#include "tests/modules/admin/admin_fixture.h"

namespace parley::admin {
namespace {

using wire::FigureKind;

class NodesTest : public AdminTest {
 public:
  NodesTest() {
    Answers<wire::AskNodes>([this](const wire::AskNodes&) { return state; });
    Answers<wire::AskSlots>([](const wire::AskSlots& asked) {
      wire::SlotsState slots;
      if (asked.module.empty() || asked.module == "user") {
        slots.slots = {{"user", 0, 3, "user-1", true}, {"user", 1, 4, "user-2", false}};
      }
      return slots;
    });
  }

  void AddFrontend(const std::string& name, int64_t requests, std::vector<int64_t> send_latencies) {
    wire::Figures figures;
    figures.up_ms = 5'000;
    figures.sessions = 10;
    figures.figures = {{"requests", FigureKind::kCount, requests, requests / 10},
                       {"errors", FigureKind::kCount, 2, 0},
                       {"pushes", FigureKind::kCount, 30, 3},
                       {"connections", FigureKind::kGauge, 12, 0},
                       {"slow_client", FigureKind::kDrop, 4, 0}};
    wire::Latencies latencies;
    for (const int64_t us : send_latencies) latencies.Add(us);
    figures.methods = {{"message.send", static_cast<int64_t>(send_latencies.size()), 1, latencies.Packed()}};
    state.nodes.push_back({name, "frontend", "", "host-1", "0.1.0", 0, false, figures});
  }

  wire::NodesState state;
};

TEST_CASE_METHOD(NodesTest, "nodes are shown with what they told of themselves") {
  wire::Figures bus;
  bus.up_ms = 9'000;
  bus.figures = {{"late", FigureKind::kDrop, 3, 1}};
  state.nodes.push_back({"bus-1", "bus", "", "host-1", "0.1.0", 0, false, bus});
  AddFrontend("frontend-1", 100, {});
  state.nodes.push_back({"user-1", "worker", "user", "host-2", "0.1.0", 256, true, std::nullopt});
  const auto reply = Ask(Nodes{});
  REQUIRE(reply);
  REQUIRE(reply->nodes.size() == 3);
  CHECK(schema::JsonOf(schema::Encode(reply->nodes[0])).value() ==
        R"({"host":"host-1","kind":"bus","node":"bus-1","rates":{"late":1},"totals":{"late":3},)"
        R"("up_ms":9000,"version":"0.1.0"})");
  CHECK(schema::JsonOf(schema::Encode(reply->nodes[1])).value() ==
        R"({"host":"host-1","kind":"frontend","node":"frontend-1",)"
        R"("rates":{"errors":0,"pushes":3,"requests":10,"slow_client":0},"sessions":10,)"
        R"("totals":{"connections":12,"errors":2,"pushes":30,"requests":100,"slow_client":4},)"
        R"("up_ms":5000,"version":"0.1.0"})");
  // It has said nothing yet.
  CHECK(schema::JsonOf(schema::Encode(reply->nodes[2])).value() ==
        R"({"drained":true,"host":"host-2","kind":"worker","module":"user","node":"user-1","rates":{},"slots":256,)"
        R"("totals":{},"up_ms":0,"version":"0.1.0"})");
}

TEST_CASE_METHOD(NodesTest, "slots are served or parked") {
  const auto reply = Ask(Slots{});
  REQUIRE(reply);
  REQUIRE(reply->slots.size() == 2);
  CHECK(schema::JsonOf(schema::Encode(reply->slots[0])).value() ==
        R"({"epoch":3,"module":"user","primary":"user-1","slot":0,"standbys":[],"state":"serving"})");
  CHECK(reply->slots[1].state == "parked");
  CHECK(Ask(Slots{"user"})->slots.size() == 2);
  CHECK(Outcome(Slots{"poll"}) == "not_found");
}

TEST_CASE_METHOD(NodesTest, "statistics are of all frontends together") {
  std::vector<int64_t> fast(98, 5);
  AddFrontend("frontend-1", 100, fast);
  AddFrontend("frontend-2", 50, {1'000'000, 1'000'000});
  const auto reply = Ask(Stats{});
  REQUIRE(reply);
  REQUIRE(reply->methods.size() == 1);
  const MethodStats& sends = reply->methods[0];
  CHECK(sends.method == "message.send");
  CHECK(sends.count == 100);
  CHECK(sends.errors == 2);
  CHECK(sends.p50_us == 5);
  CHECK(sends.p99_us >= 1'000'000);
  CHECK(schema::JsonOf(reply->totals.bytes).value() ==
        R"({"commits":0,"drops":{"slow_client":8},"errors":4,"messages":98,"pushes":60,"requests":150,"sessions":20})");
}

TEST_CASE_METHOD(NodesTest, "draining is asked of the bus, and its word is passed on") {
  Answers<wire::AskDrain>([](const wire::AskDrain& asked) -> Result<wire::Left> {
    if (asked.node == "bus-1") return Fail(Code::kConflict, "node: a bus can't be drained");
    return wire::Left{128};
  });
  CHECK(Ask(Drain{"message-2", {}})->left == 128);
  CHECK(Outcome(Drain{"bus-1", {}}) == "conflict");
  CHECK(Outcome(Undrain{"message-2", {}}) == "ok");
  CHECK(Lines() == Texts{"1 root admin.drain message-2 ok", "2 root admin.drain bus-1 conflict",
                         "3 root admin.undrain message-2 ok"});
}

}  // namespace
}  // namespace parley::admin
