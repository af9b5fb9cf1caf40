#include "common/base/handle.h"

#include "common/base/check.h"
#include "common/base/limits.h"

namespace parley {
namespace {

constexpr std::string_view kUserForm = "must be a user handle: [a-z0-9][a-z0-9._-]{1,31}";
constexpr std::string_view kGroupForm = "must be a group handle: #[a-z0-9][a-z0-9._-]{1,48}";
constexpr std::string_view kAll = "!all";

bool IsWordStart(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// [a-z0-9][a-z0-9._-]*
bool IsWord(std::string_view text) {
  if (text.empty() || !IsWordStart(text[0])) return false;
  return std::ranges::all_of(text, [](char c) { return IsWordStart(c) || c == '.' || c == '_' || c == '-'; });
}

bool IsUser(std::string_view text) {
  return text.size() >= limits::kUserHandleMin && text.size() <= limits::kUserHandleMax && IsWord(text);
}

bool IsGroup(std::string_view text) {
  return text.size() >= limits::kGroupHandleMin && text.size() <= limits::kGroupHandleMax && text[0] == '#' &&
         IsWord(text.substr(1));
}

template <class T>
T MustParse(std::string_view text) {
  Result<T> parsed = T::Parse(text);
  PARLEY_CHECK(parsed.has_value());
  return *std::move(parsed);
}

}  // namespace

Result<UserHandle> UserHandle::Parse(std::string_view text) {
  if (!IsUser(text)) return Fail(Code::kBadRequest, std::string(kUserForm));
  UserHandle handle;
  handle.text_ = text;
  return handle;
}
UserHandle UserHandle::Must(std::string_view text) { return MustParse<UserHandle>(text); }

Result<GroupHandle> GroupHandle::Parse(std::string_view text) {
  if (!IsGroup(text)) return Fail(Code::kBadRequest, std::string(kGroupForm));
  GroupHandle handle;
  handle.text_ = text;
  return handle;
}
GroupHandle GroupHandle::Must(std::string_view text) { return MustParse<GroupHandle>(text); }

Result<Address> Address::Parse(std::string_view text) {
  if (!IsUser(text) && !IsGroup(text)) {
    return Fail(Code::kBadRequest,
                "must be a user handle ([a-z0-9][a-z0-9._-]{1,31}) or a group handle (# and up to 49)");
  }
  Address address;
  address.text_ = text;
  return address;
}
Address Address::Must(std::string_view text) { return MustParse<Address>(text); }

Result<Conversation> Conversation::Parse(std::string_view text) {
  const size_t tilde = text.find('~');
  const bool direct = tilde != std::string_view::npos && IsUser(text.substr(0, tilde)) &&
                      IsUser(text.substr(tilde + 1)) && text.substr(0, tilde) <= text.substr(tilde + 1);
  if (!direct && !IsGroup(text) && text != kAll) {
    return Fail(Code::kBadRequest,
                "must be a conversation: two user handles sorted and joined by ~, a #group, or !all");
  }
  Conversation conversation;
  conversation.text_ = text;
  return conversation;
}
Conversation Conversation::Must(std::string_view text) { return MustParse<Conversation>(text); }

Conversation Conversation::Direct(const UserHandle& a, const UserHandle& b) {
  PARLEY_CHECK(!a.empty() && !b.empty());
  Conversation conversation;
  conversation.text_ = PairKey(a.text(), b.text());
  return conversation;
}
Conversation Conversation::Group(const GroupHandle& group) {
  PARLEY_CHECK(!group.empty());
  Conversation conversation;
  conversation.text_ = group.text();
  return conversation;
}
Conversation Conversation::Announcements() {
  Conversation conversation;
  conversation.text_ = kAll;
  return conversation;
}
Conversation Conversation::Between(const UserHandle& from, const Address& to) {
  return to.is_group() ? Must(to.text()) : Direct(from, to.user());
}

UserHandle Conversation::first() const {
  PARLEY_CHECK(is_direct());
  return UserHandle::Must(std::string_view(text_).substr(0, text_.find('~')));
}
UserHandle Conversation::second() const {
  PARLEY_CHECK(is_direct());
  return UserHandle::Must(std::string_view(text_).substr(text_.find('~') + 1));
}
bool Conversation::Has(const UserHandle& user) const {
  if (!is_direct()) return false;
  const std::string_view text = text_;
  const size_t tilde = text.find('~');
  return text.substr(0, tilde) == user.text() || text.substr(tilde + 1) == user.text();
}
UserHandle Conversation::Other(const UserHandle& user) const {
  UserHandle low = first();
  return low == user ? second() : low;
}

std::string PairKey(std::string_view a, std::string_view b) {
  if (b < a) std::swap(a, b);
  std::string key;
  key.reserve(a.size() + b.size() + 1);
  key.append(a).append(1, '~').append(b);
  return key;
}

}  // namespace parley
