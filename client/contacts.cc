#include "client/contacts.h"

#include "common/schema/codec.h"

namespace parley::client {

void Contacts::Begin(Kind kind) { kind == Kind::kFriends ? friends_.Begin() : groups_.Begin(); }
void Contacts::End(Kind kind) { kind == Kind::kFriends ? friends_.End() : groups_.End(); }

Result<std::string> Contacts::Take(Kind kind, const schema::Value& page) {
  if (kind == Kind::kFriends) {
    TRY_ASSIGN(const FriendsPage friends, schema::Decode<FriendsPage>(page));
    for (const Friend& each : friends.friends) friends_.Add(each.user, each);
    return friends.cursor;
  }
  TRY_ASSIGN(const GroupsPage groups, schema::Decode<GroupsPage>(page));
  for (const OwnGroup& each : groups.groups) groups_.Add(each.group, each);
  return groups.cursor;
}

bool Contacts::Heard(std::string_view method, const schema::Value& arguments) {
  if (method == "friend.presence") {
    const auto presence = schema::Decode<Presence>(arguments);
    if (!presence) return false;
    friends_.Change([presence = *presence](auto& friends) {
      const auto it = friends.find(presence.user);
      if (it == friends.end()) return;
      it->second.online = presence.online;
      it->second.state = presence.state;
      it->second.text = presence.text;
    });
  } else if (method == "friend.accepted") {
    const auto accepted = schema::Decode<FriendPush>(arguments);
    if (!accepted || friends_.Find(accepted->user) != nullptr) return false;
    friends_.Change([user = accepted->user](auto& friends) { friends[user].user = user; });
    return true;
  } else if (method == "friend.removed") {
    if (const auto removed = schema::Decode<FriendPush>(arguments)) {
      friends_.Change([user = removed->user](auto& friends) { friends.erase(user); });
    }
  } else if (method == "group.joined") {
    const auto joined = schema::Decode<GroupPush>(arguments);
    if (!joined || groups_.Find(joined->group) != nullptr) return false;
    groups_.Change([group = joined->group](auto& groups) {
      groups.try_emplace(group, OwnGroup{group, group.text(), "member"});
    });
    return true;
  } else if (method == "group.left") {
    if (const auto left = schema::Decode<GroupPush>(arguments)) {
      groups_.Change([group = left->group](auto& groups) { groups.erase(group); });
    }
  }
  return false;
}

void Contacts::Saw(const Record& record, const UserHandle& self) {
  if (record.kind != "system" || !record.conversation.is_group()) return;
  const bool to_self = record.user == self;
  std::string role;
  if (record.event == "role" && to_self) role = record.role;
  if (record.event == "transferred") role = to_self ? "owner" : record.from == self ? "admin" : "";
  if (role.empty() && record.name.empty()) return;
  groups_.Change([group = GroupHandle::Must(record.conversation.text()), name = record.name, role](auto& groups) {
    const auto it = groups.find(group);
    if (it == groups.end()) return;
    if (!name.empty()) it->second.name = name;
    if (!role.empty()) it->second.role = role;
  });
}

void Contacts::Named(const UserHandle& user, const std::string& alias) {
  friends_.Change([user, alias](auto& friends) {
    if (const auto it = friends.find(user); it != friends.end()) it->second.alias = alias;
  });
}

}  // namespace parley::client
