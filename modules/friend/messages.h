// What friend.* says and hears. These declarations are the public documentation of the module's methods.
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
#include "common/schema/fields.h"

namespace parley::friends {

using schema::AtLeast;
using schema::AtMost;
using schema::Bytes;
using schema::Optional;
using schema::Required;

inline constexpr schema::Bound kIdBytes = Bytes(limits::kIdMin, limits::kIdMax);
inline constexpr std::string_view kIdDoc = "the same id gives the same result, once, for 24 hours; at most 64 bytes";

// The reply of methods that have nothing to say but that it is done.
struct Done {
  bool operator==(const Done&) const = default;
  static constexpr std::tuple<> kFields{};
};

struct Requested {
  std::string state;
  static constexpr auto kFields = std::tuple{
      Required("state", &Requested::state, "requested; or accepted, where they had asked, or are friends already"),
  };
};

struct Request {
  using Reply = Requested;
  UserHandle user;
  std::optional<std::string> note = {};
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "friend.request";
  static constexpr auto kFields = std::tuple{
      Required("user", &Request::user, "whom to ask"),
      Optional("note", &Request::note, "shown with the request; at most 200 bytes", AtMost(limits::kNoteMax)),
      Optional("id", &Request::id, kIdDoc, kIdBytes),
  };
};

struct Accept {
  using Reply = Done;
  UserHandle user;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "friend.accept";
  static constexpr auto kFields = std::tuple{
      Required("user", &Accept::user, "who asked"),
      Optional("id", &Accept::id, kIdDoc, kIdBytes),
  };
};

struct Decline {
  using Reply = Done;
  UserHandle user;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "friend.decline";
  static constexpr auto kFields = std::tuple{
      Required("user", &Decline::user, "who asked; is not told"),
      Optional("id", &Decline::id, kIdDoc, kIdBytes),
  };
};

struct Cancel {
  using Reply = Done;
  UserHandle user;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "friend.cancel";
  static constexpr auto kFields = std::tuple{
      Required("user", &Cancel::user, "whom the caller had asked"),
      Optional("id", &Cancel::id, kIdDoc, kIdBytes),
  };
};

struct Remove {
  using Reply = Done;
  UserHandle user;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "friend.remove";
  static constexpr auto kFields = std::tuple{
      Required("user", &Remove::user, "a friend; the friendship ends on both sides"),
      Optional("id", &Remove::id, kIdDoc, kIdBytes),
  };
};

struct Friend {
  UserHandle user;
  std::optional<std::string> alias;
  int64_t since_ms = 0;
  bool online = false;
  std::optional<std::string> state;
  std::optional<std::string> text;

  bool operator==(const Friend&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("user", &Friend::user, "the handle"),
      Optional("alias", &Friend::alias, "what the caller calls them"),
      Required("since_ms", &Friend::since_ms, "since when they are friends"),
      Required("online", &Friend::online, "whether they have a connection now"),
      Optional("state", &Friend::state, "while online: online, away or busy"),
      Optional("text", &Friend::text, "while online: of their status"),
  };
};

struct FriendsPage {
  std::vector<Friend> friends;
  std::optional<std::string> cursor;
  static constexpr auto kFields = std::tuple{
      Required("friends", &FriendsPage::friends, "by handle"),
      Optional("cursor", &FriendsPage::cursor, "for the next page; absent on the last"),
  };
};

struct List {
  using Reply = FriendsPage;
  std::optional<std::string> cursor = {};
  int64_t limit = limits::kPageDefault;

  static constexpr std::string_view kMethod = "friend.list";
  static constexpr auto kFields = std::tuple{
      Optional("cursor", &List::cursor, "from the page before; good for an hour", Bytes(1, limits::kCursorMax)),
      Optional("limit", &List::limit, "50 unless given; more than 200 is cut", AtLeast(1)),
  };
};

struct OpenRequest {
  UserHandle user;
  std::optional<std::string> note;
  int64_t time_ms = 0;

