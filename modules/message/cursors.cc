// How far each member is, and what a member wants to hear.
#include <algorithm>

#include "modules/message/members.h"
#include "modules/message/message.h"

namespace parley::message {
namespace {

// Cursors in a group concern its reader alone; so far all are direct, and both sides are told.
template <class Event>
void Tell(module::Context& ctx, const Conversation& conversation, int64_t seq) {
  if (!conversation.is_direct()) return;
  module::To to;
  to.topics = TopicsOf(conversation);
  to.except_caller_connection = true;
  ctx.Publish(to, Event{conversation, ctx.user(), seq});
}

}  // namespace

Result<Nothing> MessageModule::DoRead(Context& ctx, const Read& request) {
  TRY(MayRead(ctx.user(), request.conversation));
  const int64_t seq = std::min(request.seq, Log(ctx.view(), request.conversation).head());
  const CursorRow row{request.conversation, ctx.user()};
  Cursor cursor = ctx.view().Get(row).value_or(Cursor{});
  if (seq <= cursor.read) return Nothing{};
  cursor.read = seq;
  cursor.received = std::max(cursor.received, seq);
  ctx.view().Put(row, cursor);
  Tell<ReadUpTo>(ctx, request.conversation, seq);
  return Nothing{};
}

Result<Nothing> MessageModule::DoReceived(Context& ctx, const Received& request) {
  TRY(MayRead(ctx.user(), request.conversation));
  const int64_t seq = std::min(request.seq, Log(ctx.view(), request.conversation).head());
  const CursorRow row{request.conversation, ctx.user()};
  Cursor cursor = ctx.view().Get(row).value_or(Cursor{});
  if (seq <= cursor.received) return Nothing{};
  cursor.received = seq;
  ctx.view().Put(row, cursor);
  Tell<ReceivedUpTo>(ctx, request.conversation, seq);
  return Nothing{};
}

Result<ReceiptsReply> MessageModule::DoReceipts(Context& ctx, const Receipts& request) {
  TRY(MayRead(ctx.user(), request.conversation));
  // The one other member is on the first page, so no page has given a cursor.
  if (request.cursor) return Fail(Code::kBadRequest, "cursor: must be as the page before gave it");
  if (!Log(ctx.view(), request.conversation).Get(request.seq)) return Fail(Code::kNotFound, "seq: no such record");
  ReceiptsReply reply;
  const UserHandle other = request.conversation.Other(ctx.user());
  if (other == ctx.user()) return reply;
  const Cursor cursor = ctx.view().Get(CursorRow{request.conversation, other}).value_or(Cursor{});
  reply.receipts.push_back({other, cursor.received >= request.seq, cursor.read >= request.seq});
  return reply;
}

Result<Nothing> MessageModule::DoMute(Context& ctx, const Mute& request) {
  TRY(MayRead(ctx.user(), request.conversation));
  const CursorRow row{request.conversation, ctx.user()};
  Cursor cursor = ctx.view().Get(row).value_or(Cursor{});
  if (cursor.muted_until_ms == request.until_ms) return Nothing{};
  cursor.muted_until_ms = request.until_ms;
  ctx.view().Put(row, cursor);
  return Nothing{};
}

}  // namespace parley::message
