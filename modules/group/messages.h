// What group.* says and hears. These declarations are the public documentation of the module's methods.
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

namespace parley::group {

using schema::AtLeast;
using schema::AtMost;
using schema::Bytes;
using schema::Optional;
using schema::Required;

inline constexpr schema::Bound kIdBytes = Bytes(limits::kIdMin, limits::kIdMax);
inline constexpr std::string_view kIdDoc = "the same id gives the same result, once, for 24 hours; at most 64 bytes";

// Who may come in: everyone, who is approved, who is invited.
enum class Policy { kOpen, kRequest, kInvite };
constexpr auto NamesOf(Policy) {
  using P = std::pair<Policy, std::string_view>;
  return std::array{P{Policy::kOpen, "open"}, P{Policy::kRequest, "request"}, P{Policy::kInvite, "invite"}};
}

// Each acts only on those below.
enum class Role { kMember, kAdmin, kOwner };
constexpr auto NamesOf(Role) {
  using P = std::pair<Role, std::string_view>;
  return std::array{P{Role::kMember, "member"}, P{Role::kAdmin, "admin"}, P{Role::kOwner, "owner"}};
}

// What can be given by group.role.
enum class GivenRole { kMember, kAdmin };
constexpr auto NamesOf(GivenRole) {
  using P = std::pair<GivenRole, std::string_view>;
  return std::array{P{GivenRole::kMember, "member"}, P{GivenRole::kAdmin, "admin"}};
}

// The reply of methods that have nothing to say but that it is done.
struct Done {
  bool operator==(const Done&) const = default;
  static constexpr std::tuple<> kFields{};
};

// A group as the caller may see it.
struct Info {
  GroupHandle group;
  std::string name;
  std::string topic;
  Policy policy = Policy::kOpen;
  UserHandle owner;
  int64_t members = 0;
  std::optional<Role> role;
  int64_t created_ms = 0;
  std::optional<int64_t> muted_until_ms;

  bool operator==(const Info&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("group", &Info::group, "the handle, with its #"),
      Required("name", &Info::name, "as shown to people; the handle unless given"),
      Required("topic", &Info::topic, "what it is about; may be empty"),
      Required("policy", &Info::policy, "who may come in"),
      Required("owner", &Info::owner, "who owns it"),
      Required("members", &Info::members, "how many"),
      Optional("role", &Info::role, "of the caller, if a member"),
      Required("created_ms", &Info::created_ms, "when it was created"),
      Optional("muted_until_ms", &Info::muted_until_ms, "while all but owner and admins are muted, or the caller is"),
  };
};

struct Create {
  using Reply = Info;
  GroupHandle group;
  std::optional<std::string> name = {};
  std::optional<std::string> topic = {};
  Policy policy = Policy::kOpen;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "group.create";
  static constexpr auto kFields = std::tuple{
      Required("group", &Create::group, "the handle, with its #"),
      Optional("name", &Create::name, "as shown to people; at most 64 bytes", AtMost(limits::kNameMax)),
      Optional("topic", &Create::topic, "what it is about; at most 500 bytes", AtMost(limits::kTopicMax)),
      Optional("policy", &Create::policy, "open unless given"),
      Optional("id", &Create::id, kIdDoc, kIdBytes),
  };
};

struct GetInfo {
  using Reply = Info;
  GroupHandle group;

  static constexpr std::string_view kMethod = "group.info";
  static constexpr auto kFields = std::tuple{
      Required("group", &GetInfo::group, "the handle, with its #"),
  };
};

struct Update {
  using Reply = Info;
  GroupHandle group;
  std::optional<std::string> name = {};
  std::optional<std::string> topic = {};
  std::optional<Policy> policy = {};
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "group.update";
  static constexpr auto kFields = std::tuple{
      Required("group", &Update::group, "the handle, with its #"),
      Optional("name", &Update::name, "as shown to people; at most 64 bytes", AtMost(limits::kNameMax)),
      Optional("topic", &Update::topic, "what it is about; at most 500 bytes", AtMost(limits::kTopicMax)),
      Optional("policy", &Update::policy, "who may come in from now on"),
      Optional("id", &Update::id, kIdDoc, kIdBytes),
  };
};

struct Joined {
  std::string state;

