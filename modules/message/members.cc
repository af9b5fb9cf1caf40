#include "modules/message/members.h"

#include "common/wire/publication.h"

namespace parley::message {

Result<void> MayRead(const UserHandle& user, const Conversation& conversation) {
  if (conversation.is_announcements()) return {};
  if (conversation.is_direct() && conversation.Has(user)) return {};
  return Fail(Code::kNotFound, "conversation: no such conversation");
}

Result<void> MayWrite(const UserHandle& user, const Conversation& conversation) {
  if (conversation.is_announcements()) return Fail(Code::kForbidden, "conversation: nobody writes here");
  return MayRead(user, conversation);
}

std::vector<std::string> TopicsOf(const Conversation& conversation) {
  const UserHandle first = conversation.first();
  const UserHandle second = conversation.second();
  std::vector<std::string> topics{wire::UserTopic(first)};
  if (second != first) topics.push_back(wire::UserTopic(second));
  return topics;
}

}  // namespace parley::message
