// Everything that clients and other modules may say to the message module, and what it says to clients. Each message is
// declared once; encoding, checks and documentation derive from it.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "common/base/handle.h"
#include "common/base/limits.h"
#include "common/schema/fields.h"

namespace parley::message {

using schema::AtLeast;
using schema::AtMost;
using schema::Bytes;
using schema::Optional;
using schema::Required;

// The kinds with a meaning here. Every other kind is a client's own, and is treated as a text.
inline constexpr std::string_view kText = "text";
inline constexpr std::string_view kEdit = "edit";
inline constexpr std::string_view kRecall = "recall";
inline constexpr std::string_view kReact = "react";
inline constexpr std::string_view kSystem = "system";

// Of a group's member; each may take back what those below wrote.
enum class Role { kMember, kAdmin, kOwner };
constexpr auto NamesOf(Role) {
  using P = std::pair<Role, std::string_view>;
  return std::array{P{Role::kMember, "member"}, P{Role::kAdmin, "admin"}, P{Role::kOwner, "owner"}};
}

// What can happen to a group.
enum class GroupEvent { kCreated, kJoined, kLeft, kKicked, kRole, kUpdated, kMuted, kTransferred, kDissolved };
constexpr auto NamesOf(GroupEvent) {
  using P = std::pair<GroupEvent, std::string_view>;
  using enum GroupEvent;
  return std::array{
      P{kCreated, "created"},    P{kJoined, "joined"},   P{kLeft, "left"},   P{kKicked, "kicked"},
      P{kRole, "role"},          P{kUpdated, "updated"}, P{kMuted, "muted"}, P{kTransferred, "transferred"},
      P{kDissolved, "dissolved"}};
}

// An empty answer: it is so.
struct Nothing {
  bool operator==(const Nothing&) const = default;
  static constexpr auto kFields = std::tuple{};
};

// One entry of a conversation's log, as one user may see it.
struct Record {
  Conversation conversation;
  int64_t seq = 0;
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
  std::optional<GroupEvent> event;
  std::optional<UserHandle> user;
  std::optional<Role> role;
  std::optional<std::string> name;
  std::optional<std::string> topic;
  std::optional<std::string> policy;
  std::optional<int64_t> until_ms;

  bool operator==(const Record&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("conversation", &Record::conversation, "where it stands"),
      Required("seq", &Record::seq, "its place in the conversation: 1, 2, 3, … each record exactly one, none skipped"),
      Required("from", &Record::from, "who wrote it"),
      Required("time_ms", &Record::time_ms, "when; never goes back within a conversation"),
      Required("kind", &Record::kind, "text, any kind of a client's own, edit, recall, react or system"),
      Optional("body", &Record::body, "of a text or own kind, as last edited; of an edit; absent once recalled"),
      Optional("id", &Record::id, "the sender's own id of a text or own kind; only the sender sees it"),
      Optional("reply_to", &Record::reply_to, "the record that it answers"),
      Optional("mentions", &Record::mentions, "handles named in it"),
      Optional("edited_ms", &Record::edited_ms, "when it was last edited"),
      Optional("recalled", &Record::recalled, "true once it was recalled, and on the edits of what was recalled"),
      Optional("target", &Record::target, "of an edit, recall or react: the record it is about"),
      Optional("emoji", &Record::emoji, "of a react"),
      Optional("on", &Record::on, "of a react: set or taken back"),
      Optional("event", &Record::event,
               "of a system record: created (the owner joins with it), joined, left, kicked, role, updated, muted, "
               "transferred or dissolved"),
      Optional("user", &Record::user, "of a system record: to whom it happened"),
      Optional("role", &Record::role, "of a role record: the new one"),
      Optional("name", &Record::name, "of created and updated: the group's new name"),
      Optional("topic", &Record::topic, "of created and updated: the group's new topic"),
      Optional("policy", &Record::policy, "of created and updated: who may come in"),
      Optional("until_ms", &Record::until_ms, "of muted: until when; 0: no more"),
  };
};

struct SendReply {
  Conversation conversation;
  int64_t seq = 0;
  int64_t time_ms = 0;
  static constexpr auto kFields = std::tuple{
      Required("conversation", &SendReply::conversation, "where it stands"),
      Required("seq", &SendReply::seq, "its place there"),
      Required("time_ms", &SendReply::time_ms, "when"),
  };
};

struct Send {
  Address to;
  std::string body;
  std::string id;
  std::string kind = std::string(kText);
  std::optional<int64_t> reply_to = {};
  std::vector<UserHandle> mentions = {};

