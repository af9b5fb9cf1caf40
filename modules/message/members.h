// Who may read and write where, and whom to tell, as far as a conversation's own name says it.
#pragma once

#include <string>
#include <vector>

#include "common/base/handle.h"
#include "common/base/result.h"

namespace parley::message {

// kNotFound for another's direct conversation, and for every group: nobody is a member of one.
Result<void> MayRead(const UserHandle& user, const Conversation& conversation);
// The same, and kForbidden for the announcements.
Result<void> MayWrite(const UserHandle& user, const Conversation& conversation);

// The topics of all members of a direct conversation: one in a notebook, else two.
[[nodiscard]] std::vector<std::string> TopicsOf(const Conversation& conversation);

}  // namespace parley::message
