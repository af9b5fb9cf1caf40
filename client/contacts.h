// The user's friends with their presence, and groups with their names and roles: listed once, then kept by pushes and
// records. Decides only; it has no connection.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "client/messages.h"
#include "common/base/result.h"
#include "common/schema/value.h"

namespace parley::client {

// A map that is listed page by page, and changes meanwhile: what changed after the listing began is newer than it.
template <class Key, class Item>
class Roll {
 public:
  using Map = std::map<Key, Item>;
  using Edit = std::function<void(Map&)>;

  void Begin() {
    fresh_.clear();
    edits_.clear();
    listing_ = true;
  }
  void Add(const Key& key, Item item) { fresh_.insert_or_assign(key, std::move(item)); }
  void End() {
    items_ = std::exchange(fresh_, {});
    for (const Edit& edit : std::exchange(edits_, {})) edit(items_);
    listing_ = false;
  }
  void Change(Edit edit) {
    edit(items_);
    if (listing_) edits_.push_back(std::move(edit));
  }
  [[nodiscard]] const Map& items() const { return items_; }
  [[nodiscard]] const Item* Find(const Key& key) const {
    const auto it = items_.find(key);
    return it == items_.end() ? nullptr : &it->second;
  }

 private:
  Map items_;
  Map fresh_;                // of the listing that runs
  std::vector<Edit> edits_;  // since it began
  bool listing_ = false;
};

class Contacts {
 public:
  enum class Kind : uint8_t { kFriends, kGroups };
  static constexpr std::string_view MethodOf(Kind kind) {
    return kind == Kind::kFriends ? "friend.list" : "group.list";
  }

  // A listing: Begin, Take for each page, End. A listing that fails begins again.
  void Begin(Kind kind);
  // Returns the cursor of the next page; empty: this was the last.
  Result<std::string> Take(Kind kind, const schema::Value& page);
  void End(Kind kind);

  // A push. Returns whether a listing has to tell the rest: a new friend's presence, a new group's name.
  bool Heard(std::string_view method, const schema::Value& arguments);
  // A record of a group may change its name, or the role of `self`.
  void Saw(const Record& record, const UserHandle& self);
  // The user named a friend.
  void Named(const UserHandle& user, const std::string& alias);

  [[nodiscard]] const Roll<UserHandle, Friend>& friends() const { return friends_; }
  [[nodiscard]] const Roll<GroupHandle, OwnGroup>& groups() const { return groups_; }

 private:
  Roll<UserHandle, Friend> friends_;
  Roll<GroupHandle, OwnGroup> groups_;
};

}  // namespace parley::client
