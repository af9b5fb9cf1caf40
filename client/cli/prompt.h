// What stands before the cursor: where one is, who is there, and what waits elsewhere. Plain: values in, text out.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "client/cli/desk.h"
#include "client/contacts.h"

namespace parley::cli {

struct PromptParts {
  UserHandle self;
  std::optional<Conversation> open;
  const client::Friend* friend_there = nullptr;  // whom one talks with, if that is a friend
  std::vector<UserHandle> typing;                // in the open conversation
  const std::map<Conversation, View>& views;
  size_t unsent = 0;
  bool online = true;  // oneself
};

[[nodiscard]] std::string PromptOf(const PromptParts& parts);

}  // namespace parley::cli
