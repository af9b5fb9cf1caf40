// The end of an account: whatever it had with others ends, a part of its peers at a time.
#include "modules/friend/friend.h"

namespace parley::friends {
namespace {

constexpr size_t kEndedAtOnce = 200;

}  // namespace

Result<Done> FriendModule::DoUserGone(Context& ctx, const UserGone& request) {
  store::SlotView view = ctx.view();
  const GoneRow row{request.user};
  if (!view.Has(row)) view.Put(row, Gone{ctx.now().wall_ms});
  size_t ended = 0;
  std::optional<UserHandle> last;
  bool more = false;
  const auto end = [&](const PeerRow& peer, const Peer&) {
    if (request.after && peer.peer == *request.after) return true;
    more = ended == kEndedAtOnce;
    if (more) return false;
    const Conversation pair = Conversation::Direct(request.user, peer.peer);
    ctx.Deliver(pair.text(), End{pair, request.user});
    last = peer.peer;
    ++ended;
    return true;
  };
  if (request.after) {
    view.ScanFrom(PeerRow{request.user, *request.after}, store::Order::kAscending, end, request.user);
  } else {
    view.Scan<PeerRow>(store::Order::kAscending, end, request.user);
  }
  if (more) ctx.Deliver(request.user.text(), UserGone{request.user, last});
  return Done{};
}

// Reached by a delivery, so it waits for none of its own.
Result<Done> FriendModule::DoEnd(Context& ctx, const End& request) {
  const PairRow row{request.pair};
  Pair pair = ctx.view().Get(row).value_or(Pair{});
  if (pair.gone) return Done{};
  const Pair before = pair;
  const Told told = TakeGone(pair, SideOf(request.pair, request.user));
  ++pair.version;
  ctx.view().Put(row, pair);
  const bool friendship = before.friends();
  TellAll(ctx, request.pair, pair, {friendship || before.blocked(), friendship}, request.user, told);
  return Done{};
}

}  // namespace parley::friends
