// What the admin module stores: the audit, and what has to be known until a change is in it. All at one slot.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "common/base/handle.h"
#include "common/schema/codec.h"

namespace parley::admin {

// A change or a refused try. `outcome` is empty while it is under way.
struct Line {
  UserHandle by;
  std::string action;
  std::optional<std::string> target;
  std::string address;
  std::string outcome;
  schema::Encoded arguments;
  int64_t time_ms = 0;
  std::string request;  // the bus request id, in hex: a try that is asked twice is noted once

  bool operator==(const Line&) const = default;
  static constexpr auto kFields = std::tuple{
      schema::Required("by", &Line::by),           schema::Required("action", &Line::action),
      schema::Optional("target", &Line::target),   schema::Optional("address", &Line::address),
      schema::Optional("outcome", &Line::outcome), schema::Required("arguments", &Line::arguments),
      schema::Required("time_ms", &Line::time_ms), schema::Optional("request", &Line::request),
  };
};

//   'e' seq   an entry of the audit. Invariant: 1, 2, 3, …, none missing; never changed, never removed.
struct EntryRow {
  static constexpr char kTable = 'e';
  uint64_t seq = 0;
  static constexpr auto kKey = std::tuple{&EntryRow::seq};
  using Value = Line;
};

struct Nothing {
  static constexpr std::tuple<> kFields{};
};

//   'u' user seq   what a user did, tried, or had done to them. Invariant: as the entries say.
struct UserEntryRow {
  static constexpr char kTable = 'u';
  UserHandle user;
  uint64_t seq = 0;
  static constexpr auto kKey = std::tuple{&UserEntryRow::user, &UserEntryRow::seq};
  using Value = Nothing;
};

//   'o' user id   a change that was begun, under `i` and the client's id or `r` and the bus request id. Written before
//   anybody is asked to make the change, removed with the entry that says what became of it: so there is no change
//   without an entry, whatever dies.
struct OpenRow {
  static constexpr char kTable = 'o';
  UserHandle user;
  std::string id;
  static constexpr auto kKey = std::tuple{&OpenRow::user, &OpenRow::id};
  using Value = Line;
};

//   'x' user   an administrator no more: frontends may learn that a moment later
struct UngrantedRow {
  static constexpr char kTable = 'x';
  UserHandle user;
  static constexpr auto kKey = std::tuple{&UngrantedRow::user};
  using Value = Nothing;
};

}  // namespace parley::admin
