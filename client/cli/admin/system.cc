// parley admin: processes, slots, and how the whole is doing.
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "client/cli/admin/admin.h"
#include "client/cli/admin/messages.h"
#include "client/cli/answers.h"
#include "client/cli/transcript.h"

namespace parley::cli {
namespace {

using client::Arguments;

// Those that are not 0.
std::string Pairs(const Numbers& numbers) {
  std::string text;
  for (const auto& [name, number] : numbers) {
    if (number == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", Printable(name), NumberText(number));
  }
  return text;
}

std::string CountText(const std::optional<int64_t>& count) {
  return count ? NumberText(static_cast<double>(*count)) : "";
}

Result<void> ShowNodes(Operator& op) {
  TRY_ASSIGN(const std::string result, op.Ask("admin.nodes", Arguments()));
  if (op.json()) return PrintJson(result);
  TRY_ASSIGN(Nodes nodes, schema::Decode<Nodes>(result));
  std::ranges::sort(nodes.nodes, {}, [](const Node& node) { return std::tie(node.kind, node.module, node.node); });
  Table table({{"NODE"},
               {"KIND"},
               {"MODULE"},
               {"HOST"},
               {"VERSION"},
               {"UP", true},
               {"SESSIONS", true},
               {"SLOTS", true},
               {"PER SECOND"}});
  for (const Node& node : nodes.nodes) {
    table.Add({Printable(node.node), Printable(node.kind), Printable(node.module), Printable(node.host),
               Printable(node.version), SpanText(node.up_ms), CountText(node.sessions), CountText(node.slots),
               Pairs(NumbersOf(node.rates))});
  }
  PrintTable(table, "No nodes.");
  return {};
}

struct SlotsOptions {
  std::string module;
  bool all = false;
};

// How many slots of each module each worker serves.
Table Summary(const std::vector<Slot>& slots) {
  struct Share {
    size_t slots = 0, standby_of = 0;
    int64_t epoch = 0;
    std::map<std::string, size_t> states;
  };
  std::map<std::pair<std::string, std::string>, Share> shares;
  for (const Slot& slot : slots) {
    Share& share = shares[{slot.module, slot.primary}];
    ++share.slots;
    ++share.states[slot.state];
    share.epoch = std::max(share.epoch, slot.epoch);
    for (const std::string& standby : slot.standbys) ++shares[{slot.module, standby}].standby_of;
  }
  Table table({{"MODULE"}, {"PRIMARY"}, {"SLOTS", true}, {"STANDBY OF", true}, {"NEWEST EPOCH", true}, {"STATE"}});
  for (const auto& [key, share] : shares) {
    std::string states;
    for (const auto& [state, count] : share.states) {
      states += fmt::format("{}{} {}", states.empty() ? "" : ", ", count, Printable(state));
    }
    table.Add({Printable(key.first), key.second.empty() ? "(none)" : Printable(key.second), std::to_string(share.slots),
               std::to_string(share.standby_of), std::to_string(share.epoch), states});
  }
  return table;
}

Result<void> ShowSlots(Operator& op, const SlotsOptions& options) {
  TRY_ASSIGN(const std::string result, op.Ask("admin.slots", Arguments().OptionalText("module", options.module)));
  if (op.json()) return PrintJson(result);
  TRY_ASSIGN(const Slots slots, schema::Decode<Slots>(result));
  if (!options.all) {
    PrintTable(Summary(slots.slots), "No slots: no worker has come yet.");
    return {};
  }
  Table table({{"MODULE"}, {"SLOT", true}, {"EPOCH", true}, {"PRIMARY"}, {"STANDBYS"}, {"STATE"}});
  for (const Slot& slot : slots.slots) {
    std::string standbys;
    for (const std::string& each : slot.standbys) standbys += (standbys.empty() ? "" : ", ") + Printable(each);
    table.Add({Printable(slot.module), std::to_string(slot.slot), std::to_string(slot.epoch),
               slot.primary.empty() ? "(none)" : Printable(slot.primary), standbys,
               Printable(slot.state) + (slot.to.empty() ? "" : " to " + Printable(slot.to))});
  }
  PrintTable(table, "No slots: no worker has come yet.");
  return {};
}

Result<void> ShowStats(Operator& op) {
  TRY_ASSIGN(const std::string result, op.Ask("admin.stats", Arguments()));
  if (op.json()) return PrintJson(result);
  TRY_ASSIGN(Stats stats, schema::Decode<Stats>(result));
  std::ranges::sort(stats.methods, [](const MethodStats& a, const MethodStats& b) {
    return std::tie(b.count, a.method) < std::tie(a.count, b.method);
  });
  Table table({{"METHOD"}, {"CALLS", true}, {"ERRORS", true}, {"HALF WITHIN", true}, {"99% WITHIN", true}});
  for (const MethodStats& each : stats.methods) {
    table.Add({Printable(each.method), NumberText(static_cast<double>(each.count)),
               NumberText(static_cast<double>(each.errors)), LatencyText(each.p50_us), LatencyText(each.p99_us)});
  }
  PrintTable(table, "Nothing was called yet.");
  Table totals({{"TOTAL"}, {"", true}});
  for (const auto& [name, number] : NumbersOf(stats.totals)) totals.Add({Printable(name), NumberText(number)});
  if (totals.size() > 0) fmt::print("\n");
  if (totals.size() > 0) PrintTable(totals, "");
  return {};
}

// Tells how many slots the node still has, whenever that changes, until it has none.
Result<void> WatchSlotsGo(Operator& op, const std::string& node) {
  constexpr auto kLookEvery = std::chrono::milliseconds(250);
  constexpr int kStandstillLooks = 80;
  int64_t told = -1;
  for (int looks = 0; looks < kStandstillLooks; ++looks) {
    TRY_ASSIGN(const std::string result, op.Ask("admin.slots", Arguments()));
    TRY_ASSIGN(const Slots slots, schema::Decode<Slots>(result));
    const auto of_node = [&](const Slot& slot) { return slot.primary == node; };
    const auto left = static_cast<int64_t>(std::ranges::count_if(slots.slots, of_node));
    if (left != told) {
      if (!op.json()) fmt::print("{} slots to move\n", left);
      std::fflush(stdout);
      looks = 0;
    }
    told = left;
    if (left == 0) return {};
    std::this_thread::sleep_for(kLookEvery);
  }
  return Fail(Code::kUnavailable,
              fmt::format("nothing moves any more: nobody takes the last {} slots of {}", told, node));
}

void AddDraining(CLI::App& admin, AdminCommands& commands, const char* name, const char* help, const char* method,
                 const char* said) {
  auto node = std::make_shared<std::string>();
  CLI::App* command = admin.add_subcommand(name, help);
  command->add_option("node", *node, "its name; `parley admin nodes` lists them")->required();
  auto wait = std::make_shared<bool>(false);
  if (method == std::string_view("admin.drain")) {
    command->add_flag("--wait", *wait, "until it has no slots any more, telling how many are left");
  }
  commands.push_back({command, [=](Operator& op) -> Result<void> {
                        TRY_ASSIGN(const std::string result, op.Change(method, Arguments().Text("node", *node)));
                        schema::Parser parser;
                        TRY_ASSIGN(const schema::Value value, parser.Parse(result));
                        TRY(SayOr(op, result, fmt::format(fmt::runtime(said), *node, IntIn(value, "left"))));
                        return *wait ? WatchSlotsGo(op, *node) : Result<void>();
                      }});
}

}  // namespace

void AddSystemCommands(CLI::App& admin, AdminCommands& commands) {
  CLI::App* nodes = admin.add_subcommand("nodes", "list the processes, and what each does per second");
  commands.push_back({nodes, ShowNodes});

  auto options = std::make_shared<SlotsOptions>();
  CLI::App* slots = admin.add_subcommand("slots", "who serves how much of each module");
  slots->add_option("module", options->module, "only of this one");
  slots->add_flag("--all", options->all, "each slot on a line of its own");
  commands.push_back({slots, [options](Operator& op) { return ShowSlots(op, *options); }});

  CLI::App* stats = admin.add_subcommand("stats", "calls, errors and latencies of each method, and totals");
  commands.push_back({stats, ShowStats});

  AddDraining(admin, commands, "drain", "give a process nothing new, and move away what it has", "admin.drain",
              "{} is draining; slots still to move: {}");
  AddDraining(admin, commands, "undrain", "let it take part again", "admin.undrain",
              "{} takes part again; slots still to move: {}");
}

}  // namespace parley::cli