  static constexpr auto kFields = std::tuple{
      Required("state", &Joined::state, "joined; or requested, where it has to be approved"),
  };
};

struct Join {
  using Reply = Joined;
  GroupHandle group;
  std::optional<std::string> note = {};
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "group.join";
  static constexpr auto kFields = std::tuple{
      Required("group", &Join::group, "the handle, with its #"),
      Optional("note", &Join::note, "shown with a request to join; at most 200 bytes", AtMost(limits::kNoteMax)),
      Optional("id", &Join::id, kIdDoc, kIdBytes),
  };
};

struct Leave {
  using Reply = Done;
  GroupHandle group;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "group.leave";
  static constexpr auto kFields = std::tuple{
      Required("group", &Leave::group, "the handle, with its #"),
      Optional("id", &Leave::id, kIdDoc, kIdBytes),
  };
};

struct Invite {
  using Reply = Done;
  GroupHandle group;
  UserHandle user;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "group.invite";
  static constexpr auto kFields = std::tuple{
      Required("group", &Invite::group, "the handle, with its #"),
      Required("user", &Invite::user, "who may join once within 30 days, whatever the policy"),
      Optional("id", &Invite::id, kIdDoc, kIdBytes),
  };
};

struct Approve {
  using Reply = Done;
  GroupHandle group;
  UserHandle user;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "group.approve";
  static constexpr auto kFields = std::tuple{
      Required("group", &Approve::group, "the handle, with its #"),
      Required("user", &Approve::user, "who asked to join"),
      Optional("id", &Approve::id, kIdDoc, kIdBytes),
  };
};

struct Reject {
  using Reply = Done;
  GroupHandle group;
  UserHandle user;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "group.reject";
  static constexpr auto kFields = std::tuple{
      Required("group", &Reject::group, "the handle, with its #"),
      Required("user", &Reject::user, "who asked to join; is not told"),
      Optional("id", &Reject::id, kIdDoc, kIdBytes),
  };
};

struct Kick {
  using Reply = Done;
  GroupHandle group;
  UserHandle user;
  bool ban = false;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "group.kick";
  static constexpr auto kFields = std::tuple{
      Required("group", &Kick::group, "the handle, with its #"),
      Required("user", &Kick::user, "who is out; an invitation or request is withdrawn, too"),
      Optional("ban", &Kick::ban, "and may not join again"),
      Optional("id", &Kick::id, kIdDoc, kIdBytes),
  };
};

struct Unban {
  using Reply = Done;
  GroupHandle group;
  UserHandle user;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "group.unban";
  static constexpr auto kFields = std::tuple{
      Required("group", &Unban::group, "the handle, with its #"),
      Required("user", &Unban::user, "who may join again"),
      Optional("id", &Unban::id, kIdDoc, kIdBytes),
  };
};

struct SetRole {
  using Reply = Done;
  GroupHandle group;
  UserHandle user;
  GivenRole role = GivenRole::kMember;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "group.role";
  static constexpr auto kFields = std::tuple{
      Required("group", &SetRole::group, "the handle, with its #"),
      Required("user", &SetRole::user, "a member"),
      Required("role", &SetRole::role, "admin or member"),
      Optional("id", &SetRole::id, kIdDoc, kIdBytes),
  };
};

struct Transfer {
  using Reply = Done;
  GroupHandle group;
  UserHandle user;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "group.transfer";
  static constexpr auto kFields = std::tuple{
      Required("group", &Transfer::group, "the handle, with its #"),
      Required("user", &Transfer::user, "the member who owns it from now on"),
      Optional("id", &Transfer::id, kIdDoc, kIdBytes),
  };
};

struct Mute {
  using Reply = Done;
  GroupHandle group;
  std::optional<UserHandle> user = {};
  int64_t until_ms = 0;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "group.mute";
  static constexpr auto kFields = std::tuple{
      Required("group", &Mute::group, "the handle, with its #"),
      Optional("user", &Mute::user, "a member; all but owner and admins unless given"),
      Required("until_ms", &Mute::until_ms, "until when; 0 lifts it", AtLeast(0)),
      Optional("id", &Mute::id, kIdDoc, kIdBytes),
  };
};

struct Dissolve {
  using Reply = Done;
  GroupHandle group;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "group.dissolve";
  static constexpr auto kFields = std::tuple{
      Required("group", &Dissolve::group, "the handle, with its #"),
      Optional("id", &Dissolve::id, kIdDoc, kIdBytes),
  };
};

struct Member {
  UserHandle user;
  Role role = Role::kMember;
  int64_t since_ms = 0;
  std::optional<int64_t> muted_until_ms;

