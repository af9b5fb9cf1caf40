// What the group module stores. Every row begins with the slot of its routing key (common/store/key.h): that of the
// group, but for what a user's lists are read from, which stands at the user's slot, and the search index. Numbers in
// keys are unsigned and big-endian.
#pragma once

#include <optional>
#include <string>
#include <tuple>

#include "common/base/handle.h"
#include "common/schema/codec.h"
#include "common/store/key.h"
#include "modules/group/messages.h"

namespace parley::group {

// A group. `version` grows with each change of anything that belongs to it.
struct Group {
  std::string name;  // empty: the handle
  std::string topic;
  Policy policy = Policy::kOpen;
  UserHandle owner;
  int64_t members = 0;
  int64_t requests = 0;  // open ones
  int64_t created_ms = 0;
  int64_t muted_until_ms = 0;  // all but owner and admins; 0: not muted
  int64_t version = 0;
  bool dissolved = false;
  static constexpr auto kFields = std::tuple{
      Required("n", &Group::name),       Required("t", &Group::topic),          Required("p", &Group::policy),
      Required("o", &Group::owner),      Required("m", &Group::members),        Required("q", &Group::requests),
      Required("c", &Group::created_ms), Optional("u", &Group::muted_until_ms), Required("v", &Group::version),
      Optional("x", &Group::dissolved),
  };
};

//   'g' group   stays for ever, also when it is dissolved: the handle is never given out again. Invariant: `members`
//   and `requests` are the numbers of the rows below, until it is dissolved.
struct GroupRow {
  static constexpr char kTable = 'g';
  GroupHandle group;
  static constexpr auto kKey = std::tuple{&GroupRow::group};
  using Value = Group;
};

struct MemberState {
  Role role = Role::kMember;
  int64_t since_ms = 0;
  int64_t joined = 0;          // version of the group with which they joined: who is older
  int64_t muted_until_ms = 0;  // 0: not muted
  static constexpr auto kFields = std::tuple{
      Required("r", &MemberState::role),
      Required("s", &MemberState::since_ms),
      Required("j", &MemberState::joined),
      Optional("u", &MemberState::muted_until_ms),
  };
};

//   'm' group user   a member, the owner too
struct MemberRow {
  static constexpr char kTable = 'm';
  GroupHandle group;
  UserHandle user;
  static constexpr auto kKey = std::tuple{&MemberRow::group, &MemberRow::user};
  using Value = MemberState;
};

struct Senior {
  UserHandle user;
  static constexpr auto kFields = std::tuple{Required("u", &Senior::user)};
};

inline constexpr uint64_t kAdminRank = 0, kMemberRank = 1;

//   'a' group rank joined   who is next to own the group: the admins by age, then the members by age. Invariant: one
//   row for each member but the owner.
struct SeniorRow {
  static constexpr char kTable = 'a';
  GroupHandle group;
  uint64_t rank = kMemberRank;
  uint64_t joined = 0;
  static constexpr auto kKey = std::tuple{&SeniorRow::group, &SeniorRow::rank, &SeniorRow::joined};
  using Value = Senior;
};

struct Ban {
  UserHandle by;
  int64_t time_ms = 0;
  static constexpr auto kFields = std::tuple{Required("b", &Ban::by), Required("t", &Ban::time_ms)};
};

//   'b' group user   may not join. Invariant: neither a member, nor invited, nor asking.
struct BanRow {
  static constexpr char kTable = 'b';
  GroupHandle group;
  UserHandle user;
  static constexpr auto kKey = std::tuple{&BanRow::group, &BanRow::user};
  using Value = Ban;
};

struct InviteState {
  UserHandle by;
  int64_t time_ms = 0;
  static constexpr auto kFields = std::tuple{Required("b", &InviteState::by), Required("t", &InviteState::time_ms)};
};

//   'i' group user   may join once, within 30 days. Invariant: not a member.
struct InviteRow {
  static constexpr char kTable = 'i';
  GroupHandle group;
  UserHandle user;
  static constexpr auto kKey = std::tuple{&InviteRow::group, &InviteRow::user};
  using Value = InviteState;
};

struct RequestState {
  int64_t time_ms = 0;
  std::optional<std::string> note;
  static constexpr auto kFields = std::tuple{Required("t", &RequestState::time_ms), Optional("n", &RequestState::note)};
};

//   'q' group user   asks to join. Invariant: not a member.
struct RequestRow {
  static constexpr char kTable = 'q';
  GroupHandle group;
  UserHandle user;
  static constexpr auto kKey = std::tuple{&RequestRow::group, &RequestRow::user};
  using Value = RequestState;
};

// How a user stands to a group.
struct Standing {
  int64_t version = 0;  // of the group, when it was so
  std::optional<Role> role;
  std::optional<UserHandle> invited_by;
  int64_t invited_ms = 0;
  bool requested = false;
  static constexpr auto kFields = std::tuple{
      Required("v", &Standing::version),    Optional("r", &Standing::role),      Optional("b", &Standing::invited_by),
      Optional("i", &Standing::invited_ms), Optional("q", &Standing::requested),
  };
};

//   'u' user group   (at the user's slot) Invariant once the outbox has drained: as the group's own rows say. Stays
//   when nothing is left, so that older news are known as such.
struct StandingRow {
  static constexpr char kTable = 'u';
  UserHandle user;
  GroupHandle group;
  static constexpr auto kKey = std::tuple{&StandingRow::user, &StandingRow::group};
  using Value = Standing;
};

struct Counts {
  int64_t groups = 0;
  int64_t invitations = 0;
  int64_t requests = 0;
  static constexpr auto kFields = std::tuple{
      Required("g", &Counts::groups),
      Required("i", &Counts::invitations),
      Required("q", &Counts::requests),
  };
};

//   'c' user   (at the user's slot) how many of the rows above have what: what the limits are about
struct CountsRow {
  static constexpr char kTable = 'c';
  UserHandle user;
  static constexpr auto kKey = std::tuple{&CountsRow::user};
  using Value = Counts;
};

struct Gone {
  int64_t since_ms = 0;
  static constexpr auto kFields = std::tuple{Required("s", &Gone::since_ms)};
};

//   'd' user   (at the user's slot) the account is deleted: it joins nothing any more.
struct GoneRow {
  static constexpr char kTable = 'd';
  UserHandle user;
  static constexpr auto kKey = std::tuple{&GoneRow::user};
  using Value = Gone;
};

struct Indexed {
  int64_t since_ms = 0;
  static constexpr auto kFields = std::tuple{Required("s", &Indexed::since_ms)};
};

//   'x' group   (at the slot of the handle's first two bytes) the search index. Invariant once the outbox has drained:
//   the row is there iff the group is there, and not for the invited alone. A text, because searches begin between
//   handles.
struct IndexRow {
  static constexpr char kTable = 'x';
  std::string group;
  static constexpr auto kKey = std::tuple{&IndexRow::group};
  using Value = Indexed;
};

}  // namespace parley::group
