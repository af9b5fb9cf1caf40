// What a client reads of the server's answers and pushes, declared once. Keys that are not listed here are skipped.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "common/base/handle.h"
#include "common/schema/codec.h"
#include "common/schema/fields.h"

namespace parley::client {

using schema::Optional;
using schema::Required;

// The answer to user.login and user.resume.
struct LoggedIn {
  UserHandle user;
  std::string token;
  std::string session;
  std::string role;

  bool operator==(const LoggedIn&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("user", &LoggedIn::user),
      Required("token", &LoggedIn::token),
      Required("session", &LoggedIn::session),
      Required("role", &LoggedIn::role),
  };
};

// One record of a conversation; which fields are there depends on its kind.
struct Record {
  Conversation conversation;
  int64_t seq = 0;
  UserHandle from;
  int64_t time_ms = 0;
  std::string kind;
  std::string body;
  std::string id;
  int64_t reply_to = 0;
  int64_t edited_ms = 0;
  bool recalled = false;
  int64_t target = 0;
  std::string emoji;
  std::optional<bool> on;
  std::vector<std::string> mentions;
  // Of kind `system`: what happened in a group, `from` says who did it.
  std::string event;
  std::optional<UserHandle> user;  // to whom
  std::string role;
  std::string name;
  std::optional<std::string> topic;
  std::string policy;
  std::optional<int64_t> until_ms;

  bool operator==(const Record&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("conversation", &Record::conversation),
      Required("seq", &Record::seq),
      Required("from", &Record::from),
      Required("time_ms", &Record::time_ms),
      Required("kind", &Record::kind),
      Optional("body", &Record::body),
      Optional("id", &Record::id),
      Optional("reply_to", &Record::reply_to),
      Optional("edited_ms", &Record::edited_ms),
      Optional("recalled", &Record::recalled),
      Optional("target", &Record::target),
      Optional("emoji", &Record::emoji),
      Optional("on", &Record::on),
      Optional("mentions", &Record::mentions),
      Optional("event", &Record::event),
      Optional("user", &Record::user),
      Optional("role", &Record::role),
      Optional("name", &Record::name),
      Optional("topic", &Record::topic),
      Optional("policy", &Record::policy),
      Optional("until_ms", &Record::until_ms),
  };
};

// What message.new has besides the record.
struct Head {
  int64_t head = 0;
  static constexpr auto kFields = std::tuple{Required("head", &Head::head)};
};

// The answer to message.send.
struct Sent {
  Conversation conversation;
  int64_t seq = 0;
  int64_t time_ms = 0;

  bool operator==(const Sent&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("conversation", &Sent::conversation),
      Required("seq", &Sent::seq),
      Required("time_ms", &Sent::time_ms),
  };
};

// What session.trace tells.
struct Hop {
  std::string node, what, method;
  int64_t at_us = 0;

  bool operator==(const Hop&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("node", &Hop::node),
      Required("what", &Hop::what),
      Required("method", &Hop::method),
      Required("at_us", &Hop::at_us),
  };
};

struct Refusal {
  std::string code, message;

  bool operator==(const Refusal&) const = default;
  static constexpr auto kFields = std::tuple{Required("code", &Refusal::code), Required("message", &Refusal::message)};
};

struct TraceAnswer {
  std::string request;
  std::vector<Hop> hops;
  schema::Encoded result;
  std::optional<Refusal> error;

  bool operator==(const TraceAnswer&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("request", &TraceAnswer::request),
      Required("hops", &TraceAnswer::hops),
      Optional("result", &TraceAnswer::result),
      Optional("error", &TraceAnswer::error),
  };
};

// One conversation of message.sync.
struct Listed {
  Conversation conversation;
  int64_t head = 0;
  int64_t floor = 0;
  int64_t read = 0;
  int64_t received = 0;
  int64_t unread = 0;

