// What the friend module stores. The truth about two users is one row at the slot of the pair's name (`alice~bob`).
// What each of them sees of it stands at the slot of that user's handle, and is fed by the outbox.
#pragma once

#include <optional>
#include <string>
#include <tuple>

#include "common/base/handle.h"
#include "common/schema/fields.h"
#include "common/store/key.h"

namespace parley::friends {

// How two users stand to each other. Times are 0 where it is not so. Invariant: not friends while a request is open;
// neither friends nor a request while either blocks the other; nothing at all once one of them is gone.
struct Pair {
  int64_t version = 0;  // grows with each change
  int64_t since_ms = 0;
  int64_t request_by_first_ms = 0;
  int64_t request_by_second_ms = 0;  // at most one of the two
  std::optional<std::string> note;   // of the request
  int64_t block_by_first_ms = 0;
  int64_t block_by_second_ms = 0;
  bool gone = false;  // one of the two deleted the account: no handle is given out again, so this is for good

  [[nodiscard]] bool friends() const { return since_ms != 0; }
  [[nodiscard]] bool blocked() const { return block_by_first_ms != 0 || block_by_second_ms != 0; }
  bool operator==(const Pair&) const = default;
  static constexpr auto kFields = std::tuple{
      schema::Required("v", &Pair::version),
      schema::Optional("s", &Pair::since_ms),
      schema::Optional("q1", &Pair::request_by_first_ms),
      schema::Optional("q2", &Pair::request_by_second_ms),
      schema::Optional("n", &Pair::note),
      schema::Optional("b1", &Pair::block_by_first_ms),
      schema::Optional("b2", &Pair::block_by_second_ms),
      schema::Optional("x", &Pair::gone),
  };
};

//   'r' pair   (at the pair's slot) absent while the two never had to do with each other
struct PairRow {
  static constexpr char kTable = 'r';
  Conversation pair;
  static constexpr auto kKey = std::tuple{&PairRow::pair};
  using Value = Pair;
};

struct Peer {
  int64_t version = 0;
  static constexpr auto kFields = std::tuple{schema::Required("v", &Peer::version)};
};

//   'p' user peer   (at the user's slot) the version of the pair that the following rows show; never removed
struct PeerRow {
  static constexpr char kTable = 'p';
  UserHandle user, peer;
  static constexpr auto kKey = std::tuple{&PeerRow::user, &PeerRow::peer};
  using Value = Peer;
};

struct Friendship {
  int64_t since_ms = 0;
  std::optional<std::string> alias;
  bool operator==(const Friendship&) const = default;
  static constexpr auto kFields = std::tuple{
      schema::Required("s", &Friendship::since_ms),
      schema::Optional("a", &Friendship::alias),
  };
};

//   'f' user peer   (at the user's slot) a friend. Invariant, once the outbox has drained: (a, b) is there iff (b, a)
//   is, iff the pair's row says so; and so for the three below.
struct FriendRow {
  static constexpr char kTable = 'f';
  UserHandle user, peer;
  static constexpr auto kKey = std::tuple{&FriendRow::user, &FriendRow::peer};
  using Value = Friendship;
};

struct Asked {
  int64_t time_ms = 0;
  std::optional<std::string> note;
  bool operator==(const Asked&) const = default;
  static constexpr auto kFields = std::tuple{
      schema::Required("t", &Asked::time_ms),
      schema::Optional("n", &Asked::note),
  };
};

//   'i' user peer   (at the user's slot) the peer asks to be friends
struct IncomingRow {
  static constexpr char kTable = 'i';
  UserHandle user, peer;
  static constexpr auto kKey = std::tuple{&IncomingRow::user, &IncomingRow::peer};
  using Value = Asked;
};

//   'o' user peer   (at the user's slot) the user asks the peer
struct OutgoingRow {
  static constexpr char kTable = 'o';
  UserHandle user, peer;
  static constexpr auto kKey = std::tuple{&OutgoingRow::user, &OutgoingRow::peer};
  using Value = Asked;
};

struct BlockedSince {
  int64_t since_ms = 0;
  static constexpr auto kFields = std::tuple{schema::Required("s", &BlockedSince::since_ms)};
};

//   'b' user peer   (at the user's slot) the user blocks the peer
struct BlockRow {
  static constexpr char kTable = 'b';
  UserHandle user, peer;
  static constexpr auto kKey = std::tuple{&BlockRow::user, &BlockRow::peer};
  using Value = BlockedSince;
};

struct Counts {
  int64_t friends = 0;
  int64_t incoming = 0;
  int64_t outgoing = 0;
  int64_t blocks = 0;
  bool operator==(const Counts&) const = default;
  static constexpr auto kFields = std::tuple{
      schema::Optional("f", &Counts::friends),
      schema::Optional("i", &Counts::incoming),
      schema::Optional("o", &Counts::outgoing),
      schema::Optional("b", &Counts::blocks),
  };
};

//   'n' user   (at the user's slot) how many of each of the four there are
struct CountsRow {
  static constexpr char kTable = 'n';
  UserHandle user;
  static constexpr auto kKey = std::tuple{&CountsRow::user};
  using Value = Counts;
};

struct Gone {
  int64_t since_ms = 0;
  static constexpr auto kFields = std::tuple{schema::Required("s", &Gone::since_ms)};
};

//   'g' user   (at the user's slot) the account is deleted: nothing begins with it any more
struct GoneRow {
  static constexpr char kTable = 'g';
  UserHandle user;
  static constexpr auto kKey = std::tuple{&GoneRow::user};
  using Value = Gone;
};

}  // namespace parley::friends
