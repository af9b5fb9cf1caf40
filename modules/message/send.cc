// Writing and typing.
#include "common/wire/publication.h"
#include "modules/message/append.h"
#include "modules/message/members.h"
#include "modules/message/message.h"
#include "modules/user/messages.h"

namespace parley::message {
namespace {

using module::Context;
using module::Task;

tl::unexpected<Error> NoSuchUser() { return Fail(Code::kNotFound, "to: no such user"); }

tl::unexpected<Error> NoSuchGroup() { return Fail(Code::kNotFound, "to: no such group"); }

// In the caller's words: `to`.
Result<Seat> MayWriteTo(const Context& ctx, const Conversation& conversation) {
  Result<Seat> seat = MayWrite(ctx, conversation);
  if (!seat && seat.error().code == Code::kNotFound) return NoSuchGroup();
  return seat;
}

Result<void> CheckReplyTo(Log& log, const Seat& seat, const std::optional<int64_t>& reply_to) {
  if (!reply_to) return {};
  const std::optional<Stored> answered = log.Get(*reply_to);
  if (!answered || *reply_to < seat.floor) return Fail(Code::kNotFound, "reply_to: no such record");
  if (!IsContent(answered->kind)) return Fail(Code::kConflict, "reply_to: neither a text nor an own kind");
  return {};
}

// Before the first record of a conversation, never after: whoever sees a record finds its conversation on their list. A
// list may so hold a conversation that never begins, when this is not followed by an append; it is shown to nobody.
Task<Result<Nothing>> Begin(Context& ctx, Conversation conversation, UserHandle other) {
  std::vector<std::pair<std::string, ListAdd>> lists;
  lists.emplace_back(ctx.user().text(), ListAdd{ctx.user(), conversation});
  if (other != ctx.user()) {
    const user::Exists question{other};
    const Result<user::ExistsReply> answer = co_await ctx.Call(other.text(), question);
    if (!answer) co_return Fail(answer.error());
    if (!answer->exists) co_return NoSuchUser();
    lists.emplace_back(other.text(), ListAdd{other, conversation});
  }
  const std::vector<Result<Nothing>> added = co_await ctx.CallAll(lists);
  for (const Result<Nothing>& one : added) {
    if (!one && one.error().code == Code::kNotFound) co_return NoSuchUser();  // deleted since
    if (!one) co_return Fail(one.error());
  }
  co_return Nothing{};
}

}  // namespace

Task<Result<SendReply>> MessageModule::DoSend(Context& ctx, Send request) {
  if (!IsContent(request.kind)) co_return Fail(Code::kBadRequest, "kind: " + request.kind + " can't be sent");
  const Conversation conversation = Conversation::Between(ctx.user(), request.to);
  CO_TRY_ASSIGN(const Seat seat, MayWriteTo(ctx, conversation));

  CO_TRY(MayReach(ctx.view(), conversation, direct_));
  Log log(ctx.view(), conversation);
  CO_TRY(CheckReplyTo(log, seat, request.reply_to));
  if (!log.begun() && !log.closed()) {
    const Result<Nothing> begun = co_await Begin(ctx, conversation, request.to.user());
    if (!begun) co_return Fail(begun.error());
    log.Refresh();  // somebody else may have been first meanwhile
    CO_TRY(MayReach(ctx.view(), conversation, direct_));
  }
  if (log.closed()) co_return NoSuchUser();

  Stored record;
  record.kind = std::move(request.kind);
  record.body = std::move(request.body);
  record.id = std::move(request.id);
  record.reply_to = request.reply_to;
  record.mentions = std::move(request.mentions);
  const Placed placed = AppendText(ctx, joiners_, conversation, seat, log, std::move(record));
  co_return SendReply{conversation, placed.seq, placed.record.time_ms};
}

Result<Nothing> MessageModule::DoTyping(Context& ctx, const Typing& request) {
  const Conversation conversation = Conversation::Between(ctx.user(), request.to);
  TRY(MayWriteTo(ctx, conversation));
  TRY(MayReach(ctx.view(), conversation, direct_));
  module::To to;
  to.droppable = true;
  if (conversation.is_group()) {
    to.topics = TopicsOf(conversation);
    to.except_caller = true;
  } else {
    const UserHandle other = request.to.user();
    if (other == ctx.user()) return Nothing{};  // nobody else reads a notebook
    to.topics = {wire::UserTopic(other)};
  }
  ctx.Publish(to, IsTyping{conversation, ctx.user(), request.on});
  return Nothing{};
}

Result<SeqReply> MessageModule::DoAnnounce(Context& ctx, const Announce& request) {
  const Conversation& conversation = request.conversation;
  if (!conversation.is_announcements()) return Fail(Code::kBadRequest, "conversation: must be !all");
  TRY_ASSIGN(const Seat seat, MayRead(ctx.view(), ctx.user(), conversation));
  Log log(ctx.view(), conversation);
  Stored record;
  record.kind = kText;
  record.body = request.body;
  record.id = request.id;
  return SeqReply{AppendText(ctx, joiners_, conversation, seat, log, std::move(record)).seq};
}

}  // namespace parley::message