  bool operator==(const Member&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("user", &Member::user, "the handle"),
      Required("role", &Member::role, "owner, admin or member"),
      Required("since_ms", &Member::since_ms, "when they joined"),
      Optional("muted_until_ms", &Member::muted_until_ms, "while muted"),
  };
};

struct MembersPage {
  std::vector<Member> members;
  std::optional<std::string> cursor;

  static constexpr auto kFields = std::tuple{
      Required("members", &MembersPage::members, "by handle"),
      Optional("cursor", &MembersPage::cursor, "for the next page; absent on the last"),
  };
};

struct Members {
  using Reply = MembersPage;
  GroupHandle group;
  std::optional<std::string> cursor = {};
  int64_t limit = limits::kPageDefault;

  static constexpr std::string_view kMethod = "group.members";
  static constexpr auto kFields = std::tuple{
      Required("group", &Members::group, "the handle, with its #"),
      Optional("cursor", &Members::cursor, "from the page before; good for an hour", Bytes(1, limits::kCursorMax)),
      Optional("limit", &Members::limit, "50 unless given; more than 200 is cut", AtLeast(1)),
  };
};

struct Listed {
  UserHandle user;
  int64_t time_ms = 0;
  std::optional<std::string> note;

  bool operator==(const Listed&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("user", &Listed::user, "the handle"),
      Required("time_ms", &Listed::time_ms, "since when"),
      Optional("note", &Listed::note, "given with a request"),
  };
};

struct UsersPage {
  std::vector<Listed> users;
  std::optional<std::string> cursor;

  static constexpr auto kFields = std::tuple{
      Required("users", &UsersPage::users, "by handle"),
      Optional("cursor", &UsersPage::cursor, "for the next page; absent on the last"),
  };
};

struct Requests {
  using Reply = UsersPage;
  GroupHandle group;
  std::optional<std::string> cursor = {};
  int64_t limit = limits::kPageDefault;

  static constexpr std::string_view kMethod = "group.requests";
  static constexpr auto kFields = std::tuple{
      Required("group", &Requests::group, "the handle, with its #"),
      Optional("cursor", &Requests::cursor, "from the page before; good for an hour", Bytes(1, limits::kCursorMax)),
      Optional("limit", &Requests::limit, "50 unless given; more than 200 is cut", AtLeast(1)),
  };
};

struct Bans {
  using Reply = UsersPage;
  GroupHandle group;
  std::optional<std::string> cursor = {};
  int64_t limit = limits::kPageDefault;

  static constexpr std::string_view kMethod = "group.bans";
  static constexpr auto kFields = std::tuple{
      Required("group", &Bans::group, "the handle, with its #"),
      Optional("cursor", &Bans::cursor, "from the page before; good for an hour", Bytes(1, limits::kCursorMax)),
      Optional("limit", &Bans::limit, "50 unless given; more than 200 is cut", AtLeast(1)),
  };
};

struct Invitation {
  GroupHandle group;
  std::string name;
  UserHandle by;
  int64_t time_ms = 0;

  bool operator==(const Invitation&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("group", &Invitation::group, "which"),
      Required("name", &Invitation::name, "as shown to people"),
      Required("by", &Invitation::by, "who invited"),
      Required("time_ms", &Invitation::time_ms, "when"),
  };
};

struct InvitationsReply {
  std::vector<Invitation> groups;

  static constexpr auto kFields = std::tuple{
      Required("groups", &InvitationsReply::groups, "the caller may join these"),
  };
};

struct Invitations {
  using Reply = InvitationsReply;

  static constexpr std::string_view kMethod = "group.invitations";
  static constexpr std::tuple<> kFields{};
};

struct OwnGroup {
  GroupHandle group;
  std::string name;
  Role role = Role::kMember;

  bool operator==(const OwnGroup&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("group", &OwnGroup::group, "which"),
      Required("name", &OwnGroup::name, "as shown to people"),
      Required("role", &OwnGroup::role, "the caller's"),
  };
};

struct OwnPage {
  std::vector<OwnGroup> groups;
  std::optional<std::string> cursor;

  static constexpr auto kFields = std::tuple{
      Required("groups", &OwnPage::groups, "by handle"),
      Optional("cursor", &OwnPage::cursor, "for the next page; absent on the last"),
  };
};

struct List {
  using Reply = OwnPage;
  std::optional<std::string> cursor = {};
  int64_t limit = limits::kPageDefault;

