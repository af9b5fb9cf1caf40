// What an operator's commands read of the answers of admin.*, declared once. Keys that are not listed here are skipped.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "common/schema/codec.h"
#include "common/schema/fields.h"

namespace parley::cli {

using schema::Optional;
using schema::Required;

// One node of admin.nodes.
struct Node {
  std::string node;
  std::string kind;  // bus, frontend or worker
  std::string module;
  std::string host;
  std::string version;
  int64_t up_ms = 0;
  std::optional<int64_t> sessions;
  std::optional<int64_t> slots;
  schema::Encoded rates;  // name: per second

  static constexpr auto kFields = std::tuple{
      Required("node", &Node::node),         Required("kind", &Node::kind),       Optional("module", &Node::module),
      Optional("host", &Node::host),         Optional("version", &Node::version), Optional("up_ms", &Node::up_ms),
      Optional("sessions", &Node::sessions), Optional("slots", &Node::slots),     Optional("rates", &Node::rates),
  };
};

struct Nodes {
  std::vector<Node> nodes;
  static constexpr auto kFields = std::tuple{Required("nodes", &Nodes::nodes)};
};

// One slot of admin.slots.
struct Slot {
  std::string module;
  int64_t slot = 0;
  int64_t epoch = 0;
  std::string primary;  // empty: none
  std::vector<std::string> standbys;
  std::string state;
  std::string to;  // where it moves; empty: it stays

  static constexpr auto kFields = std::tuple{
      Required("module", &Slot::module),   Required("slot", &Slot::slot),         Optional("epoch", &Slot::epoch),
      Optional("primary", &Slot::primary), Optional("standbys", &Slot::standbys), Optional("state", &Slot::state),
      Optional("to", &Slot::to),
  };
};

struct Slots {
  std::vector<Slot> slots;
  static constexpr auto kFields = std::tuple{Required("slots", &Slots::slots)};
};

// One method of admin.stats: counts since the frontends started.
struct MethodStats {
  std::string method;
  int64_t count = 0;
  int64_t errors = 0;
  int64_t p50_us = 0;
  int64_t p99_us = 0;

  static constexpr auto kFields = std::tuple{
      Required("method", &MethodStats::method), Required("count", &MethodStats::count),
      Optional("errors", &MethodStats::errors), Optional("p50_us", &MethodStats::p50_us),
      Optional("p99_us", &MethodStats::p99_us),
  };
};

struct Stats {
  std::vector<MethodStats> methods;
  schema::Encoded totals;  // name: number

  static constexpr auto kFields = std::tuple{
      Required("methods", &Stats::methods),
      Optional("totals", &Stats::totals),
  };
};

// The numbers of a map by name; what is no number is left out.
using Numbers = std::map<std::string, double>;
[[nodiscard]] Numbers NumbersOf(const schema::Encoded& map);

// `1,234,567`; `0.25`, `12.5` below a thousand where it is no whole number.
[[nodiscard]] std::string NumberText(double number);
// `850 µs`, `12.3 ms`, `1.2 s`
[[nodiscard]] std::string LatencyText(int64_t us);

}  // namespace parley::cli
