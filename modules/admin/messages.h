// What admin.* says and hears. These declarations are the public documentation of the module's methods.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "common/base/handle.h"
#include "common/base/limits.h"
#include "common/schema/codec.h"
#include "common/schema/fields.h"

namespace parley::admin {

using schema::AtLeast;
using schema::AtMost;
using schema::Bytes;
using schema::Optional;
using schema::Required;

inline constexpr schema::Bound kIdBytes = Bytes(limits::kIdMin, limits::kIdMax);
inline constexpr std::string_view kIdDoc = "the same id gives the same result, once, for 24 hours; at most 64 bytes";

// What an account is.
enum class AccountState { kActive, kBanned, kDeleted };
constexpr auto NamesOf(AccountState) {
  using P = std::pair<AccountState, std::string_view>;
  return std::array{P{AccountState::kActive, "active"}, P{AccountState::kBanned, "banned"},
                    P{AccountState::kDeleted, "deleted"}};
}

// The reply of methods that have nothing to say but that it is done.
struct Done {
  bool operator==(const Done&) const = default;
  static constexpr std::tuple<> kFields{};
};

struct SeqReply {
  int64_t seq = 0;

  static constexpr auto kFields = std::tuple{
      Required("seq", &SeqReply::seq, "of the record"),
  };
};

struct Announce {
  using Reply = SeqReply;
  std::string body;
  std::string id;

  static constexpr std::string_view kMethod = "admin.announce";
  static constexpr auto kFields = std::tuple{
      Required("body", &Announce::body, "1 to 16384 bytes; everyone may read it in !all",
               Bytes(limits::kBodyMin, limits::kBodyMax)),
      Required("id", &Announce::id, "the same id again is the same announcement", kIdBytes),
  };
};

struct Ban {
  using Reply = Done;
  UserHandle user;
  std::string reason;
  std::optional<int64_t> until_ms = {};
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "admin.ban";
  static constexpr auto kFields = std::tuple{
      Required("user", &Ban::user, "whose connections end, and who can not log in until it ends"),
      Required("reason", &Ban::reason, "told to the user; at most 500 bytes", AtMost(limits::kReasonMax)),
      Optional("until_ms", &Ban::until_ms, "when it ends; for ever unless given", AtLeast(1)),
      Optional("id", &Ban::id, kIdDoc, kIdBytes),
  };
};

struct Unban {
  using Reply = Done;
  UserHandle user;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "admin.unban";
  static constexpr auto kFields = std::tuple{
      Required("user", &Unban::user, "who may log in again"),
      Optional("id", &Unban::id, kIdDoc, kIdBytes),
  };
};

struct Kick {
  using Reply = Done;
  UserHandle user;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "admin.kick";
  static constexpr auto kFields = std::tuple{
      Required("user", &Kick::user, "whose connections end; the tokens stay good"),
      Optional("id", &Kick::id, kIdDoc, kIdBytes),
  };
};

struct Grant {
  using Reply = Done;
  UserHandle user;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "admin.grant";
  static constexpr auto kFields = std::tuple{
      Required("user", &Grant::user, "who has the admin role from now on, in open sessions too"),
      Optional("id", &Grant::id, kIdDoc, kIdBytes),
  };
};

struct Ungrant {
  using Reply = Done;
  UserHandle user;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "admin.ungrant";
  static constexpr auto kFields = std::tuple{
      Required("user", &Ungrant::user, "who has the admin role no more, in open sessions too"),
      Optional("id", &Ungrant::id, kIdDoc, kIdBytes),
  };
};

struct Account {
  UserHandle user;
  std::string name;
  std::string role;
  AccountState state = AccountState::kActive;
  std::optional<std::string> reason;
  std::optional<int64_t> until_ms;
  int64_t created_ms = 0;
  int64_t sessions = 0;

