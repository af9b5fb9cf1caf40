// Groups, as the group module tells of them, and sessions that hear what a frontend would let them hear.
#pragma once

#include <spdlog/fmt/fmt.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "modules/group/messages.h"
#include "tests/modules/message/message_test.h"

namespace parley::message {

class GroupTest : public MessageTest {
 protected:
  static constexpr const char* kCpp = "#cpp";

  // What the group module would say. Each gives the change the next version.
  void Found(std::string_view owner, const std::string& group = kCpp);
  void Join(std::string_view user, const std::string& group = kCpp);
  void JoinMany(int count, const std::string& group = kCpp);  // user0000, user0001, …
  void Leave(std::string_view user, const std::string& group = kCpp);
  void Kick(std::string_view by, std::string_view user, const std::string& group = kCpp);
  void SetRole(std::string_view by, std::string_view user, Role role, const std::string& group = kCpp);
  // Nobody: all.
  void MuteFor(std::string_view by, std::string_view user, int64_t ms, const std::string& group = kCpp);
  void Dissolve(std::string_view by, const std::string& group = kCpp);
  GroupChange Change(GroupEvent event, std::string_view by, std::string_view user = {},
                     const std::string& group = kCpp);
  Result<Nothing> Tell(const GroupChange& change);

  // A session of the user begins: it is on its user's topic, and on those that message.attach gives it.
  void Attach(std::string_view user);
  // The records that the user's session heard since the last Quiet(), by seq.
  std::vector<int64_t> HeardOf(std::string_view user, const std::string& group = kCpp);
  template <class Event>
  std::vector<Event> EventsOf(std::string_view user) {
    Listen();
    std::vector<Event> events;
    for (const auto& [who, method, body] : heard_) {
      if (who == user && method == Event::kMethod) events.push_back(schema::Decode<Event>(body).value());
    }
    return events;
  }
  // Publications of records since the last Quiet().
  int RecordsPublished();
  void Quiet();

  std::optional<Code> SendCode(std::string_view user, const std::string& group = kCpp);
  int64_t UnreadOf(std::string_view user, const std::string& group = kCpp);

 private:
  void Listen();

  struct HeardEvent {
    std::string user, method, body;
  };
  std::map<std::string, int64_t> versions_;
  std::map<std::string, std::set<std::string>, std::less<>> topics_;  // of the user's one session
  std::vector<HeardEvent> heard_;
  int records_ = 0;
};

}  // namespace parley::message
