// The one way in which a record comes to be, and who is told of it.
#pragma once

#include "common/module/context.h"
#include "modules/message/joiners.h"
#include "modules/message/log.h"
#include "modules/message/members.h"

namespace parley::message {

// Appends to the log as the caller, and tells every session of every member but the connection that asked, which gets
// the seq as its answer. The caller's own sessions see the record's `id`, the others do not. One publication, however
// many members there are.
Placed AppendAndTell(module::Context& ctx, Joiners& joiners, const Conversation& conversation, Log& log, Stored record);
// The same of a text or own kind, which counts as one of the caller's.
Placed AppendText(module::Context& ctx, Joiners& joiners, const Conversation& conversation, const Seat& seat, Log& log,
                  Stored record);

// Tells those on `topics`, and who joined a moment ago, of a record that is there.
void Tell(module::Context& ctx, std::vector<std::string> topics, const Conversation& conversation, const Log& log,
          const Placed& placed);

// Tells of a record of the caller's once more, if it is still the last one: of an earlier one, whoever heard of a later
// one has seen the gap and pulled, and would be told out of order.
void TellAgain(module::Context& ctx, Joiners& joiners, const Conversation& conversation, int64_t seq);

}  // namespace parley::message
