// Writing and typing.
#include "common/wire/publication.h"
#include "modules/message/append.h"
#include "modules/message/message.h"
#include "modules/user/messages.h"

namespace parley::message {
namespace {

using module::Context;
using module::Task;

tl::unexpected<Error> NoSuchUser() { return Fail(Code::kNotFound, "to: no such user"); }

Result<void> CheckReplyTo(Log& log, const std::optional<int64_t>& reply_to) {
  if (!reply_to) return {};
  const std::optional<Stored> answered = log.Get(*reply_to);
  if (!answered) return Fail(Code::kNotFound, "reply_to: no such record");
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
  if (request.to.is_group()) co_return Fail(Code::kNotFound, "to: no such group");
  const Conversation conversation = Conversation::Between(ctx.user(), request.to);

  CO_TRY(MayReach(ctx.view(), conversation, direct_));
  Log log(ctx.view(), conversation);
  CO_TRY(CheckReplyTo(log, request.reply_to));
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
  const Placed placed = AppendAndTell(ctx, conversation, log, std::move(record));
  co_return SendReply{conversation, placed.seq, placed.record.time_ms};
}

Result<Nothing> MessageModule::DoTyping(Context& ctx, const Typing& request) {
  if (request.to.is_group()) return Fail(Code::kNotFound, "to: no such group");
  const UserHandle other = request.to.user();
  if (other == ctx.user()) return Nothing{};  // nobody else reads a notebook
  TRY(MayReach(ctx.view(), Conversation::Direct(ctx.user(), other), direct_));
  module::To to;
  to.topics = {wire::UserTopic(other)};
  to.droppable = true;
  ctx.Publish(to, IsTyping{Conversation::Direct(ctx.user(), other), ctx.user(), request.on});
  return Nothing{};
}

}  // namespace parley::message
