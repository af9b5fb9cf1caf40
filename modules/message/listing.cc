#include "modules/message/listing.h"

#include "modules/message/rows.h"

namespace parley::message {

Listing ListAfter(store::SlotView view, const UserHandle& user, const std::optional<Conversation>& after,
                  size_t limit) {
  Listing listing;
  const auto take = [&](const ListRow& row, const Listed& listed) {
    if (listed.off || (after && row.conversation == *after)) return true;
    listing.more = listing.conversations.size() == limit;
    if (!listing.more) listing.conversations.push_back(row.conversation);
    return !listing.more;
  };
  if (after) {
    view.ScanFrom(ListRow{user, *after}, store::Order::kAscending, take, user);
  } else {
    view.Scan<ListRow>(store::Order::kAscending, take, user);
  }
  return listing;
}

}  // namespace parley::message