  using Reply = SendReply;
  static constexpr std::string_view kMethod = "message.send";
  static constexpr auto kFields = std::tuple{
      Required("to", &Send::to, "a user, oneself (a notebook), or a group"),
      Required("body", &Send::body, "1 to 16384 bytes", Bytes(limits::kBodyMin, limits::kBodyMax)),
      Required("id", &Send::id, "the same id again is the same message", Bytes(limits::kIdMin, limits::kIdMax)),
      Optional("kind", &Send::kind, "text unless given; not edit, recall, react or system", Bytes(1, limits::kKindMax)),
      Optional("reply_to", &Send::reply_to, "seq of a text or own kind in the same conversation", AtLeast(0)),
      Optional("mentions", &Send::mentions, "at most 50 handles", AtMost(limits::kMentionsMax)),
  };
};

struct HistoryReply {
  Conversation conversation;
  std::vector<Record> messages;
  int64_t head = 0;
  int64_t floor = 1;
  bool more = false;
  static constexpr auto kFields = std::tuple{
      Required("conversation", &HistoryReply::conversation, "which"),
      Required("messages", &HistoryReply::messages, "records, ascending"),
      Required("head", &HistoryReply::head, "the last seq; 0: nothing yet"),
      Required("floor", &HistoryReply::floor, "the first seq that the caller may see"),
      Required("more", &HistoryReply::more, "whether there is more in the direction of the page"),
  };
};

struct History {
  std::optional<Conversation> conversation;
  std::optional<UserHandle> with;
  std::optional<int64_t> after;
  std::optional<int64_t> before;
  int64_t limit = limits::kPageDefault;

  using Reply = HistoryReply;
  static constexpr std::string_view kMethod = "message.history";
  static constexpr auto kFields = std::tuple{
      Optional("conversation", &History::conversation, "which; or `with`"),
      Optional("with", &History::with, "the other user of a direct conversation"),
      Optional("after", &History::after, "only what comes after this seq, the oldest first", AtLeast(0)),
      Optional("before", &History::before, "only what comes before this seq", AtLeast(0)),
      Optional("limit", &History::limit, "at most so many records: 50 unless given, no more than 200", AtLeast(1)),
  };
};

// What a user needs to know of one conversation to be up to date.
struct Overview {
  Conversation conversation;
  int64_t head = 0;
  int64_t floor = 1;
  int64_t read = 0;
  int64_t received = 0;
  int64_t unread = 0;
  std::optional<int64_t> muted_until_ms;
  std::optional<Record> last;

  bool operator==(const Overview&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("conversation", &Overview::conversation, "which"),
      Required("head", &Overview::head, "the last seq"),
      Required("floor", &Overview::floor, "the first seq that the caller may see"),
      Required("read", &Overview::read, "the caller's cursor"),
      Required("received", &Overview::received, "the caller's cursor"),
      Required("unread", &Overview::unread, "others' texts and own kinds above `read`, up to 100"),
      Optional("muted_until_ms", &Overview::muted_until_ms, "while it is muted"),
      Optional("last", &Overview::last, "the last record, when previews were asked for"),
  };
};

struct SyncReply {
  std::vector<Overview> conversations;
  std::optional<std::string> cursor;
  static constexpr auto kFields = std::tuple{
      Required("conversations", &SyncReply::conversations, "all of the caller's, over all pages"),
      Optional("cursor", &SyncReply::cursor, "of the next page; absent on the last"),
  };
};

struct Sync {
  bool previews = false;
  std::optional<std::string> cursor;
  int64_t limit = limits::kPageDefault;

  using Reply = SyncReply;
  static constexpr std::string_view kMethod = "message.sync";
  static constexpr auto kFields = std::tuple{
      Optional("previews", &Sync::previews, "with the last record of each"),
      Optional("cursor", &Sync::cursor, "of the page before", Bytes(1, limits::kCursorMax)),
      Optional("limit", &Sync::limit, "at most so many: 50 unless given, no more than 200", AtLeast(1)),
  };
};

struct Received {
  Conversation conversation;
  int64_t seq = 0;
  std::optional<std::string> id;

  using Reply = Nothing;
  static constexpr std::string_view kMethod = "message.received";
  static constexpr auto kFields = std::tuple{
      Required("conversation", &Received::conversation, "which"),
      Required("seq", &Received::seq, "everything up to here; never goes back, cut to head", AtLeast(0)),
      Optional("id", &Received::id, "repeats are one", Bytes(limits::kIdMin, limits::kIdMax)),
  };
};

struct Read {
  Conversation conversation;
  int64_t seq = 0;
  std::optional<std::string> id;