  bool operator==(const Listed&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("conversation", &Listed::conversation),
      Required("head", &Listed::head),
      Required("floor", &Listed::floor),
      Required("read", &Listed::read),
      Required("received", &Listed::received),
      Required("unread", &Listed::unread),
  };
};

struct Listing {
  std::vector<Listed> conversations;
  std::string cursor;

  bool operator==(const Listing&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("conversations", &Listing::conversations),
      Optional("cursor", &Listing::cursor),
  };
};

// The answer to message.history, without its records.
struct PageEnds {
  int64_t head = 0;
  int64_t floor = 0;
  bool more = false;

  bool operator==(const PageEnds&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("head", &PageEnds::head),
      Required("floor", &PageEnds::floor),
      Required("more", &PageEnds::more),
  };
};

// message.read and message.received, as pushes.
struct Mark {
  Conversation conversation;
  UserHandle user;
  int64_t seq = 0;

  bool operator==(const Mark&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("conversation", &Mark::conversation),
      Required("user", &Mark::user),
      Required("seq", &Mark::seq),
  };
};

// message.typing, as a push.
struct Typing {
  Conversation conversation;
  UserHandle user;
  bool on = false;

  bool operator==(const Typing&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("conversation", &Typing::conversation),
      Required("user", &Typing::user),
      Required("on", &Typing::on),
  };
};

// One friend of friend.list.
struct Friend {
  UserHandle user;
  std::string alias;
  int64_t since_ms = 0;
  bool online = false;
  std::string state;
  std::string text;

  bool operator==(const Friend&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("user", &Friend::user),     Optional("alias", &Friend::alias), Optional("since_ms", &Friend::since_ms),
      Required("online", &Friend::online), Optional("state", &Friend::state), Optional("text", &Friend::text),
  };
};

struct FriendsPage {
  std::vector<Friend> friends;
  std::string cursor;

  static constexpr auto kFields = std::tuple{
      Required("friends", &FriendsPage::friends),
      Optional("cursor", &FriendsPage::cursor),
  };
};

// friend.requested, friend.accepted, friend.removed and friend.cancelled, as pushes.
struct FriendPush {
  UserHandle user;
  std::string note;

  static constexpr auto kFields = std::tuple{Required("user", &FriendPush::user), Optional("note", &FriendPush::note)};
};

// friend.presence, as a push.
struct Presence {
  UserHandle user;
  bool online = false;
  std::string state;
  std::string text;

  static constexpr auto kFields = std::tuple{
      Required("user", &Presence::user),
      Required("online", &Presence::online),
      Optional("state", &Presence::state),
      Optional("text", &Presence::text),
  };
};

// One group of group.list.
struct OwnGroup {
  GroupHandle group;
  std::string name;
  std::string role;

  bool operator==(const OwnGroup&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("group", &OwnGroup::group),
      Optional("name", &OwnGroup::name),
      Optional("role", &OwnGroup::role),
  };
};

struct GroupsPage {
  std::vector<OwnGroup> groups;
  std::string cursor;

  static constexpr auto kFields = std::tuple{
      Required("groups", &GroupsPage::groups),
      Optional("cursor", &GroupsPage::cursor),
  };
};

// group.invited, group.requested, group.joined and group.left, as pushes.
struct GroupPush {
  GroupHandle group;
  std::optional<UserHandle> by;
  std::optional<UserHandle> user;
  std::string note;
  std::string reason;

  static constexpr auto kFields = std::tuple{
      Required("group", &GroupPush::group), Optional("by", &GroupPush::by),         Optional("user", &GroupPush::user),
      Optional("note", &GroupPush::note),   Optional("reason", &GroupPush::reason),
  };
};

// session.closed
struct Closed {
  std::string code;
  std::string message;
  int64_t retry_after_ms = 0;

  bool operator==(const Closed&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("code", &Closed::code),
      Required("message", &Closed::message),
      Optional("retry_after_ms", &Closed::retry_after_ms),
  };
};

}  // namespace parley::client
