// The operator's view: admin.nodes, slots, drain, undrain, stats. The bus knows who is there and keeps what each node
// told of itself last (common/wire/figures.h); here it is added up.
#include <algorithm>
#include <map>

#include "common/wire/operator.h"
#include "modules/admin/admin.h"

namespace parley::admin {
namespace {

using wire::FigureKind;

const std::string kBusKey(wire::kBusModule);

// Name to number, as a map.
schema::Encoded MapOf(const std::map<std::string, int64_t>& numbers) {
  schema::Encoded encoded;
  schema::Writer writer(encoded.bytes);
  writer.Map(numbers.size());
  for (const auto& [name, number] : numbers) {
    writer.Text(name);
    writer.Int(number);
  }
  return encoded;
}

NodeEntry EntryOf(const wire::NodeState& state) {
  NodeEntry node;
  node.node = state.node;
  node.kind = state.kind;
  node.host = state.host;
  node.version = state.version;
  node.drained = state.drained;
  if (state.kind == "worker") {
    node.module = state.module;
    node.slots = state.slots;
  }
  std::map<std::string, int64_t> rates, totals;
  if (state.figures) {
    node.up_ms = state.figures->up_ms;
    node.sessions = state.figures->sessions;
    for (const wire::Figure& figure : state.figures->figures) {
      totals[figure.name] = figure.value;
      if (figure.kind != FigureKind::kGauge) rates[figure.name] = figure.per_second;
    }
  }
  node.rates = MapOf(rates);
  node.totals = MapOf(totals);
  return node;
}

// What all nodes counted together.
struct Sum {
  struct Method {
    int64_t count = 0, errors = 0;
    wire::Latencies latencies;
  };
  std::map<std::string, Method> methods;
  std::map<std::string, int64_t> frontends, workers, drops;
  int64_t sessions = 0;

  void Add(const wire::NodeState& node) {
    if (!node.figures) return;
    sessions += node.figures->sessions.value_or(0);
    for (const wire::Figure& figure : node.figures->figures) {
      if (figure.kind == FigureKind::kDrop) drops[figure.name] += figure.value;
      if (figure.kind == FigureKind::kCount && node.kind == "frontend") frontends[figure.name] += figure.value;
      if (figure.kind == FigureKind::kCount && node.kind == "worker") workers[figure.name] += figure.value;
    }
    for (const wire::MethodFigures& told : node.figures->methods) {
      Method& method = methods[told.method];
      method.count += told.count;
      method.errors += told.errors;
      method.latencies.AddPacked(told.latencies);
    }
  }

  [[nodiscard]] schema::Encoded Totals() {
    const Method& sends = methods["message.send"];
    const std::map<std::string, int64_t> totals = {
        {"messages", sends.count - sends.errors},
        {"requests", frontends["requests"]},
        {"errors", frontends["errors"]},
        {"pushes", frontends["pushes"]},
        {"sessions", sessions},
        {"commits", workers["commits"]},
    };
    schema::Encoded encoded;
    schema::Writer writer(encoded.bytes);
    writer.Map(totals.size() + 1);
    for (const auto& [name, number] : totals) {
      writer.Text(name);
      writer.Int(number);
    }
    writer.Text("drops");
    writer.Raw(MapOf(drops).bytes);
    return encoded;
  }
};

}  // namespace

AdminModule::Task<NodesReply> AdminModule::DoNodes(Context& ctx, Nodes) {
  CO_TRY(CheckRole(ctx));
  CO_TRY_ASSIGN(const wire::NodesState state, co_await ctx.Call(kBusKey, wire::AskNodes{}));
  NodesReply reply;
  for (const wire::NodeState& node : state.nodes) reply.nodes.push_back(EntryOf(node));
  co_return reply;
}

AdminModule::Task<SlotsReply> AdminModule::DoSlots(Context& ctx, Slots request) {
  CO_TRY(CheckRole(ctx));
  const wire::AskSlots question{request.module.value_or("")};
  CO_TRY_ASSIGN(const wire::SlotsState state, co_await ctx.Call(kBusKey, question));
  if (request.module && state.slots.empty()) co_return Fail(Code::kNotFound, "module: no such module, or no slots yet");
  SlotsReply reply;
  for (const wire::SlotState& slot : state.slots) {
    const bool moves = !slot.moves_to.empty();
    reply.slots.push_back({slot.module,
                           slot.slot,
                           slot.epoch,
                           slot.primary,
                           {},
                           !slot.serving ? "parked"
                           : moves       ? "moving"
                                         : "serving",
                           moves ? std::optional(slot.moves_to) : std::nullopt});
  }
  co_return reply;
}

AdminModule::Task<LeftReply> AdminModule::DoDrain(Context& ctx, Drain request) {
  const wire::AskDrain question{request.node};
  CO_TRY_ASSIGN(const wire::Left left, co_await Carry(ctx, request, kBusKey, question));
  co_return LeftReply{left.left};
}

AdminModule::Task<LeftReply> AdminModule::DoUndrain(Context& ctx, Undrain request) {
  const wire::AskUndrain question{request.node};
  CO_TRY_ASSIGN(const wire::Left left, co_await Carry(ctx, request, kBusKey, question));
  co_return LeftReply{left.left};
}

AdminModule::Task<StatsReply> AdminModule::DoStats(Context& ctx, Stats) {
  CO_TRY(CheckRole(ctx));
  CO_TRY_ASSIGN(const wire::NodesState state, co_await ctx.Call(kBusKey, wire::AskNodes{}));
  Sum sum;
  for (const wire::NodeState& node : state.nodes) sum.Add(node);
  StatsReply reply;
  reply.totals = sum.Totals();
  for (const auto& [name, method] : sum.methods) {
    if (method.count == 0) continue;
    reply.methods.push_back(
        {name, method.count, method.errors, method.latencies.PercentileUs(50), method.latencies.PercentileUs(99)});
  }
  co_return reply;
}

}  // namespace parley::admin
