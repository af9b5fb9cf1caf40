// Who is typing where. Soft: an entry is forgotten ten seconds after it was last heard of.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "common/base/handle.h"

namespace parley::client {

class TypingBoard {
 public:
  static constexpr int64_t kForgetMs = 10'000;

  // Whether anything changed for who looks at the board.
  bool Set(const Conversation& conversation, const UserHandle& user, bool on, int64_t now_ms);
  bool Expire(int64_t now_ms);
  [[nodiscard]] std::vector<UserHandle> In(const Conversation& conversation) const;
  [[nodiscard]] bool empty() const { return until_ms_.empty(); }

 private:
  std::map<std::pair<Conversation, UserHandle>, int64_t> until_ms_;
};

}  // namespace parley::client
