// Reading the log.
#include <algorithm>
#include <limits>

#include "common/schema/page.h"
#include "modules/message/members.h"
#include "modules/message/message.h"

namespace parley::message {
namespace {

// Of the records in a page; leaves room for the rest of a response.
constexpr size_t kPageBytesMax = 900 * 1024;

Result<Conversation> Wanted(const UserHandle& user, const History& request) {
  if (request.conversation.has_value() == request.with.has_value()) {
    return Fail(Code::kBadRequest, "conversation: give either this or `with`");
  }
  return request.conversation ? *request.conversation : Conversation::Direct(user, *request.with);
}

}  // namespace

Result<HistoryReply> MessageModule::DoHistory(Context& ctx, const History& request) {
  TRY_ASSIGN(const Conversation conversation, Wanted(ctx.user(), request));
  TRY_ASSIGN(const Seat seat, MayRead(ctx.view(), ctx.user(), conversation));
  const size_t limit = schema::PageSize(request.limit);
  const int64_t before = request.before.value_or(std::numeric_limits<int64_t>::max());

  Log log(ctx.view(), conversation);
  const Log::Page page = request.after
                             ? log.OldestAfter(std::max(*request.after, seat.floor - 1), before, limit, kPageBytesMax)
                             : log.NewestBefore(before, seat.floor, limit, kPageBytesMax);
  HistoryReply reply;
  reply.conversation = conversation;
  reply.messages.reserve(page.records.size());
  for (const Placed& placed : page.records) reply.messages.push_back(Show(conversation, placed, ctx.user()));
  reply.head = log.head();
  reply.floor = seat.floor;
  reply.more = page.more;
  return reply;
}

}  // namespace parley::message
