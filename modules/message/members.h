// Who may read and write where: as a conversation's own name says it, and, of groups, the rows of their members.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/handle.h"
#include "common/base/result.h"
#include "common/module/context.h"
#include "modules/message/rows.h"

namespace parley::message {

// A user's place in a conversation.
struct Seat {
  int64_t floor = 1;             // the first seq that the user may see
  std::optional<Member> member;  // in a group; in the announcements, of who has written some

  [[nodiscard]] bool IsAbove(Role role) const { return member && member->role > role; }
};

// kNotFound for another's direct conversation, and for a group that is none of the user's. Reads nothing where a name
// says it all.
Result<Seat> MayRead(store::SlotView view, const UserHandle& user, const Conversation& conversation);
// The caller: the same, and kForbidden for the announcements, and for who is muted.
Result<Seat> MayWrite(const module::Context& ctx, const Conversation& conversation);
// The caller may take something back: the same, muted or not.
Result<Seat> MayRecall(const module::Context& ctx, const Conversation& conversation);

// The topics of all who hear of a conversation: of a direct one both members' (one in a notebook), else its own.
[[nodiscard]] std::vector<std::string> TopicsOf(const Conversation& conversation);

}  // namespace parley::message
