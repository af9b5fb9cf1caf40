// Whether two users may write to each other: the friend module tells, and this module keeps its own copy, so that a
// send asks nobody.
#pragma once

#include "common/base/handle.h"
#include "common/base/result.h"
#include "common/store/view.h"

namespace parley::message {

// Who may write to whom directly.
enum class Direct { kAnyone, kFriends };

// kForbidden where one of the two blocks the other, or where only friends may write and these are none. Other
// conversations than direct ones, and notebooks, have no such rule.
[[nodiscard]] Result<void> MayReach(store::SlotView view, const Conversation& conversation, Direct direct);

}  // namespace parley::message
