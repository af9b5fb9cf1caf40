#include "modules/message/members.h"

#include "common/wire/publication.h"

namespace parley::message {

Result<Seat> MayRead(store::SlotView view, const UserHandle& user, const Conversation& conversation) {
  if (conversation.is_direct() && conversation.Has(user)) return Seat{};
  if (conversation.is_announcements()) return Seat{1, view.Get(MemberRow{conversation, user})};
  if (conversation.is_group()) {
    const std::optional<Member> member = view.Get(MemberRow{conversation, user});
    // The rows of a dissolved group's members go a part at a time.
    const std::optional<Group> group = member ? view.Get(GroupRow{conversation}) : std::nullopt;
    if (group && !group->dissolved) return Seat{member->floor, member};
  }
  return Fail(Code::kNotFound, "conversation: no such conversation");
}

Result<Seat> MayRecall(const module::Context& ctx, const Conversation& conversation) {
  if (conversation.is_announcements()) return Fail(Code::kForbidden, "conversation: only administrators write here");
  return MayRead(ctx.view(), ctx.user(), conversation);
}

Result<Seat> MayWrite(const module::Context& ctx, const Conversation& conversation) {
  TRY_ASSIGN(Seat seat, MayRecall(ctx, conversation));
  if (!seat.member) return seat;
  const int64_t now_ms = ctx.now().wall_ms;
  if (seat.member->muted_until_ms > now_ms) return Fail(Code::kForbidden, "you are muted in this group");
  if (seat.IsAbove(Role::kMember)) return seat;
  const std::optional<Group> group = ctx.view().Get(GroupRow{conversation});
  if (group && group->muted_until_ms > now_ms) {
    return Fail(Code::kForbidden, "all but the owner and admins of this group are muted");
  }
  return seat;
}

std::vector<std::string> TopicsOf(const Conversation& conversation) {
  if (!conversation.is_direct()) return {wire::ConversationTopic(conversation)};
  const UserHandle first = conversation.first();
  const UserHandle second = conversation.second();
  std::vector<std::string> topics{wire::UserTopic(first)};
  if (second != first) topics.push_back(wire::UserTopic(second));
  return topics;
}

}  // namespace parley::message
