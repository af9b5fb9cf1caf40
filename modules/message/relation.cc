#include "modules/message/relation.h"

#include "modules/message/message.h"

namespace parley::message {

Result<void> MayReach(store::SlotView view, const Conversation& conversation, Direct direct) {
  if (!conversation.is_direct() || conversation.first() == conversation.second()) return {};
  const Stance stance = view.Get(StanceRow{conversation}).value_or(Stance{});
  if (stance.blocked) return Fail(Code::kForbidden, "one of you blocks the other");
  if (direct == Direct::kFriends && !stance.friends) return Fail(Code::kForbidden, "only friends may write here");
  return {};
}

Result<Nothing> MessageModule::DoRelation(Context& ctx, const Relation& request) {
  const StanceRow row{request.conversation};
  const std::optional<Stance> known = ctx.view().Get(row);
  // Where nothing is known and nothing is so, there is nothing to remember.
  if (known ? known->version >= request.version : !request.friends && !request.blocked) return Nothing{};
  ctx.view().Put(row, Stance{request.friends, request.blocked, request.version});
  return Nothing{};
}

}  // namespace parley::message