  using Reply = Nothing;
  static constexpr std::string_view kMethod = "message.read";
  static constexpr auto kFields = std::tuple{
      Required("conversation", &Read::conversation, "which"),
      Required("seq", &Read::seq, "everything up to here, which is also received; never goes back, cut to head",
               AtLeast(0)),
      Optional("id", &Read::id, "repeats are one", Bytes(limits::kIdMin, limits::kIdMax)),
  };
};

struct Receipt {
  UserHandle user;
  bool received = false;
  bool read = false;
  bool operator==(const Receipt&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("user", &Receipt::user, "another member"),
      Required("received", &Receipt::received, "whether the record reached one of their devices"),
      Required("read", &Receipt::read, "whether they read it"),
  };
};

struct ReceiptsReply {
  std::vector<Receipt> receipts;
  std::optional<std::string> cursor;
  static constexpr auto kFields = std::tuple{
      Required("receipts", &ReceiptsReply::receipts, "of the other members"),
      Optional("cursor", &ReceiptsReply::cursor, "of the next page; absent on the last"),
  };
};

struct Receipts {
  Conversation conversation;
  int64_t seq = 0;
  std::optional<std::string> cursor;
  int64_t limit = limits::kPageDefault;

  using Reply = ReceiptsReply;
  static constexpr std::string_view kMethod = "message.receipts";
  static constexpr auto kFields = std::tuple{
      Required("conversation", &Receipts::conversation, "which"),
      Required("seq", &Receipts::seq, "of which record", AtLeast(0)),
      Optional("cursor", &Receipts::cursor, "of the page before", Bytes(1, limits::kCursorMax)),
      Optional("limit", &Receipts::limit, "at most so many: 50 unless given, no more than 200", AtLeast(1)),
  };
};

struct SeqReply {
  int64_t seq = 0;
  static constexpr auto kFields = std::tuple{Required("seq", &SeqReply::seq, "of the record that says so")};
};

struct Edit {
  Conversation conversation;
  int64_t seq = 0;
  std::string body;
  std::optional<std::string> id;

  using Reply = SeqReply;
  static constexpr std::string_view kMethod = "message.edit";
  static constexpr auto kFields = std::tuple{
      Required("conversation", &Edit::conversation, "which"),
      Required("seq", &Edit::seq, "of an own text or own kind that is not recalled", AtLeast(0)),
      Required("body", &Edit::body, "the new one, 1 to 16384 bytes", Bytes(limits::kBodyMin, limits::kBodyMax)),
      Optional("id", &Edit::id, "repeats are one", Bytes(limits::kIdMin, limits::kIdMax)),
  };
};

struct Recall {
  Conversation conversation;
  int64_t seq = 0;
  std::optional<std::string> id;

  using Reply = SeqReply;
  static constexpr std::string_view kMethod = "message.recall";
  static constexpr auto kFields = std::tuple{
      Required("conversation", &Recall::conversation, "which"),
      Required("seq", &Recall::seq, "of an own text or own kind; recalled already: the answer is the first recall's",
               AtLeast(0)),
      Optional("id", &Recall::id, "repeats are one", Bytes(limits::kIdMin, limits::kIdMax)),
  };
};

struct ReactReply {
  std::optional<int64_t> seq;
  static constexpr auto kFields = std::tuple{
      Optional("seq", &ReactReply::seq, "of the record that says so; absent where it was so already"),
  };
};

struct React {
  Conversation conversation;
  int64_t seq = 0;
  std::string emoji;
  bool on = false;
  std::optional<std::string> id;

  using Reply = ReactReply;
  static constexpr std::string_view kMethod = "message.react";
  static constexpr auto kFields = std::tuple{
      Required("conversation", &React::conversation, "which"),
      Required("seq", &React::seq, "of a text or own kind", AtLeast(0)),
      Required("emoji", &React::emoji, "any text of 1 to 32 bytes", Bytes(1, limits::kEmojiMax)),
      Required("on", &React::on, "set it, or take it back"),
      Optional("id", &React::id, "repeats are one", Bytes(limits::kIdMin, limits::kIdMax)),
  };
};

struct Typing {
  Address to;
  bool on = false;

  using Reply = Nothing;
  static constexpr std::string_view kMethod = "message.typing";
  static constexpr auto kFields = std::tuple{
      Required("to", &Typing::to, "a user or a group"),
      Required("on", &Typing::on, "began or stopped; receivers forget it after 10 s"),
  };
};

struct Mute {
  Conversation conversation;
  int64_t until_ms = 0;
  std::optional<std::string> id;

