// The bodies of what nodes and the bus tell each other about themselves.
#pragma once

#include <string>
#include <tuple>
#include <vector>

#include "common/schema/codec.h"
#include "common/schema/describe.h"

namespace parley::wire {

using schema::Optional;
using schema::Required;

// How the key of a request is found in its arguments. A route has a list of these; the first that applies counts.
enum class KeyKind : uint8_t {
  kArgument,  // the argument itself, text
  kCaller,    // the calling user's handle
  kPair,      // the caller and the argument, as a direct conversation; an argument that starts with # is taken as it is
  kTokenOwner,  // the argument up to its last ':'
  kPrefix,      // the argument's first two bytes
  kFixed,       // one key for the whole module
};
constexpr auto NamesOf(KeyKind) {
  using P = std::pair<KeyKind, std::string_view>;
  return std::array{P{KeyKind::kArgument, "argument"},      P{KeyKind::kCaller, "caller"}, P{KeyKind::kPair, "pair"},
                    P{KeyKind::kTokenOwner, "token_owner"}, P{KeyKind::kPrefix, "prefix"}, P{KeyKind::kFixed, "fixed"}};
}

struct KeyRule {
  KeyKind kind = KeyKind::kCaller;
  std::string argument;
  bool operator==(const KeyRule&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("kind", &KeyRule::kind),
      Optional("argument", &KeyRule::argument),
  };
};

// What the frontends must know of a method, and what session.methods tells of it.
struct RouteRow {
  std::string method;
  int64_t access = 0;  // Access
  int64_t lane = 0;    // Lane
  std::vector<KeyRule> key;
  bool attach = false;  // called by the frontend when a session is identified …
  bool detach = false;  // … and when it ends
  std::string doc;
  std::vector<schema::Argument> arguments;
  // Tries of users who may not call it reach the worker all the same: it refuses them, and writes that down.
  bool audited = false;
  bool operator==(const RouteRow&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("method", &RouteRow::method),   Required("access", &RouteRow::access),
      Required("lane", &RouteRow::lane),       Required("key", &RouteRow::key),
      Optional("attach", &RouteRow::attach),   Optional("detach", &RouteRow::detach),
      Required("doc", &RouteRow::doc),         Optional("arguments", &RouteRow::arguments),
      Optional("audited", &RouteRow::audited),
  };
};

struct SlotEpoch {
  int64_t slot = 0;
  int64_t epoch = 0;
  bool operator==(const SlotEpoch&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("slot", &SlotEpoch::slot),
      Required("epoch", &SlotEpoch::epoch),
  };
};

// kRegister
struct Registration {
  std::string role;  // "frontend" or "worker"
  std::string name;
  std::string host;
  std::string version;
  std::string boot;  // one life of the process
  std::string module;
  std::string store;            // of the data folder: made once, so that another folder under the same name is noticed
  int64_t capacity = 1;         // of a worker: its share of the module's slots
  int64_t window_requests = 0;  // of a worker: how much it takes at a time
  int64_t window_bytes = 0;
  std::vector<RouteRow> routes;
  std::vector<SlotEpoch> held;  // of a worker: the slots in its store, and the epoch in which it was last their primary
  // Of a worker: whole copies that it made, of the primary in that epoch, and does not know whether it got the slot.
  std::vector<SlotEpoch> copies;
  bool operator==(const Registration&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("role", &Registration::role),
      Required("name", &Registration::name),
      Required("host", &Registration::host),
      Required("version", &Registration::version),
      Required("boot", &Registration::boot),
      Optional("module", &Registration::module),
      Optional("store", &Registration::store),
      Optional("capacity", &Registration::capacity),
      Optional("window_requests", &Registration::window_requests),
      Optional("window_bytes", &Registration::window_bytes),
      Optional("routes", &Registration::routes),
      Optional("held", &Registration::held),
      Optional("copies", &Registration::copies),
  };
};

// kWelcome
struct Welcome {
  std::string boot;  // of the bus: another one means that all soft state there is gone
  std::string version;
  static constexpr auto kFields = std::tuple{
      Required("boot", &Welcome::boot),
      Required("version", &Welcome::version),
  };
};

// kRefused
struct Refused {
  std::string reason;
  static constexpr auto kFields = std::tuple{Required("reason", &Refused::reason)};
};

// kAssign: all the slots of the worker, not a change to them.
struct Assignment {
  std::vector<SlotEpoch> slots;
  static constexpr auto kFields = std::tuple{Required("slots", &Assignment::slots)};
};

// kSlots: slots of one module whose primary is new (up) or gone (not up). Callers ask again what they asked there;
// frontends attach again the sessions whose keys are there.
struct SlotsNotice {
  std::string module;
  bool up = false;
  std::vector<SlotEpoch> slots;
  static constexpr auto kFields = std::tuple{
      Required("module", &SlotsNotice::module),
      Required("up", &SlotsNotice::up),
      Required("slots", &SlotsNotice::slots),
  };
};

struct ModuleRoutes {
  std::string module;
  std::vector<RouteRow> routes;
  bool operator==(const ModuleRoutes&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("module", &ModuleRoutes::module),
      Required("routes", &ModuleRoutes::routes),
  };
};

// kRoutes
struct RoutesNotice {
  std::vector<ModuleRoutes> modules;
  static constexpr auto kFields = std::tuple{Required("modules", &RoutesNotice::modules)};
};

// kCopy, kCaughtUp, kRelease, kResume, kTaken, kCopyEnd: a step in the life of one move of one slot.
struct MoveStep {
  int64_t move = 0;
  int64_t slot = 0;
  std::string peer;     // kCopy: whom to copy it from, NodeId in hex
  std::string problem;  // kCopyEnd by a worker: why not
  static constexpr auto kFields = std::tuple{
      Required("move", &MoveStep::move),
      Required("slot", &MoveStep::slot),
      Optional("peer", &MoveStep::peer),
      Optional("problem", &MoveStep::problem),
  };
};

// kPull, kPart. The rows of a part are the envelope's extra (common/module/slot_rows.h).
struct SlotPart {
  int64_t move = 0;
  int64_t slot = 0;
  int64_t part = 0;     // 1, 2, 3, …
  bool behind = false;  // kPart: there is more already
  bool last = false;    // kPart: it was released, and this is all
  static constexpr auto kFields = std::tuple{
      Required("move", &SlotPart::move),     Required("slot", &SlotPart::slot), Required("part", &SlotPart::part),
      Optional("behind", &SlotPart::behind), Optional("last", &SlotPart::last),
  };
};

// kSubscribe, kUnsubscribe
struct Topics {
  std::vector<std::string> topics;
  static constexpr auto kFields = std::tuple{Required("topics", &Topics::topics)};
};

// kNodeGone
struct NodeGone {
  std::string node;  // NodeId in hex, 16 digits
  static constexpr auto kFields = std::tuple{Required("node", &NodeGone::node)};
};

// kDrain
struct DrainNotice {
  bool on = false;  // or: take part again
  static constexpr auto kFields = std::tuple{Required("on", &DrainNotice::on)};
};

}  // namespace parley::wire