  bool operator==(const OpenRequest&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("user", &OpenRequest::user, "the other side"),
      Optional("note", &OpenRequest::note, "given with the request"),
      Required("time_ms", &OpenRequest::time_ms, "when"),
  };
};

struct RequestsReply {
  std::vector<OpenRequest> incoming;
  std::vector<OpenRequest> outgoing;
  static constexpr auto kFields = std::tuple{
      Required("incoming", &RequestsReply::incoming, "who asks the caller; at most 1,000"),
      Required("outgoing", &RequestsReply::outgoing, "whom the caller asks; at most 1,000"),
  };
};

struct Requests {
  using Reply = RequestsReply;
  static constexpr std::string_view kMethod = "friend.requests";
  static constexpr std::tuple<> kFields{};
};

struct SetAlias {
  using Reply = Done;
  UserHandle user;
  std::string alias;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "friend.alias";
  static constexpr auto kFields = std::tuple{
      Required("user", &SetAlias::user, "a friend"),
      Required("alias", &SetAlias::alias, "what the caller calls them; empty: nothing; at most 64 bytes",
               AtMost(limits::kAliasMax)),
      Optional("id", &SetAlias::id, kIdDoc, kIdBytes),
  };
};

struct Block {
  using Reply = Done;
  UserHandle user;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "friend.block";
  static constexpr auto kFields = std::tuple{
      Required("user", &Block::user, "who can't write to, ask or invite the caller any more, nor the caller them"),
      Optional("id", &Block::id, kIdDoc, kIdBytes),
  };
};

struct Unblock {
  using Reply = Done;
  UserHandle user;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "friend.unblock";
  static constexpr auto kFields = std::tuple{
      Required("user", &Unblock::user, "whom the caller blocked"),
      Optional("id", &Unblock::id, kIdDoc, kIdBytes),
  };
};

struct BlockedUser {
  UserHandle user;
  int64_t since_ms = 0;

  bool operator==(const BlockedUser&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("user", &BlockedUser::user, "the handle"),
      Required("since_ms", &BlockedUser::since_ms, "since when"),
  };
};

struct BlockedReply {
  std::vector<BlockedUser> users;
  static constexpr auto kFields = std::tuple{
      Required("users", &BlockedReply::users, "by handle; at most 5,000"),
  };
};

struct Blocked {
  using Reply = BlockedReply;
  static constexpr std::string_view kMethod = "friend.blocked";
  static constexpr std::tuple<> kFields{};
};

// To clients: somebody asks to be friends.
struct WasRequested {
  UserHandle user;
  std::optional<std::string> note;
  static constexpr std::string_view kMethod = "friend.requested";
  static constexpr auto kFields = std::tuple{
      Required("user", &WasRequested::user, "who asks"),
      Optional("note", &WasRequested::note, "given with the request"),
  };
};

// To clients of both sides: they are friends now.
struct WasAccepted {
  UserHandle user;
  static constexpr std::string_view kMethod = "friend.accepted";
  static constexpr auto kFields = std::tuple{Required("user", &WasAccepted::user, "the new friend")};
};

// To clients of both sides: they are friends no more.
struct WasRemoved {
  UserHandle user;
  static constexpr std::string_view kMethod = "friend.removed";
  static constexpr auto kFields = std::tuple{Required("user", &WasRemoved::user, "the other side")};
};

// To clients of who was asked: the request was taken back.
struct WasCancelled {
  UserHandle user;
  static constexpr std::string_view kMethod = "friend.cancelled";
  static constexpr auto kFields = std::tuple{Required("user", &WasCancelled::user, "who had asked")};
};

// To friends' clients, by the user module: how available a user is.
struct PresenceChanged {
  UserHandle user;
  bool online = false;
  std::optional<std::string> state;
  std::optional<std::string> text;
  int64_t time_ms = 0;
  static constexpr std::string_view kMethod = "friend.presence";
  static constexpr auto kFields = std::tuple{
      Required("user", &PresenceChanged::user, "a friend"),
      Required("online", &PresenceChanged::online, "whether they have a connection"),
      Optional("state", &PresenceChanged::state, "while online: online, away or busy"),
      Optional("text", &PresenceChanged::text, "while online: of their status"),
      Required("time_ms", &PresenceChanged::time_ms, "since when"),
  };
};

// From frontends: a session begins to listen. The caller says whose.
struct Attach {
  using Reply = Done;
  static constexpr std::string_view kMethod = "friend.attach";
  static constexpr std::tuple<> kFields{};
};

// From the user module: an account is deleted. Its friendships, requests and blocks end, a part at a time; `after` is
// where the next part begins.
struct UserGone {
  using Reply = Done;
  UserHandle user;
  std::optional<UserHandle> after = {};