  using Reply = Nothing;
  static constexpr std::string_view kMethod = "message.mute";
  static constexpr auto kFields = std::tuple{
      Required("conversation", &Mute::conversation, "which"),
      Required("until_ms", &Mute::until_ms, "no offline push for it until then; 0 lifts it", AtLeast(0)),
      Optional("id", &Mute::id, "repeats are one", Bytes(limits::kIdMin, limits::kIdMax)),
  };
};

// To clients: a record has been written.
struct NewRecord : Record {
  int64_t head = 0;

  static constexpr std::string_view kMethod = "message.new";
  static constexpr auto kFields = std::tuple_cat(
      Record::kFields, std::tuple{Required("head", &NewRecord::head, "the last seq of the conversation")});
};

// To clients: a user's cursor has moved.
struct ReadUpTo {
  Conversation conversation;
  UserHandle user;
  int64_t seq = 0;
  static constexpr std::string_view kMethod = "message.read";
  static constexpr auto kFields = std::tuple{
      Required("conversation", &ReadUpTo::conversation, "which"),
      Required("user", &ReadUpTo::user, "who read it"),
      Required("seq", &ReadUpTo::seq, "everything up to here, which is also received"),
  };
};

struct ReceivedUpTo {
  Conversation conversation;
  UserHandle user;
  int64_t seq = 0;
  static constexpr std::string_view kMethod = "message.received";
  static constexpr auto kFields = std::tuple{
      Required("conversation", &ReceivedUpTo::conversation, "which"),
      Required("user", &ReceivedUpTo::user, "who received it"),
      Required("seq", &ReceivedUpTo::seq, "everything up to here"),
  };
};

// To clients: somebody is typing.
struct IsTyping {
  Conversation conversation;
  UserHandle user;
  bool on = false;
  static constexpr std::string_view kMethod = "message.typing";
  static constexpr auto kFields = std::tuple{
      Required("conversation", &IsTyping::conversation, "which"),
      Required("user", &IsTyping::user, "who types"),
      Required("on", &IsTyping::on, "began or stopped; forget it after 10 s"),
  };
};

// Inside the module, from slot to slot: a conversation belongs on a user's list. Of a group with the version of the
// change: a lower one is old news.
struct ListAdd {
  UserHandle user;
  Conversation conversation;
  int64_t version = 0;
  bool coming = false;

  using Reply = Nothing;
  static constexpr std::string_view kMethod = "message.list_add";
  static constexpr auto kFields = std::tuple{
      Required("user", &ListAdd::user, "whose list"),
      Required("conversation", &ListAdd::conversation, "what is on it from now on"),
      Optional("version", &ListAdd::version, "of the group"),
      Optional("coming", &ListAdd::coming,
               "the user is about to become a member of the group; told again without this, sessions hear it"),
  };
};

// Inside the module, from slot to slot: a group is no longer on a user's list.
struct ListRemove {
  UserHandle user;
  Conversation conversation;
  int64_t version = 0;
  bool dissolved = false;

  using Reply = Nothing;
  static constexpr std::string_view kMethod = "message.list_remove";
  static constexpr auto kFields = std::tuple{
      Required("user", &ListRemove::user, "whose list"),
      Required("conversation", &ListRemove::conversation, "what is not on it from now on"),
      Required("version", &ListRemove::version, "of the group; a lower one is old news"),
      Optional("dissolved", &ListRemove::dissolved, "sessions that hear the group still hear it no more"),
  };
};

// Inside the module: a dissolved group is taken off its members' lists, a part at a time; `after` is where the next
// part begins.
struct ClearGroup {
  Conversation conversation;
  std::optional<UserHandle> after;

  using Reply = Nothing;
  static constexpr std::string_view kMethod = "message.clear_group";
  static constexpr auto kFields = std::tuple{
      Required("conversation", &ClearGroup::conversation, "of the group"),
      Optional("after", &ClearGroup::after, "those up to this one are done"),
  };
};

// From the user module: an account is deleted. Nobody writes to it from now on. Its conversations are closed a part of
// the list at a time; `after` is where the next part begins.
struct UserGone {
  UserHandle user;
  std::optional<Conversation> after;

  using Reply = Nothing;
  static constexpr std::string_view kMethod = "message.user_gone";
  static constexpr auto kFields = std::tuple{
      Required("user", &UserGone::user, "whose account"),
      Optional("after", &UserGone::after, "those up to this one are closed already"),
  };
};

// Inside the module, from slot to slot: nothing more is sent in a conversation.
struct CloseConversation {
  Conversation conversation;

