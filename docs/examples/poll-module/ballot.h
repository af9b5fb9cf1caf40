// What several handlers need: who may do what in a conversation, a poll as one user sees it, and who is told.
#pragma once

#include <optional>

#include "common/module/context.h"
#include "common/module/task.h"
#include "messages.h"

namespace polls {

using parley::Result;
using parley::module::Context;
using parley::module::Task;

struct Nothing {};

// kNotFound where the caller has no part in the conversation, or nothing was ever said there. Asks the message module,
// which knows the members of groups: look at the view again after it.
Task<Result<Nothing>> MayRead(Context& ctx, const Conversation& conversation);
// The same, and kForbidden between two of whom one blocks the other, and for all but administrators in the
// announcements.
Task<Result<Nothing>> MayAsk(Context& ctx, const Conversation& conversation);
// The same, but all may answer what an administrator asks.
Task<Result<Nothing>> MayVote(Context& ctx, const Conversation& conversation);

// kNotFound where there is no such poll.
Result<Poll> Find(Context& ctx, const Conversation& conversation, int64_t number);
Seen SeenBy(Context& ctx, Poll poll);

// All who take part hear of it, but for the connection that asked: it has the answer.
void Tell(Context& ctx, const Poll& poll);

}  // namespace polls
