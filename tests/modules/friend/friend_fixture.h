// What the tests of the friend module speak in: users who do something about each other, on a worker of its own. The
// modules that it tells are stubs that remember.
#pragma once

#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/testing/module_harness.h"
#include "modules/friend/friend.h"
#include "modules/message/messages.h"
#include "modules/user/messages.h"

namespace parley::friends {

inline UserHandle User(std::string_view name) { return UserHandle::Must(name); }
inline Conversation Of(std::string_view name) { return Conversation::Must(name); }
using Names = std::vector<std::string>;

template <class T>
std::optional<Code> CodeOf(const Result<T>& result) {
  return result ? std::nullopt : std::optional(result.error().code);
}

class FriendTest {
 public:
  FriendTest();

 protected:
  using Harness = testing::ModuleHarness;

  static Caller As(std::string_view user, uint64_t connection = 1) { return Harness::As(user, connection); }
  template <class Request>
  Result<typename Request::Reply> Call(std::string_view user, const Request& request) {
    return harness.Call(As(user), request);
  }
  template <class Request>
  Result<typename Request::Reply> Tell(const Request& request) {
    return harness.Call(Harness::AsModule(), request);
  }

  // Each must succeed; the name of what it gave.
  std::string Ask(std::string_view from, std::string_view to, std::optional<std::string> note = {});
  void Befriend(std::string_view one, std::string_view other);
  void Forbid(std::string_view user, std::string_view other) { REQUIRE(Call(user, Block{User(other)})); }
  void Delete(std::string_view user);

  Names FriendsOf(std::string_view user);
  Names Incoming(std::string_view user);
  Names Outgoing(std::string_view user);
  Names BlockedBy(std::string_view user);
  std::optional<Friend> Entry(std::string_view user, std::string_view peer);
  RelationReply RelationOf(std::string_view pair);

  // "accepted bob", in order, as the user's connection heard it since the last Forget().
  Names Heard(std::string_view user, uint64_t connection = 1);
  // "+presence:bob", "-presence:bob": what sessions of the user were directed to since the last Forget().
  Names Directed(std::string_view user);
  void Forget();

  // As stored.
  template <class Row>
  std::optional<typename Row::Value> Stored(const std::string& key, const Row& row) {
    const auto bytes = harness.disk().Get(store::KeyOf(SlotOf(key), row));
    if (!bytes) return std::nullopt;
    return schema::Decode<typename Row::Value>(*bytes).value();
  }
  template <class Row>
  void Store(const std::string& key, const Row& row, const typename Row::Value& value) {
    REQUIRE(harness.disk().Commit({{store::KeyOf(SlotOf(key), row), schema::Encode(value)}}));
  }
  Pair Truth(std::string_view pair) { return Stored(std::string(pair), PairRow{Of(pair)}).value_or(Pair{}); }

  Harness harness;
  std::set<std::string> users = {"alice", "bob", "carol", "dave"};
  std::map<std::string, user::Availability> available;  // who is not in it is offline
  // What the other modules were told last, and how often.
  std::map<std::string, message::Relation> relations;                           // by pair
  std::map<std::pair<std::string, std::string>, user::Friendship> friendships;  // by user and other
  int relations_told = 0, friendships_told = 0, exists_asked = 0;
  std::set<std::string> silent;  // methods of other modules that are not answered

 private:
  void Gather();
  template <class Request>
  void Stub(std::function<typename Request::Reply(const Request&)> answer);

  std::vector<testing::Published> published_;
};

}  // namespace parley::friends
