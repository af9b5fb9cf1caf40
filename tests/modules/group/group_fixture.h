// What the tests of the group module speak in: users and a group, on a worker of its own. The other modules are what
// they say to it: who exists, who blocks whom, and that a change was heard.
#pragma once

#include <spdlog/fmt/fmt.h>

#include <catch2/catch.hpp>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/schema/codec.h"
#include "common/testing/module_harness.h"
#include "modules/group/group.h"
#include "modules/message/messages.h"

namespace parley::group {

inline UserHandle User(std::string_view name) { return UserHandle::Must(name); }
inline GroupHandle Of(std::string_view name) { return GroupHandle::Must(name); }

template <class T>
std::optional<Code> CodeOf(const Result<T>& result) {
  return result ? std::nullopt : std::optional(result.error().code);
}

class GroupTest {
 public:
  GroupTest();

 protected:
  using Harness = testing::ModuleHarness;
  using Names = std::vector<std::string>;
  static constexpr const char* kCpp = "#cpp";

  template <class Request>
  Result<typename Request::Reply> Call(std::string_view user, const Request& request) {
    return harness.Call(Harness::As(user), request);
  }
  template <class Request>
  std::optional<Code> Try(std::string_view user, const Request& request) {
    return CodeOf(Call(user, request));
  }

  // Each must succeed.
  void Found(std::string_view owner, const std::string& group = kCpp, Policy policy = Policy::kOpen);
  std::string Enter(std::string_view user, const std::string& group = kCpp);              // the state that it gave
  void Let(std::string_view by, std::string_view user, const std::string& group = kCpp);  // invites
  void Promote(std::string_view by, std::string_view user, const std::string& group = kCpp);
  void Delete(std::string_view user);  // the account

  // What one sees.
  std::map<std::string, std::string> MembersOf(const std::string& group = kCpp, std::string_view seen_by = "alice");
  std::optional<std::string> RoleIn(std::string_view user, const std::string& group = kCpp);
  Names GroupsOf(std::string_view user, int64_t limit = 50);
  Names InvitationsOf(std::string_view user);
  Names Search(std::string prefix, int64_t limit = 50);
  int64_t CountOf(const std::string& group = kCpp, std::string_view seen_by = "alice");

  // What the message module was told since the last Forget(): "joined bob by bob".
  Names Told();
  // What a user's sessions were told: "joined #cpp by alice", "left #cpp kicked by alice".
  Names Heard(std::string_view user);
  void Forget();

  Harness harness;
  std::set<std::string> users = {"alice", "bob", "carol", "dave", "erin"};
  std::set<std::string> blocked;  // alice~bob
  std::vector<message::GroupChange> changes;
  bool message_is_there = true;

 private:
  void Gather();
  std::vector<testing::Published> published_;
};

}  // namespace parley::group
