#include "ballot.h"

#include "common/wire/publication.h"
#include "modules/friend/messages.h"
#include "modules/message/messages.h"
#include "rows.h"

namespace polls {

using parley::Access;
using parley::Code;
using parley::Fail;

Task<Result<Nothing>> MayRead(Context& ctx, const Conversation& conversation) {
  const parley::message::Heads question{conversation, ctx.user(), {conversation}};
  const Result<parley::message::HeadsReply> answer = co_await ctx.Call(conversation.text(), question);
  if (!answer && answer.error().code != Code::kNotFound) co_return Fail(answer.error());
  if (!answer || answer->conversations.empty()) {
    co_return Fail(Code::kNotFound, "conversation: no such conversation, or none of yours");
  }
  co_return Nothing{};
}

Task<Result<Nothing>> MayVote(Context& ctx, const Conversation& conversation) {
  CO_TRY(co_await MayRead(ctx, conversation));
  if (!conversation.is_direct() || conversation.first() == conversation.second()) co_return Nothing{};
  const parley::friends::GetRelation question{conversation};
  const Result<parley::friends::RelationReply> relation = co_await ctx.Call(conversation.text(), question);
  if (!relation) co_return Fail(relation.error());
  if (relation->blocked) co_return Fail(Code::kForbidden, "conversation: one of you blocks the other");
  co_return Nothing{};
}

Task<Result<Nothing>> MayAsk(Context& ctx, const Conversation& conversation) {
  if (conversation.is_announcements() && ctx.caller().role != Access::kAdmin) {
    co_return Fail(Code::kForbidden, "conversation: only administrators ask everybody");
  }
  co_return co_await MayVote(ctx, conversation);
}

Result<Poll> Find(Context& ctx, const Conversation& conversation, int64_t number) {
  std::optional<Poll> poll = ctx.view().Get(PollRow{conversation, static_cast<uint64_t>(number)});
  if (!poll) return Fail(Code::kNotFound, "poll: no such poll in this conversation");
  return *std::move(poll);
}

Seen SeenBy(Context& ctx, Poll poll) {
  const VoteRow row{poll.conversation, static_cast<uint64_t>(poll.poll), ctx.user()};
  return {std::move(poll), ctx.view().Get(row).value_or(Choice{}).options};
}

void Tell(Context& ctx, const Poll& poll) {
  parley::module::To to;
  to.except_caller_connection = true;
  if (poll.conversation.is_direct()) {
    to.topics.push_back(parley::wire::UserTopic(poll.conversation.first()));
    if (poll.conversation.second() != poll.conversation.first()) {
      to.topics.push_back(parley::wire::UserTopic(poll.conversation.second()));
    }
  } else {
    to.topics.push_back(parley::wire::ConversationTopic(poll.conversation));
  }
  ctx.Publish(to, Changed{poll});
}

}  // namespace polls