  static constexpr std::string_view kMethod = "group.list";
  static constexpr auto kFields = std::tuple{
      Optional("cursor", &List::cursor, "from the page before; good for an hour", Bytes(1, limits::kCursorMax)),
      Optional("limit", &List::limit, "50 unless given; more than 200 is cut", AtLeast(1)),
  };
};

struct Found {
  GroupHandle group;
  std::string name;
  int64_t members = 0;

  bool operator==(const Found&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("group", &Found::group, "which"),
      Required("name", &Found::name, "as shown to people"),
      Required("members", &Found::members, "how many; may lag"),
  };
};

struct FoundPage {
  std::vector<Found> groups;
  std::optional<std::string> cursor;

  static constexpr auto kFields = std::tuple{
      Required("groups", &FoundPage::groups, "open and request groups, by handle"),
      Optional("cursor", &FoundPage::cursor, "for the next page; absent on the last"),
  };
};

struct Search {
  using Reply = FoundPage;
  std::string prefix;
  std::optional<std::string> cursor = {};
  int64_t limit = limits::kPageDefault;

  static constexpr std::string_view kMethod = "group.search";
  static constexpr auto kFields = std::tuple{
      Required("prefix", &Search::prefix, "what the handle begins with, with its #; 2 to 64 bytes",
               Bytes(limits::kPrefixMin, limits::kPrefixMax)),
      Optional("cursor", &Search::cursor, "from the page before; good for an hour", Bytes(1, limits::kCursorMax)),
      Optional("limit", &Search::limit, "50 unless given; more than 200 is cut", AtLeast(1)),
  };
};

// To clients of who is invited.
struct WasInvited {
  GroupHandle group;
  UserHandle by;

  static constexpr std::string_view kMethod = "group.invited";
  static constexpr auto kFields = std::tuple{
      Required("group", &WasInvited::group, "to which"),
      Required("by", &WasInvited::by, "who invites"),
  };
};

// To clients of the group's owner and admins: somebody asks to join.
struct WasRequested {
  GroupHandle group;
  UserHandle user;
  std::optional<std::string> note;

  static constexpr std::string_view kMethod = "group.requested";
  static constexpr auto kFields = std::tuple{
      Required("group", &WasRequested::group, "the handle, with its #"),
      Required("user", &WasRequested::user, "who asks"),
      Optional("note", &WasRequested::note, "given with the request"),
  };
};

// To clients of who it concerns: the user is a member now.
struct HasJoined {
  GroupHandle group;
  std::optional<UserHandle> by;

  static constexpr std::string_view kMethod = "group.joined";
  static constexpr auto kFields = std::tuple{
      Required("group", &HasJoined::group, "the handle, with its #"),
      Optional("by", &HasJoined::by, "who admitted them, if not they themselves"),
  };
};

// To clients of who it concerns: the user is a member no more.
struct HasLeft {
  GroupHandle group;
  std::optional<UserHandle> by;
  std::optional<std::string> reason;

  static constexpr std::string_view kMethod = "group.left";
  static constexpr auto kFields = std::tuple{
      Required("group", &HasLeft::group, "the handle, with its #"),
      Optional("by", &HasLeft::by, "who did it, if not they themselves"),
      Optional("reason", &HasLeft::reason, "left, kicked, banned or dissolved"),
  };
};

// From the user module: an account is deleted. Its memberships, invitations and requests end, a part at a time;
// `after` is where the next part begins.
struct UserGone {
  using Reply = Done;
  UserHandle user;
  std::optional<GroupHandle> after = {};

  static constexpr std::string_view kMethod = "group.user_gone";
  static constexpr auto kFields = std::tuple{
      Required("user", &UserGone::user, "whose account"),
      Optional("after", &UserGone::after, "those up to this one are done"),
  };
};

// Inside the module, from a user's slot to a group's: the account is deleted, so whatever ties it to the group ends.
struct End {
  using Reply = Done;
  GroupHandle group;
  UserHandle user;

  static constexpr std::string_view kMethod = "group.end";
  static constexpr auto kFields = std::tuple{
      Required("group", &End::group, "which"),
      Required("user", &End::user, "whose account"),
  };
};

// Inside the module: what is left of a dissolved group is cleared away, a part at a time.
struct Clear {
  using Reply = Done;
  GroupHandle group;
  int64_t table = 0;
  std::optional<UserHandle> after = {};

