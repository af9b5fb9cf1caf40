// How far each member is, and what a member wants to hear.
#include <algorithm>

#include "common/schema/page.h"
#include "common/wire/publication.h"
#include "modules/message/members.h"
#include "modules/message/message.h"
#include "modules/message/unread.h"

namespace parley::message {
namespace {

// Where a page of receipts ended.
struct ReceiptsPlace {
  Conversation conversation;
  UserHandle user;
  bool operator==(const ReceiptsPlace&) const = default;
  static constexpr auto kFields = std::tuple{
      schema::Required("c", &ReceiptsPlace::conversation),
      schema::Required("u", &ReceiptsPlace::user),
  };
};

// Both sides of a direct conversation are told; elsewhere a cursor concerns its reader alone.
template <class Event>
void Tell(module::Context& ctx, const Conversation& conversation, int64_t seq) {
  module::To to;
  to.topics = conversation.is_direct() ? TopicsOf(conversation) : std::vector{wire::UserTopic(ctx.user())};
  to.except_caller_connection = true;
  ctx.Publish(to, Event{conversation, ctx.user(), seq});
}

}  // namespace

Result<Nothing> MessageModule::DoRead(Context& ctx, const Read& request) {
  TRY_ASSIGN(const Seat seat, MayRead(ctx.view(), ctx.user(), request.conversation));
  Log log(ctx.view(), request.conversation);
  const int64_t seq = std::min(request.seq, log.head());
  const CursorRow row{request.conversation, ctx.user()};
  Cursor cursor = ctx.view().Get(row).value_or(Cursor{});
  if (seq <= cursor.read) return Nothing{};
  if (seat.member) cursor.own = OwnUpTo(log, ctx.user(), *seat.member, cursor, seq);
  cursor.read = seq;
  cursor.received = std::max(cursor.received, seq);
  ctx.view().Put(row, cursor);
  Tell<ReadUpTo>(ctx, request.conversation, seq);
  return Nothing{};
}

Result<Nothing> MessageModule::DoReceived(Context& ctx, const Received& request) {
  TRY(MayRead(ctx.view(), ctx.user(), request.conversation));
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
  TRY_ASSIGN(const Seat seat, MayRead(ctx.view(), ctx.user(), request.conversation));
  std::optional<ReceiptsPlace> after;
  if (request.cursor) {
    TRY_ASSIGN(after, schema::ReadCursor<ReceiptsPlace>(*request.cursor, ctx.now().wall_ms));
    // The one other member of a direct conversation is on the first page, so no page has given a cursor.
    if (after->conversation != request.conversation || !request.conversation.is_group()) {
      return Fail(Code::kBadRequest, "cursor: must be as the page before gave it");
    }
  }
  if (request.seq < seat.floor || !Log(ctx.view(), request.conversation).Get(request.seq)) {
    return Fail(Code::kNotFound, "seq: no such record");
  }
  ReceiptsReply reply;
  // Whether `user`, who sees the records from `floor` on, has this one.
  const auto add = [&](const UserHandle& user, int64_t floor) {
    const Cursor cursor = ctx.view().Get(CursorRow{request.conversation, user}).value_or(Cursor{});
    const bool sees = floor <= request.seq;
    reply.receipts.push_back({user, sees && cursor.received >= request.seq, sees && cursor.read >= request.seq});
  };
  if (request.conversation.is_direct()) {
    const UserHandle other = request.conversation.Other(ctx.user());
    if (other != ctx.user()) add(other, 1);
  } else if (request.conversation.is_group()) {
    const size_t size = schema::PageSize(request.limit);
    const MemberRow from{request.conversation, after ? after->user : UserHandle()};
    ctx.view().ScanFrom(
        from, store::Order::kAscending,
        [&](const MemberRow& row, const Member& member) {
          if (row.user == from.user || row.user == ctx.user()) return true;
          if (reply.receipts.size() == size) {
            const ReceiptsPlace last{request.conversation, reply.receipts.back().user};
            reply.cursor = schema::MakeCursor(last, ctx.now().wall_ms);
            return false;
          }
          add(row.user, member.floor);
          return true;
        },
        request.conversation);
  }
  return reply;  // who read an announcement is told to nobody
}

Result<Nothing> MessageModule::DoMute(Context& ctx, const Mute& request) {
  TRY(MayRead(ctx.view(), ctx.user(), request.conversation));
  const CursorRow row{request.conversation, ctx.user()};
  Cursor cursor = ctx.view().Get(row).value_or(Cursor{});
  if (cursor.muted_until_ms == request.until_ms) return Nothing{};
  cursor.muted_until_ms = request.until_ms;
  ctx.view().Put(row, cursor);
  return Nothing{};
}

}  // namespace parley::message
