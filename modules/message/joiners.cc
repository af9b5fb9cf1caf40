#include "modules/message/joiners.h"

#include "common/wire/publication.h"

namespace parley::message {

void Joiners::Add(const Conversation& conversation, const UserHandle& user, int64_t now_ms) {
  Remove(conversation, user);
  std::deque<Fresh>& fresh = fresh_[conversation];
  if (fresh.size() == kFreshMax) fresh.pop_front();
  fresh.push_back({user, now_ms + kFreshMs});
}

void Joiners::Remove(const Conversation& conversation, const UserHandle& user) {
  const auto it = fresh_.find(conversation);
  if (it == fresh_.end()) return;
  std::erase_if(it->second, [&](const Fresh& fresh) { return fresh.user == user; });
  if (it->second.empty()) fresh_.erase(it);
}

void Joiners::AddTopics(const Conversation& conversation, int64_t now_ms, std::vector<std::string>& topics) {
  if (fresh_.empty()) return;
  const auto it = fresh_.find(conversation);
  if (it == fresh_.end()) return;
  for (const Fresh& fresh : it->second) {
    if (fresh.until_ms > now_ms) topics.push_back(wire::UserTopic(fresh.user));
  }
}

void Joiners::Forget(int64_t now_ms) {
  for (auto it = fresh_.begin(); it != fresh_.end();) {
    std::deque<Fresh>& fresh = it->second;
    while (!fresh.empty() && fresh.front().until_ms <= now_ms) fresh.pop_front();
    it = fresh.empty() ? fresh_.erase(it) : std::next(it);
  }
}

}  // namespace parley::message