  static constexpr std::string_view kMethod = "group.clear";
  static constexpr auto kFields = std::tuple{
      Required("group", &Clear::group, "which"),
      Optional("table", &Clear::table, "0: members, 1: invitations, 2: requests, 3: bans", AtLeast(0)),
      Optional("after", &Clear::after, "those up to this one are done"),
  };
};

// What a user's sessions are told of a change.
enum class Told { kNothing, kInvited, kJoined, kLeft };
constexpr auto NamesOf(Told) {
  using P = std::pair<Told, std::string_view>;
  return std::array{P{Told::kNothing, "nothing"}, P{Told::kInvited, "invited"}, P{Told::kJoined, "joined"},
                    P{Told::kLeft, "left"}};
}

// Inside the module, from a group's slot to a user's: how the user stands to the group from now on, all of it. A lower
// version is old news.
struct SetStanding {
  using Reply = Done;
  UserHandle user;
  GroupHandle group;
  int64_t version = 0;
  std::optional<Role> role = {};
  std::optional<UserHandle> invited_by = {};
  std::optional<int64_t> invited_ms = {};
  bool requested = false;
  Told told = Told::kNothing;
  std::optional<UserHandle> by = {};
  std::optional<std::string> reason = {};

  static constexpr std::string_view kMethod = "group.listed";
  static constexpr auto kFields = std::tuple{
      Required("user", &SetStanding::user, "whose list"),
      Required("group", &SetStanding::group, "which"),
      Required("version", &SetStanding::version, "of the group"),
      Optional("role", &SetStanding::role, "of a member"),
      Optional("invited_by", &SetStanding::invited_by, "while invited"),
      Optional("invited_ms", &SetStanding::invited_ms, "while invited: since when"),
      Optional("requested", &SetStanding::requested, "while the user's request to join is open"),
      Optional("told", &SetStanding::told, "what the user's sessions are told: nothing, invited, joined or left"),
      Optional("by", &SetStanding::by, "who did it, if not the user"),
      Optional("reason", &SetStanding::reason, "of left"),
  };
};

struct Room {
  bool groups = false;
  bool invitations = false;
  bool requests = false;
  bool gone = false;
  static constexpr auto kFields = std::tuple{
      Required("groups", &Room::groups, "whether the user may be in one more"),
      Required("invitations", &Room::invitations, "whether the user may have one more"),
      Required("requests", &Room::requests, "whether the user may have one more open"),
      Required("gone", &Room::gone, "the account is deleted"),
  };
};

// Inside the module, from a group's slot to a user's: what the user has room for.
struct GetRoom {
  using Reply = Room;
  UserHandle user;

  static constexpr std::string_view kMethod = "group.room";
  static constexpr auto kFields = std::tuple{Required("user", &GetRoom::user, "who")};
};

struct Brief {
  GroupHandle group;
  std::string name;
  int64_t members = 0;
  bool hidden = false;

  bool operator==(const Brief&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("group", &Brief::group, "which"),
      Required("name", &Brief::name, "as shown to people"),
      Required("members", &Brief::members, "how many"),
      Optional("hidden", &Brief::hidden, "only who is invited may know of it"),
  };
};

struct BriefsReply {
  std::vector<Brief> groups;
  static constexpr auto kFields = std::tuple{
      Required("groups", &BriefsReply::groups, "of those asked for, the ones that exist"),
  };
};

// Inside the module, from a list to the groups' slots: what there is to say of groups of one slot.
struct GetBriefs {
  using Reply = BriefsReply;
  GroupHandle key;
  std::vector<GroupHandle> groups;

  static constexpr std::string_view kMethod = "group.briefs";
  static constexpr auto kFields = std::tuple{
      Required("key", &GetBriefs::key, "any one of them: names the slot"),
      Required("groups", &GetBriefs::groups, "all in the same slot"),
  };
};

// Inside the module, from a group's slot to the search index. The last one counts.
struct Index {
  using Reply = Done;
  GroupHandle group;
  bool gone = false;

  static constexpr std::string_view kMethod = "group.index";
  static constexpr auto kFields = std::tuple{
      Required("group", &Index::group, "the handle; its first two bytes are the key"),
      Optional("gone", &Index::gone, "not to be found any more"),
  };
};

}  // namespace parley::group