  static constexpr std::string_view kMethod = "friend.user_gone";
  static constexpr auto kFields = std::tuple{
      Required("user", &UserGone::user, "whose account"),
      Optional("after", &UserGone::after, "those up to this one are done"),
  };
};

// What one of the two does about the other.
enum class Step { kRequest, kAccept, kDecline, kCancel, kRemove, kBlock, kUnblock };
constexpr auto NamesOf(Step) {
  using P = std::pair<Step, std::string_view>;
  return std::array{P{Step::kRequest, "request"}, P{Step::kAccept, "accept"}, P{Step::kDecline, "decline"},
                    P{Step::kCancel, "cancel"},   P{Step::kRemove, "remove"}, P{Step::kBlock, "block"},
                    P{Step::kUnblock, "unblock"}};
}

// What a user's clients are told of a change.
enum class News { kNothing, kRequested, kAccepted, kRemoved, kCancelled };
constexpr auto NamesOf(News) {
  using P = std::pair<News, std::string_view>;
  return std::array{P{News::kNothing, "nothing"}, P{News::kRequested, "requested"}, P{News::kAccepted, "accepted"},
                    P{News::kRemoved, "removed"}, P{News::kCancelled, "cancelled"}};
}

// The lists of a user.
enum class Roll { kFriends, kIncoming, kOutgoing, kBlocks };
constexpr auto NamesOf(Roll) {
  using P = std::pair<Roll, std::string_view>;
  return std::array{P{Roll::kFriends, "friends"}, P{Roll::kIncoming, "incoming"}, P{Roll::kOutgoing, "outgoing"},
                    P{Roll::kBlocks, "blocks"}};
}

struct Changed {
  bool friends = false;
  News news = News::kNothing;
  static constexpr auto kFields = std::tuple{
      Required("friends", &Changed::friends, "whether they are friends now"),
      Optional("news", &Changed::news, "for the other sessions of who did it"),
  };
};

// Inside the module, to the pair's slot: one of the two does something. Answered when everybody concerned knows.
struct Change {
  using Reply = Changed;
  Conversation pair;
  UserHandle by;
  Step step = Step::kRequest;
  std::optional<std::string> note = {};
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "friend.change";
  static constexpr auto kFields = std::tuple{
      Required("pair", &Change::pair, "the two, as alice~bob"),
      Required("by", &Change::by, "which of them"),
      Required("step", &Change::step, "request, accept, decline, cancel, remove, block or unblock"),
      Optional("note", &Change::note, "of a request"),
      Optional("id", &Change::id, "repeats are one; made from the client's id, or from that of its request"),
  };
};

// Inside the module, from a pair's slot to each of the two: how the other stands to the user from now on. A lower
// version is old news; the same one is told again.
struct Listed {
  using Reply = Done;
  UserHandle user;
  UserHandle peer;
  int64_t version = 0;
  std::optional<int64_t> since_ms = {};
  std::optional<int64_t> incoming_ms = {};
  std::optional<int64_t> outgoing_ms = {};
  std::optional<std::string> note = {};
  std::optional<int64_t> blocked_ms = {};
  bool gone = false;
  News news = News::kNothing;

  static constexpr std::string_view kMethod = "friend.listed";
  static constexpr auto kFields = std::tuple{
      Required("user", &Listed::user, "whose lists"),
      Required("peer", &Listed::peer, "who is on them, or no more"),
      Required("version", &Listed::version, "grows with each change of the pair"),
      Optional("since_ms", &Listed::since_ms, "friends: since when"),
      Optional("incoming_ms", &Listed::incoming_ms, "the peer asks: when"),
      Optional("outgoing_ms", &Listed::outgoing_ms, "the user asks: when"),
      Optional("note", &Listed::note, "given with the request"),
      Optional("blocked_ms", &Listed::blocked_ms, "the user blocks the peer: since when"),
      Optional("gone", &Listed::gone, "one of the two has deleted the account"),
      Optional("news", &Listed::news, "what to tell the user's sessions"),
  };
};

// Inside the module, to a pair's slot: one of the two has deleted the account; whatever there was between them ends.
struct End {
  using Reply = Done;
  Conversation pair;
  UserHandle user;

  static constexpr std::string_view kMethod = "friend.end";
  static constexpr auto kFields = std::tuple{
      Required("pair", &End::pair, "the two, as alice~bob"),
      Required("user", &End::user, "whose account is deleted"),
  };
};

struct RoomReply {
  bool room = false;
  bool gone = false;
  static constexpr auto kFields = std::tuple{
      Required("room", &RoomReply::room, "whether there is room"),
      Optional("gone", &RoomReply::gone, "the account is deleted"),
  };
};

// Inside the module, to a user's slot: is there room on a list for one more? If so it is held for some seconds.
struct HoldRoom {
  using Reply = RoomReply;
  UserHandle user;
  UserHandle peer;
  Roll roll = Roll::kFriends;

  static constexpr std::string_view kMethod = "friend.room";
  static constexpr auto kFields = std::tuple{
      Required("user", &HoldRoom::user, "whose list"),
      Required("peer", &HoldRoom::peer, "who is to be on it"),
      Required("roll", &HoldRoom::roll, "friends, incoming, outgoing or blocks"),
  };
};

struct RelationReply {
  bool friends = false;
  bool blocked = false;
  static constexpr auto kFields = std::tuple{
      Required("friends", &RelationReply::friends, "whether they are friends"),
      Required("blocked", &RelationReply::blocked, "whether either blocks the other"),
  };
};

// From other modules: how two users stand to each other.
struct GetRelation {
  using Reply = RelationReply;
  Conversation pair;

  static constexpr std::string_view kMethod = "friend.relation";
  static constexpr auto kFields = std::tuple{Required("pair", &GetRelation::pair, "the two, as alice~bob")};
};

}  // namespace parley::friends
