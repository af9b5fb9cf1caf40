// A user's list of conversations, over the view of the user's slot.
#pragma once

#include <optional>
#include <vector>

#include "common/base/handle.h"
#include "common/store/view.h"

namespace parley::message {

struct Listing {
  std::vector<Conversation> conversations;  // in the order of the list
  bool more = false;
};

// The first `limit` that come after `after`, or from the beginning.
[[nodiscard]] Listing ListAfter(store::SlotView view, const UserHandle& user, const std::optional<Conversation>& after,
                                size_t limit);

}  // namespace parley::message
