// The names of the client contract: users, groups, conversations. Each is a type that can only hold a valid name.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/result.h"

namespace parley {

// Of each of these, the text of a temporary is a copy: a reference to it would outlive it.

// [a-z0-9][a-z0-9._-]{1,31}
class UserHandle {
 public:
  UserHandle() = default;  // empty: nobody
  // kBadRequest for any other form or length; the message says the form, the caller says which argument.
  static Result<UserHandle> Parse(std::string_view text);
  // For text that is known to be valid (literals in tests, rows already checked). CHECKs.
  static UserHandle Must(std::string_view text);

  [[nodiscard]] const std::string& text() const& { return text_; }
  [[nodiscard]] std::string text() && { return std::move(text_); }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  auto operator<=>(const UserHandle&) const = default;

 private:
  std::string text_;
};

// #[a-z0-9][a-z0-9._-]{1,48}
class GroupHandle {
 public:
  GroupHandle() = default;
  static Result<GroupHandle> Parse(std::string_view text);
  static GroupHandle Must(std::string_view text);

  [[nodiscard]] const std::string& text() const& { return text_; }
  [[nodiscard]] std::string text() && { return std::move(text_); }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  auto operator<=>(const GroupHandle&) const = default;

 private:
  std::string text_;
};

// Whom a message is for: a user or a group.
class Address {
 public:
  Address() = default;
  static Result<Address> Parse(std::string_view text);
  static Address Must(std::string_view text);

  [[nodiscard]] bool is_group() const { return !text_.empty() && text_[0] == '#'; }
  [[nodiscard]] const std::string& text() const& { return text_; }
  [[nodiscard]] std::string text() && { return std::move(text_); }
  [[nodiscard]] UserHandle user() const { return UserHandle::Must(text_); }  // CHECKs !is_group()
  auto operator<=>(const Address&) const = default;

 private:
  std::string text_;
};

// `alice~bob` (sorted; `alice~alice` is one's own notebook), `#cpp`, or `!all`.
class Conversation {
 public:
  Conversation() = default;
  static Result<Conversation> Parse(std::string_view text);
  static Conversation Must(std::string_view text);
  static Conversation Direct(const UserHandle& a, const UserHandle& b);
  static Conversation Group(const GroupHandle& group);
  static Conversation Announcements();
  // The conversation in which `from` reaches `to`.
  static Conversation Between(const UserHandle& from, const Address& to);

  [[nodiscard]] bool is_direct() const { return !text_.empty() && text_[0] != '#' && text_[0] != '!'; }
  [[nodiscard]] bool is_group() const { return !text_.empty() && text_[0] == '#'; }
  [[nodiscard]] bool is_announcements() const { return !text_.empty() && text_[0] == '!'; }
  // Of a direct conversation: the lower and the higher handle; both the same for a notebook.
  [[nodiscard]] UserHandle first() const;
  [[nodiscard]] UserHandle second() const;
  // Of a direct conversation: whether `user` is one of the two, and who the other is.
  [[nodiscard]] bool Has(const UserHandle& user) const;
  [[nodiscard]] UserHandle Other(const UserHandle& user) const;

  [[nodiscard]] const std::string& text() const& { return text_; }
  [[nodiscard]] std::string text() && { return std::move(text_); }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  auto operator<=>(const Conversation&) const = default;

 private:
  std::string text_;
};

// The other form of the same name: what a pair of handles is called as a routing key.
[[nodiscard]] std::string PairKey(std::string_view a, std::string_view b);

}  // namespace parley

template <>
struct std::hash<parley::UserHandle> {
  size_t operator()(const parley::UserHandle& handle) const noexcept { return std::hash<std::string>()(handle.text()); }
};
template <>
struct std::hash<parley::Conversation> {
  size_t operator()(const parley::Conversation& c) const noexcept { return std::hash<std::string>()(c.text()); }
};
