// The one way in which a record comes to be.
#pragma once

#include "common/module/context.h"
#include "modules/message/log.h"

namespace parley::message {

// Appends to the log as the caller, and tells every session of every member but the connection that asked, which gets
// the seq as its answer. The caller's own sessions see the record's `id`, the others do not.
Placed AppendAndTell(module::Context& ctx, const Conversation& conversation, Log& log, Stored record);

}  // namespace parley::message
