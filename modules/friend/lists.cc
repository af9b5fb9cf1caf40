// A user's lists, at the user's slot: what the pairs tell of, what the sessions hear, and the names one gives.
#include "common/wire/publication.h"
#include "modules/friend/friend.h"

namespace parley::friends {
namespace {

using module::Context;

// The row is there with this value, or not there; `count` follows.
template <class Row>
void Settle(store::SlotView view, const Row& row, const std::optional<typename Row::Value>& value, int64_t& count) {
  const bool was = view.Has(row);
  if (value) {
    view.Put(row, *value);
  } else if (was) {
    view.Delete(row);
  }
  count += (value ? 1 : 0) - (was ? 1 : 0);
}

void WriteLists(store::SlotView view, const Listed& listed) {
  const auto& [user, peer] = std::tie(listed.user, listed.peer);
  const CountsRow counts_row{user};
  const Counts before = view.Get(counts_row).value_or(Counts{});
  Counts counts = before;
  std::optional<Friendship> friendship;
  if (listed.since_ms) {
    friendship = view.Get(FriendRow{user, peer}).value_or(Friendship{});
    friendship->since_ms = *listed.since_ms;
  }
  const auto asked = [&](const std::optional<int64_t>& time_ms) {
    return time_ms ? std::optional(Asked{*time_ms, listed.note}) : std::nullopt;
  };
  std::optional<BlockedSince> blocked;
  if (listed.blocked_ms) blocked = BlockedSince{*listed.blocked_ms};
  Settle(view, FriendRow{user, peer}, friendship, counts.friends);
  Settle(view, IncomingRow{user, peer}, asked(listed.incoming_ms), counts.incoming);
  Settle(view, OutgoingRow{user, peer}, asked(listed.outgoing_ms), counts.outgoing);
  Settle(view, BlockRow{user, peer}, blocked, counts.blocks);
  if (counts != before) view.Put(counts_row, counts);
}

void TellSessions(Context& ctx, const Listed& listed, bool presence_changes) {
  module::To to;
  to.topics = {wire::UserTopic(listed.user)};
  if (presence_changes) {
    auto& topics = listed.since_ms ? to.directives.subscribe : to.directives.unsubscribe;
    topics.push_back(wire::PresenceTopic(listed.peer));
  }
  switch (listed.news) {
    case News::kNothing:
      if (presence_changes) ctx.Direct(to);
      return;
    case News::kRequested:
      return ctx.Publish(to, WasRequested{listed.peer, listed.note});
    case News::kAccepted:
      return ctx.Publish(to, WasAccepted{listed.peer});
    case News::kRemoved:
      return ctx.Publish(to, WasRemoved{listed.peer});
    case News::kCancelled:
      return ctx.Publish(to, WasCancelled{listed.peer});
  }
}

}  // namespace

Result<Done> FriendModule::DoListed(Context& ctx, const Listed& request) {
  store::SlotView view = ctx.view();
  const PeerRow row{request.user, request.peer};
  const std::optional<Peer> known = view.Get(row);
  if (known && known->version > request.version) return Done{};
  room_.Release(request.user, request.peer);
  // The same version once more: what was said of it may have died with the worker that said it.
  const bool again = known && known->version == request.version;
  const bool were_friends = view.Has(FriendRow{request.user, request.peer});
  if (!again) {
    view.Put(row, Peer{request.version});
    WriteLists(view, request);
  }
  TellSessions(ctx, request, again || were_friends != request.since_ms.has_value());
  // It began while the user was being deleted, too late to be on the lists that were gone through then.
  if (!request.gone && view.Has(GoneRow{request.user})) {
    const Conversation pair = Conversation::Direct(request.user, request.peer);
    ctx.Deliver(pair.text(), End{pair, request.user});
  }
  return Done{};
}

Result<Done> FriendModule::DoAlias(Context& ctx, const SetAlias& request) {
  if (request.user == ctx.user()) return Fail(Code::kBadRequest, "user: that is you");
  const FriendRow row{ctx.user(), request.user};
  std::optional<Friendship> friendship = ctx.view().Get(row);
  if (!friendship) return Fail(Code::kNotFound, "user: not a friend");
  friendship->alias = request.alias.empty() ? std::nullopt : std::optional(request.alias);
  ctx.view().Put(row, *friendship);
  return Done{};
}

Result<Done> FriendModule::DoAttach(Context& ctx, const Attach&) {
  ctx.view().Scan<FriendRow>(
      store::Order::kAscending,
      [&](const FriendRow& row, const Friendship&) {
        ctx.directives().subscribe.push_back(wire::PresenceTopic(row.peer));
        return true;
      },
      ctx.user());
  return Done{};
}

}  // namespace parley::friends
