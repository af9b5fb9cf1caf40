// The end of an account: its conversations stay, and nobody writes to it any more.
#include "modules/message/listing.h"
#include "modules/message/message.h"

namespace parley::message {
namespace {

constexpr size_t kClosedAtOnce = 200;

}  // namespace

Result<Nothing> MessageModule::DoUserGone(Context& ctx, const UserGone& request) {
  const GoneRow row{request.user};
  if (!ctx.view().Has(row)) ctx.view().Put(row, Gone{ctx.now().wall_ms});
  const Listing listing = ListAfter(ctx.view(), request.user, request.after, kClosedAtOnce);
  for (const Conversation& conversation : listing.conversations) {
    // Memberships end by the group module's word.
    if (conversation.is_direct()) ctx.Deliver(conversation.text(), CloseConversation{conversation});
  }
  if (listing.more) ctx.Deliver(request.user.text(), UserGone{request.user, listing.conversations.back()});
  return Nothing{};
}

Result<Nothing> MessageModule::DoClose(Context& ctx, const CloseConversation& request) {
  Log log(ctx.view(), request.conversation);
  if (!log.closed()) log.Close();
  return Nothing{};
}

}  // namespace parley::message
