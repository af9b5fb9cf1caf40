#include "client/typing.h"

namespace parley::client {

bool TypingBoard::Set(const Conversation& conversation, const UserHandle& user, bool on, int64_t now_ms) {
  if (!on) return until_ms_.erase({conversation, user}) > 0;
  return until_ms_.insert_or_assign({conversation, user}, now_ms + kForgetMs).second;
}

bool TypingBoard::Expire(int64_t now_ms) {
  return std::erase_if(until_ms_, [now_ms](const auto& entry) { return entry.second <= now_ms; }) > 0;
}

std::vector<UserHandle> TypingBoard::In(const Conversation& conversation) const {
  std::vector<UserHandle> users;
  for (auto it = until_ms_.lower_bound({conversation, UserHandle()}); it != until_ms_.end(); ++it) {
    if (it->first.first != conversation) break;
    users.push_back(it->first.second);
  }
  return users;
}

}  // namespace parley::client
