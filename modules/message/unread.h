// How many of others' texts a member of a group has not read, exactly, whatever the number of members and messages. The
// log counts everybody's texts; what is taken off are the member's own, which the member's row counts and each of which
// names the one before it.
#pragma once

#include "modules/message/log.h"
#include "modules/message/rows.h"

namespace parley::message {

// The member's own texts up to `seq`, which is at or above the cursor's `read`. Takes as many steps as there are
// records since `read`, or own texts above `seq`, whichever are fewer, twice.
[[nodiscard]] int64_t OwnUpTo(Log& log, const UserHandle& user, const Member& member, const Cursor& cursor,
                              int64_t seq);

// Others' texts and own kinds above the cursor, from the member's floor on, up to `max`.
[[nodiscard]] int64_t UnreadOf(Log& log, const Member& member, const Cursor& cursor, int64_t max);

}  // namespace parley::message
