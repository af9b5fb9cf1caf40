// What the poll module stores. All rows of a conversation are at the slot of its name.
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include "common/base/handle.h"
#include "common/schema/fields.h"
#include "messages.h"

namespace polls {

struct Counts {
  int64_t made = 0;  // polls so far: the number of the last one
  int64_t open = 0;
  static constexpr auto kFields = std::tuple{Required("m", &Counts::made), Required("o", &Counts::open)};
};

//   'c' conversation   how many polls it has had; absent until the first
struct CountsRow {
  static constexpr char kTable = 'c';
  Conversation conversation;
  static constexpr auto kKey = std::tuple{&CountsRow::conversation};
  using Value = Counts;
};

//   'p' conversation number   a poll. Invariant: numbers 1 … made exist, each exactly one; the votes of its options and
//                             its voters are the sums over the rows 'v'
struct PollRow {
  static constexpr char kTable = 'p';
  Conversation conversation;
  uint64_t number = 0;
  static constexpr auto kKey = std::tuple{&PollRow::conversation, &PollRow::number};
  using Value = Poll;
};

struct Choice {
  std::vector<int64_t> options;  // ascending, each once, from 1; never empty
  bool operator==(const Choice&) const = default;
  static constexpr auto kFields = std::tuple{Required("o", &Choice::options)};
};

//   'v' conversation number user   what the user chose; absent until then, and after the vote was taken back
struct VoteRow {
  static constexpr char kTable = 'v';
  Conversation conversation;
  uint64_t number = 0;
  UserHandle user;
  static constexpr auto kKey = std::tuple{&VoteRow::conversation, &VoteRow::number, &VoteRow::user};
  using Value = Choice;
};

}  // namespace polls
