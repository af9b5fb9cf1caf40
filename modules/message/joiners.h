// Who joined a group a moment ago. A session that joins hears the group's topic only once its frontend has subscribed,
// which takes a turn of the bus; until then it is told by its user's topic. Soft: it bridges that moment, no more, and
// whoever misses a record all the same sees the gap.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/base/handle.h"

namespace parley::message {

class Joiners {
 public:
  static constexpr int64_t kFreshMs = 5'000;
  // Of a conversation: a publication holds 255 topics. Who joined before them has subscribed by then.
  static constexpr size_t kFreshMax = 200;

  void Add(const Conversation& conversation, const UserHandle& user, int64_t now_ms);
  void Remove(const Conversation& conversation, const UserHandle& user);
  // Adds the topics of those who are fresh in the conversation.
  void AddTopics(const Conversation& conversation, int64_t now_ms, std::vector<std::string>& topics);
  void Forget(int64_t now_ms);
  [[nodiscard]] size_t size() const { return fresh_.size(); }

 private:
  struct Fresh {
    UserHandle user;
    int64_t until_ms = 0;
  };
  std::unordered_map<Conversation, std::deque<Fresh>> fresh_;
};

}  // namespace parley::message
