// What one asks about one's lists.
#include <algorithm>
#include <map>

#include "common/schema/page.h"
#include "modules/friend/friend.h"
#include "modules/user/messages.h"

namespace parley::friends {
namespace {

// Calls on their way at once for one page.
constexpr size_t kCallsAtOnce = 64;

// Where a page ended.
struct Place {
  UserHandle user;
  bool operator==(const Place&) const = default;
  static constexpr auto kFields = std::tuple{schema::Required("u", &Place::user)};
};

struct Page {
  std::vector<std::pair<UserHandle, Friendship>> friends;
  bool more = false;
};

Page FriendsAfter(store::SlotView view, const UserHandle& user, const std::optional<UserHandle>& after, size_t size) {
  Page page;
  const auto take = [&](const FriendRow& row, const Friendship& friendship) {
    if (after && row.peer == *after) return true;
    page.more = page.friends.size() == size;
    if (!page.more) page.friends.emplace_back(row.peer, friendship);
    return !page.more;
  };
  if (after) {
    view.ScanFrom(FriendRow{user, *after}, store::Order::kAscending, take, user);
  } else {
    view.Scan<FriendRow>(store::Order::kAscending, take, user);
  }
  return page;
}

using AvailabilityCalls = std::vector<std::pair<std::string, user::GetAvailability>>;

// One for each slot.
AvailabilityCalls CallsFor(const Page& page) {
  std::map<Slot, std::vector<UserHandle>> by_slot;
  for (const auto& [peer, friendship] : page.friends) by_slot[SlotOf(peer.text())].push_back(peer);
  AvailabilityCalls calls;
  for (auto& [slot, users] : by_slot) {
    const UserHandle key = users.front();
    calls.emplace_back(key.text(), user::GetAvailability{key, std::move(users)});
  }
  return calls;
}

template <class Row>
std::vector<OpenRequest> RequestsIn(store::SlotView view, const UserHandle& user) {
  std::vector<OpenRequest> requests;
  view.Scan<Row>(
      store::Order::kAscending,
      [&](const Row& row, const Asked& asked) {
        requests.push_back({row.peer, asked.note, asked.time_ms});
        return true;
      },
      user);
  return requests;
}

}  // namespace

module::Task<Result<FriendsPage>> FriendModule::DoList(Context& ctx, List request) {
  std::optional<UserHandle> after;
  if (request.cursor) {
    CO_TRY_ASSIGN(Place place, schema::ReadCursor<Place>(*request.cursor, ctx.now().wall_ms));
    after = std::move(place.user);
  }
  const Page page = FriendsAfter(ctx.view(), ctx.user(), after, schema::PageSize(request.limit));
  const AvailabilityCalls calls = CallsFor(page);
  std::map<UserHandle, user::Availability> found;
  for (size_t from = 0; from < calls.size(); from += kCallsAtOnce) {
    const size_t to = std::min(calls.size(), from + kCallsAtOnce);
    const AvailabilityCalls wave(calls.begin() + static_cast<ptrdiff_t>(from),
                                 calls.begin() + static_cast<ptrdiff_t>(to));
    const std::vector<Result<user::AvailabilityReply>> answers = co_await ctx.CallAll(wave);
    for (const Result<user::AvailabilityReply>& answer : answers) {
      // Friends shown as offline who are not would stay so until they change.
      if (!answer) co_return Fail(answer.error());
      for (const user::Availability& one : answer->users) found.emplace(one.user, one);
    }
  }
  FriendsPage reply;
  for (const auto& [peer, friendship] : page.friends) {
    const auto it = found.find(peer);
    if (it == found.end()) continue;  // the account is being deleted
    Friend shown{peer, friendship.alias, friendship.since_ms, it->second.online, {}, it->second.text};
    if (it->second.state) shown.state = schema::Codec<user::State>::NameOfValue(*it->second.state);
    reply.friends.push_back(std::move(shown));
  }
  if (page.more) reply.cursor = schema::MakeCursor(Place{page.friends.back().first}, ctx.now().wall_ms);
  co_return reply;
}

Result<RequestsReply> FriendModule::DoRequests(Context& ctx, const Requests&) {
  return RequestsReply{RequestsIn<IncomingRow>(ctx.view(), ctx.user()),
                       RequestsIn<OutgoingRow>(ctx.view(), ctx.user())};
}

Result<BlockedReply> FriendModule::DoBlocked(Context& ctx, const Blocked&) {
  BlockedReply reply;
  ctx.view().Scan<BlockRow>(
      store::Order::kAscending,
      [&](const BlockRow& row, const BlockedSince& blocked) {
        reply.users.push_back({row.peer, blocked.since_ms});
        return true;
      },
      ctx.user());
  return reply;
}

Result<RelationReply> FriendModule::DoRelation(Context& ctx, const GetRelation& request) {
  const Pair pair = ctx.view().Get(PairRow{request.pair}).value_or(Pair{});
  return RelationReply{pair.friends(), pair.blocked()};
}

}  // namespace parley::friends