  using Reply = Nothing;
  static constexpr std::string_view kMethod = "message.close";
  static constexpr auto kFields = std::tuple{Required("conversation", &CloseConversation::conversation, "which")};
};

struct HeadsReply {
  std::vector<Overview> conversations;
  static constexpr auto kFields = std::tuple{
      Required("conversations", &HeadsReply::conversations, "of those asked for, the ones that have begun"),
  };
};

// Inside the module, from slot to slot: how some conversations of one slot stand for a user.
struct Heads {
  Conversation key;
  UserHandle user;
  std::vector<Conversation> conversations;
  bool previews = false;

  using Reply = HeadsReply;
  static constexpr std::string_view kMethod = "message.heads";
  static constexpr auto kFields = std::tuple{
      Required("key", &Heads::key, "any one of them: names the slot"),
      Required("user", &Heads::user, "for whom"),
      Required("conversations", &Heads::conversations, "all in the same slot"),
      Optional("previews", &Heads::previews, "with the last record of each"),
  };
};

// From the friend module: how one of the two stands to the other from now on. A lower version is old news.
struct Relation {
  Conversation conversation;
  bool friends = false;
  bool blocked = false;
  int64_t version = 0;

  using Reply = Nothing;
  static constexpr std::string_view kMethod = "message.relation";
  static constexpr auto kFields = std::tuple{
      Required("conversation", &Relation::conversation, "the two, as alice~bob"),
      Required("friends", &Relation::friends, "whether they are friends"),
      Required("blocked", &Relation::blocked, "whether either blocks the other: neither may write"),
      Required("version", &Relation::version, "grows with each change of the pair"),
  };
};

// From the group module, in order: what happened to a group. It becomes a `system` record of its conversation, and who
// may read and write there follows from it. A lower version is old news.
struct GroupChange {
  Conversation conversation;
  int64_t version = 0;
  GroupEvent event = GroupEvent::kCreated;
  UserHandle by;
  std::optional<UserHandle> user = {};
  std::optional<Role> role = {};
  std::optional<std::string> name = {};
  std::optional<std::string> topic = {};
  std::optional<std::string> policy = {};
  std::optional<int64_t> until_ms = {};

  using Reply = Nothing;
  static constexpr std::string_view kMethod = "message.group_change";
  static constexpr auto kFields = std::tuple{
      Required("conversation", &GroupChange::conversation, "of the group"),
      Required("version", &GroupChange::version, "grows with each change of the group"),
      Required("event", &GroupChange::event,
               "created, joined, left, kicked, role, updated, muted, transferred or dissolved"),
      Required("by", &GroupChange::by, "who did it"),
      Optional("user", &GroupChange::user, "to whom; of `muted`: nobody is all"),
      Optional("role", &GroupChange::role, "of `role`: the new one"),
      Optional("name", &GroupChange::name, "of `created` and `updated`: the new one"),
      Optional("topic", &GroupChange::topic, "of `created` and `updated`: the new one"),
      Optional("policy", &GroupChange::policy, "of `created` and `updated`: the new one"),
      Optional("until_ms", &GroupChange::until_ms, "of `muted`: until when; 0: no more"),
  };
};

// From the admin module: a record in `!all`, as the administrator who calls.
struct Announce {
  std::string body;
  std::string id;
  Conversation conversation = Conversation::Announcements();

  using Reply = SeqReply;
  static constexpr std::string_view kMethod = "message.announce";
  static constexpr auto kFields = std::tuple{
      Required("body", &Announce::body, "what to tell everyone", Bytes(limits::kBodyMin, limits::kBodyMax)),
      Required("id", &Announce::id, "repeats are one", Bytes(limits::kIdMin, limits::kIdMax)),
      Required("conversation", &Announce::conversation, "always `!all`: names the slot"),
  };
};

// From the admin module: anyone's message is recalled, by the administrator who calls.
struct AdminRecall {
  Conversation conversation;
  int64_t seq = 0;

  using Reply = SeqReply;
  static constexpr std::string_view kMethod = "message.admin_recall";
  static constexpr auto kFields = std::tuple{
      Required("conversation", &AdminRecall::conversation, "any"),
      Required("seq", &AdminRecall::seq, "of a text or own kind", AtLeast(0)),
  };
};

// From frontends: a session begins to listen. It hears the user's groups and the announcements.
struct Attach {
  using Reply = Nothing;
  static constexpr std::string_view kMethod = "message.attach";
  static constexpr auto kFields = std::tuple{};
};

}  // namespace parley::message
