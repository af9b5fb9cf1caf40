// The one way in which a record comes to be.
#pragma once

#include "common/module/context.h"
#include "modules/message/log.h"

namespace parley::message {

// Appends to the log as the caller, and tells every session of every member but the connection that asked, which gets
// the seq as its answer. The caller's own sessions see the record's `id`, the others do not.
Placed AppendAndTell(module::Context& ctx, const Conversation& conversation, Log& log, Stored record);

// Tells of a record of the caller's once more, if it is still the last one: of an earlier one, whoever heard of a later
// one has seen the gap and pulled, and would be told out of order.
void TellAgain(module::Context& ctx, const Conversation& conversation, int64_t seq);

}  // namespace parley::message