  bool operator==(const Account&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("user", &Account::user, "the handle"),
      Required("name", &Account::name, "as shown to people"),
      Required("role", &Account::role, "user or admin"),
      Required("state", &Account::state, "active, banned or deleted"),
      Optional("reason", &Account::reason, "of the ban"),
      Optional("until_ms", &Account::until_ms, "when the ban ends"),
      Required("created_ms", &Account::created_ms, "when it was registered"),
      Required("sessions", &Account::sessions, "how many have not ended"),
  };
};

struct UsersPage {
  std::vector<Account> users;
  std::optional<std::string> cursor;

  static constexpr auto kFields = std::tuple{
      Required("users", &UsersPage::users, "each account once"),
      Optional("cursor", &UsersPage::cursor, "for the next page; absent on the last"),
  };
};

struct Users {
  using Reply = UsersPage;
  std::optional<std::string> prefix = {};
  std::optional<std::string> cursor = {};
  int64_t limit = limits::kPageDefault;

  static constexpr std::string_view kMethod = "admin.users";
  static constexpr auto kFields = std::tuple{
      Optional("prefix", &Users::prefix, "only handles that begin with this; 2 to 64 bytes",
               Bytes(limits::kPrefixMin, limits::kPrefixMax)),
      Optional("cursor", &Users::cursor, "from the page before; good for an hour", Bytes(1, limits::kCursorMax)),
      Optional("limit", &Users::limit, "50 unless given; more than 200 is cut", AtLeast(1)),
  };
};

struct Recall {
  using Reply = SeqReply;
  Conversation conversation;
  int64_t seq = 0;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "admin.recall";
  static constexpr auto kFields = std::tuple{
      Required("conversation", &Recall::conversation, "any"),
      Required("seq", &Recall::seq, "of a text or own kind, whoever wrote it", AtLeast(0)),
      Optional("id", &Recall::id, kIdDoc, kIdBytes),
  };
};

// One line of the audit: a change, or a refused try.
struct Entry {
  int64_t seq = 0;
  int64_t time_ms = 0;
  UserHandle by;
  std::string action;
  std::optional<std::string> target;
  std::string address;
  std::string outcome;
  schema::Encoded arguments;

  bool operator==(const Entry&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("seq", &Entry::seq, "1, 2, 3, …: none is missing"),
      Required("time_ms", &Entry::time_ms, "when"),
      Required("by", &Entry::by, "who did it, or tried"),
      Required("action", &Entry::action, "the method"),
      Optional("target", &Entry::target, "to whom or to what"),
      Required("address", &Entry::address, "where they asked from"),
      Required("outcome", &Entry::outcome, "ok, or the code of the error"),
      Required("arguments", &Entry::arguments, "what was asked"),
  };
};

struct AuditPage {
  std::vector<Entry> entries;
  std::optional<std::string> cursor;

  static constexpr auto kFields = std::tuple{
      Required("entries", &AuditPage::entries, "newest first"),
      Optional("cursor", &AuditPage::cursor, "for the next page; absent on the last"),
  };
};

struct Audit {
  using Reply = AuditPage;
  std::optional<UserHandle> user = {};
  std::optional<std::string> cursor = {};
  int64_t limit = limits::kPageDefault;

  static constexpr std::string_view kMethod = "admin.audit";
  static constexpr auto kFields = std::tuple{
      Optional("user", &Audit::user, "only what this user did, or what was done to them"),
      Optional("cursor", &Audit::cursor, "from the page before; good for an hour", Bytes(1, limits::kCursorMax)),
      Optional("limit", &Audit::limit, "50 unless given; more than 200 is cut", AtLeast(1)),
  };
};

struct NodeEntry {
  std::string node;
  std::string kind;
  std::optional<std::string> module;
  std::string host;
  std::string version;
  int64_t up_ms = 0;
  std::optional<int64_t> sessions;
  std::optional<int64_t> slots;
  bool drained = false;
  schema::Encoded rates;
  schema::Encoded totals;

