// What workers ask the bus itself, as if it were a module named `bus`: who is there, who serves what, and that a node
// be drained. Answered to modules alone, in one turn, whatever the key.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "common/schema/codec.h"
#include "common/wire/figures.h"

namespace parley::wire {

inline constexpr std::string_view kBusModule = "bus";

struct NodeState {
  std::string node;
  std::string kind;
  std::string module;
  std::string host;
  std::string version;
  int64_t slots = 0;
  bool drained = false;
  std::optional<Figures> figures;

  bool operator==(const NodeState&) const = default;
  static constexpr auto kFields = std::tuple{
      schema::Required("node", &NodeState::node, "its name"),
      schema::Required("kind", &NodeState::kind, "bus, frontend or worker"),
      schema::Optional("module", &NodeState::module, "of a worker"),
      schema::Required("host", &NodeState::host, "where it runs"),
      schema::Required("version", &NodeState::version, "of its program"),
      schema::Optional("slots", &NodeState::slots, "of a worker: how many it is primary of"),
      schema::Optional("drained", &NodeState::drained, "whether it is to be given nothing new"),
      schema::Optional("figures", &NodeState::figures, "what it told last"),
  };
};

struct NodesState {
  std::vector<NodeState> nodes;
  static constexpr auto kFields =
      std::tuple{schema::Required("nodes", &NodesState::nodes, "this bus first, then by name")};
};

struct AskNodes {
  using Reply = NodesState;
  static constexpr std::string_view kMethod = "bus.nodes";
  static constexpr std::tuple<> kFields{};
};

struct SlotState {
  std::string module;
  int64_t slot = 0;
  int64_t epoch = 0;
  std::string primary;
  bool serving = false;
  std::string moves_to = {};

  bool operator==(const SlotState&) const = default;
  static constexpr auto kFields = std::tuple{
      schema::Required("module", &SlotState::module, "whose"),
      schema::Required("slot", &SlotState::slot, "0 to 255"),
      schema::Required("epoch", &SlotState::epoch, "of its last grant"),
      schema::Required("primary", &SlotState::primary, "the worker it was granted to"),
      schema::Optional("serving", &SlotState::serving, "whether that worker takes requests now; else they are parked"),
      schema::Optional("moves_to", &SlotState::moves_to, "the worker that is about to have it"),
  };
};

struct SlotsState {
  std::vector<SlotState> slots;
  static constexpr auto kFields = std::tuple{schema::Required("slots", &SlotsState::slots, "by module and slot")};
};

struct AskSlots {
  using Reply = SlotsState;
  std::string module;
  static constexpr std::string_view kMethod = "bus.slots";
  static constexpr auto kFields =
      std::tuple{schema::Optional("module", &AskSlots::module, "only its; all unless given")};
};

struct Left {
  int64_t left = 0;
  static constexpr auto kFields =
      std::tuple{schema::Required("left", &Left::left, "slots that it still has to give up")};
};

struct AskDrain {
  using Reply = Left;
  std::string node;
  static constexpr std::string_view kMethod = "bus.drain";
  static constexpr auto kFields = std::tuple{schema::Required("node", &AskDrain::node, "its name")};
};

struct AskUndrain {
  using Reply = Left;
  std::string node;
  static constexpr std::string_view kMethod = "bus.undrain";
  static constexpr auto kFields = std::tuple{schema::Required("node", &AskUndrain::node, "its name")};
};

}  // namespace parley::wire
