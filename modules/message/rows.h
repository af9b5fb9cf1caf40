// What the message module stores. Every row begins with the slot of its routing key (common/store/key.h): that of the
// conversation, but for the lists, which stand at their owner's slot. Numbers in keys are unsigned and big-endian.
#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "common/base/handle.h"
#include "common/schema/codec.h"
#include "common/store/key.h"
#include "modules/message/messages.h"

namespace parley::message {

// Where a conversation stands. Absent until its first record, or until it is closed.
struct Head {
  int64_t head = 0;     // seq of the last record
  int64_t time_ms = 0;  // of the last record
  // Texts and own kinds so far, by the lower and by the higher handle of a direct conversation. In a notebook all count
  // as the lower one's, elsewhere as the higher one's.
  int64_t texts_first = 0;
  int64_t texts_second = 0;
  bool closed = false;  // one of the two deleted the account: nothing more is sent
  static constexpr auto kFields = std::tuple{
      schema::Required("h", &Head::head),        schema::Required("t", &Head::time_ms),
      schema::Required("1", &Head::texts_first), schema::Required("2", &Head::texts_second),
      schema::Optional("x", &Head::closed),
  };
};

//   'h' conversation   its head. Invariant: records 1 … head exist, each exactly one; none above.
struct HeadRow {
  static constexpr char kTable = 'h';
  Conversation conversation;
  static constexpr auto kKey = std::tuple{&HeadRow::conversation};
  using Value = Head;
};

// Of a system record: what happened to the group.
struct Happened {
  GroupEvent event = GroupEvent::kCreated;
  std::optional<UserHandle> user;
  std::optional<Role> role;
  std::optional<std::string> name;
  std::optional<std::string> topic;
  std::optional<std::string> policy;
  std::optional<int64_t> until_ms;
  bool operator==(const Happened&) const = default;
  static constexpr auto kFields = std::tuple{
      schema::Required("e", &Happened::event),    schema::Optional("u", &Happened::user),
      schema::Optional("r", &Happened::role),     schema::Optional("n", &Happened::name),
      schema::Optional("t", &Happened::topic),    schema::Optional("p", &Happened::policy),
      schema::Optional("m", &Happened::until_ms),
  };
};

// A record. What an edit or a recall says of it is written into it: a reader needs this row alone.
struct Stored {
  UserHandle from;
  int64_t time_ms = 0;
  std::string kind;
  std::optional<std::string> body;
  std::optional<std::string> id;
  std::optional<int64_t> reply_to;
  std::vector<UserHandle> mentions;
  std::optional<int64_t> edited_ms;
  bool recalled = false;
  std::optional<int64_t> target;
  std::optional<std::string> emoji;
  std::optional<bool> on;
  // As in Head, up to and including this record: the difference is what came after it.
  int64_t texts_first = 0;
  int64_t texts_second = 0;
  // Of a text or own kind: its latest edit record. Of an edit record: the one before it. So a recall finds every body.
  int64_t last_edit = 0;
  int64_t recall = 0;  // of a recalled one: the recall record
  // Of a text or own kind in a group or the announcements: the one before it by the same member. 0: the first since
  // joining.
  int64_t previous = 0;
  std::optional<Happened> happened;
  static constexpr auto kFields = std::tuple{
      schema::Required("f", &Stored::from),        schema::Required("t", &Stored::time_ms),
      schema::Required("k", &Stored::kind),        schema::Optional("b", &Stored::body),
      schema::Optional("i", &Stored::id),          schema::Optional("r", &Stored::reply_to),
      schema::Optional("m", &Stored::mentions),    schema::Optional("e", &Stored::edited_ms),
      schema::Optional("x", &Stored::recalled),    schema::Optional("g", &Stored::target),
      schema::Optional("j", &Stored::emoji),       schema::Optional("o", &Stored::on),
      schema::Optional("1", &Stored::texts_first), schema::Optional("2", &Stored::texts_second),
      schema::Optional("l", &Stored::last_edit),   schema::Optional("y", &Stored::recall),
      schema::Optional("p", &Stored::previous),    schema::Optional("s", &Stored::happened),
  };
};

//   'm' conversation seq   a record
struct RecordRow {
  static constexpr char kTable = 'm';
  Conversation conversation;
  uint64_t seq = 0;
  static constexpr auto kKey = std::tuple{&RecordRow::conversation, &RecordRow::seq};
  using Value = Stored;
};

struct Set {
  int64_t seq = 0;  // of the react record
  static constexpr auto kFields = std::tuple{schema::Required("s", &Set::seq)};
};

//   'r' conversation target emoji user   a reaction that is set; there is no row for one taken back.
struct ReactionRow {
  static constexpr char kTable = 'r';
  Conversation conversation;
  uint64_t target = 0;
  std::string emoji;
  UserHandle user;
  static constexpr auto kKey =
      std::tuple{&ReactionRow::conversation, &ReactionRow::target, &ReactionRow::emoji, &ReactionRow::user};
  using Value = Set;
};

// How far a user is. Invariant: read <= received <= head; neither ever goes back.
struct Cursor {
  int64_t read = 0;
  int64_t received = 0;
  int64_t muted_until_ms = 0;  // 0: not muted
  // In a group or the announcements: the user's own texts from the floor up to `read`. Means nothing while `read` is
  // below the floor.
  int64_t own = 0;
  static constexpr auto kFields = std::tuple{
      schema::Optional("r", &Cursor::read),
      schema::Optional("v", &Cursor::received),
      schema::Optional("m", &Cursor::muted_until_ms),
      schema::Optional("o", &Cursor::own),
  };
};

//   'c' conversation user   absent while all of it is 0.
struct CursorRow {
  static constexpr char kTable = 'c';
  Conversation conversation;
  UserHandle user;
  static constexpr auto kKey = std::tuple{&CursorRow::conversation, &CursorRow::user};
  using Value = Cursor;
};

// What the group module has told of a group.
struct Group {
  int64_t version = 0;  // of the last change that was heard of
  int64_t record = 0;   // seq of its record
  int64_t members = 0;
  int64_t muted_until_ms = 0;  // all but owner and admins; 0: not muted
  bool dissolved = false;
  static constexpr auto kFields = std::tuple{
      schema::Required("v", &Group::version),   schema::Required("s", &Group::record),
      schema::Required("n", &Group::members),   schema::Optional("m", &Group::muted_until_ms),
      schema::Optional("x", &Group::dissolved),
  };
};

//   'o' conversation   a group. Stays for ever, also when it is dissolved. Invariant: `members` is the number of its
//   member rows, until it is dissolved.
struct GroupRow {
  static constexpr char kTable = 'o';
  Conversation conversation;
  static constexpr auto kKey = std::tuple{&GroupRow::conversation};
  using Value = Group;
};

struct Member {
  Role role = Role::kMember;
  int64_t floor = 1;           // seq of the record of joining
  int64_t muted_until_ms = 0;  // 0: not muted
  int64_t texts = 0;           // own texts and own kinds since then
  int64_t last_text = 0;       // seq of the last of them; 0: none
  static constexpr auto kFields = std::tuple{
      schema::Required("r", &Member::role),           schema::Required("f", &Member::floor),
      schema::Optional("m", &Member::muted_until_ms), schema::Optional("n", &Member::texts),
      schema::Optional("l", &Member::last_text),
  };
};

//   'u' conversation user   a member of a group: who reads and writes there. Invariant once nothing is under way: the
//   group is on the member's list. In the announcements, who has written some; nobody needs it to read.
struct MemberRow {
  static constexpr char kTable = 'u';
  Conversation conversation;
  UserHandle user;
  static constexpr auto kKey = std::tuple{&MemberRow::conversation, &MemberRow::user};
  using Value = Member;
};

struct Gone {
  int64_t since_ms = 0;
  static constexpr auto kFields = std::tuple{schema::Required("s", &Gone::since_ms)};
};

//   'g' user   (at the user's slot) the account is deleted: no conversation begins any more.
struct GoneRow {
  static constexpr char kTable = 'g';
  UserHandle user;
  static constexpr auto kKey = std::tuple{&GoneRow::user};
  using Value = Gone;
};

struct Listed {
  int64_t since_ms = 0;
  int64_t version = 0;  // of a group: of the change that put it here, or took it off
  bool off = false;     // taken off: the row stays, so that older news are known as such
  bool coming = false;  // of a group: its owner is about to become a member, and must not hear it before
  static constexpr auto kFields = std::tuple{
      schema::Required("s", &Listed::since_ms),
      schema::Optional("v", &Listed::version),
      schema::Optional("x", &Listed::off),
      schema::Optional("c", &Listed::coming),
  };
};

//   'l' user conversation   (at the user's slot) the conversation may have begun. Invariant: one that has begun is on
//   the list of both; one on a list that never began (its first send failed midway) has head 0 and is shown to nobody,
//   as is a group of which the user is no member.
struct ListRow {
  static constexpr char kTable = 'l';
  UserHandle user;
  Conversation conversation;
  static constexpr auto kKey = std::tuple{&ListRow::user, &ListRow::conversation};
  using Value = Listed;
};

// How the two of a direct conversation stand to each other, as the friend module tells.
struct Stance {
  bool friends = false;
  bool blocked = false;
  int64_t version = 0;
  static constexpr auto kFields = std::tuple{
      schema::Optional("f", &Stance::friends),
      schema::Optional("b", &Stance::blocked),
      schema::Required("v", &Stance::version),
  };
};

//   'w' conversation   absent while the two never were friends, and neither blocked the other.
struct StanceRow {
  static constexpr char kTable = 'w';
  Conversation conversation;
  static constexpr auto kKey = std::tuple{&StanceRow::conversation};
  using Value = Stance;
};

}  // namespace parley::message