  bool operator==(const NodeEntry&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("node", &NodeEntry::node, "its name"),
      Required("kind", &NodeEntry::kind, "bus, frontend or worker"),
      Optional("module", &NodeEntry::module, "of a worker"),
      Required("host", &NodeEntry::host, "where it runs"),
      Required("version", &NodeEntry::version, "of its program"),
      Required("up_ms", &NodeEntry::up_ms, "how long it has run"),
      Optional("sessions", &NodeEntry::sessions, "of a frontend: logged-in connections"),
      Optional("slots", &NodeEntry::slots, "of a worker: how many it is primary of"),
      Optional("drained", &NodeEntry::drained, "true: it is given nothing new"),
      Required("rates", &NodeEntry::rates, "what it does per second, by name"),
      Required("totals", &NodeEntry::totals, "what it has done since it started, or has now, by name"),
  };
};

struct NodesReply {
  std::vector<NodeEntry> nodes;

  static constexpr auto kFields = std::tuple{
      Required("nodes", &NodesReply::nodes, "all that are there now"),
  };
};

struct Nodes {
  using Reply = NodesReply;

  static constexpr std::string_view kMethod = "admin.nodes";
  static constexpr std::tuple<> kFields{};
};

struct SlotEntry {
  std::string module;
  int64_t slot = 0;
  int64_t epoch = 0;
  std::string primary;
  std::vector<std::string> standbys;
  std::string state;
  std::optional<std::string> to = {};

  bool operator==(const SlotEntry&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("module", &SlotEntry::module, "whose key space it is a part of"),
      Required("slot", &SlotEntry::slot, "0 to 255"),
      Required("epoch", &SlotEntry::epoch, "grows at each change"),
      Required("primary", &SlotEntry::primary, "the worker that serves it; empty: none has yet"),
      Required("standbys", &SlotEntry::standbys, "the workers that could take over"),
      Required(
          "state", &SlotEntry::state,
          "serving; moving while it is served and another worker takes it over; parked while its primary is not there"),
      Optional("to", &SlotEntry::to, "the worker that it moves to"),
  };
};

struct SlotsReply {
  std::vector<SlotEntry> slots;

  static constexpr auto kFields = std::tuple{
      Required("slots", &SlotsReply::slots, "by module and slot"),
  };
};

struct Slots {
  using Reply = SlotsReply;
  std::optional<std::string> module = {};

  static constexpr std::string_view kMethod = "admin.slots";
  static constexpr auto kFields = std::tuple{
      Optional("module", &Slots::module, "only of this one", Bytes(1, 64)),
  };
};

struct LeftReply {
  int64_t left = 0;

  static constexpr auto kFields = std::tuple{
      Required("left", &LeftReply::left, "slots still to move"),
  };
};

struct Drain {
  using Reply = LeftReply;
  std::string node;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "admin.drain";
  static constexpr auto kFields = std::tuple{
      Required("node", &Drain::node,
               "its name; a frontend sends its clients elsewhere, a worker's slots move to others", Bytes(1, 128)),
      Optional("id", &Drain::id, kIdDoc, kIdBytes),
  };
};

struct Undrain {
  using Reply = LeftReply;
  std::string node;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "admin.undrain";
  static constexpr auto kFields = std::tuple{
      Required("node", &Undrain::node, "its name; takes part again", Bytes(1, 128)),
      Optional("id", &Undrain::id, kIdDoc, kIdBytes),
  };
};

struct MethodStats {
  std::string method;
  int64_t count = 0;
  int64_t errors = 0;
  int64_t p50_us = 0;
  int64_t p99_us = 0;

  bool operator==(const MethodStats&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("method", &MethodStats::method, "as clients call it"),
      Required("count", &MethodStats::count, "calls answered since the frontends started"),
      Required("errors", &MethodStats::errors, "of those, answered with an error"),
      Required("p50_us", &MethodStats::p50_us, "half were answered within this many microseconds"),
      Required("p99_us", &MethodStats::p99_us, "99 of 100 were"),
  };
};

struct StatsReply {
  std::vector<MethodStats> methods;
  schema::Encoded totals;

  static constexpr auto kFields = std::tuple{
      Required("methods", &StatsReply::methods, "those that were called, by name"),
      Required("totals", &StatsReply::totals, "of the whole system, by name"),
  };
};

struct Stats {
  using Reply = StatsReply;

  static constexpr std::string_view kMethod = "admin.stats";
  static constexpr std::tuple<> kFields{};
};

}  // namespace parley::admin
