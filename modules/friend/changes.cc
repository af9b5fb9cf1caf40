// What one user does about another. The caller's slot knows the client's ids and asks what has to be asked; the pair's
// slot decides, and answers when everybody concerned has been told.
#include <spdlog/fmt/fmt.h>

#include "common/base/limits.h"
#include "common/wire/publication.h"
#include "modules/friend/friend.h"
#include "modules/user/messages.h"

namespace parley::friends {
namespace {

// Gives the room back when the step is done, or is no more.
struct HeldRoom {
  HeldRoom(Room& the_room, UserHandle of, UserHandle for_peer)
      : room(the_room), user(std::move(of)), peer(std::move(for_peer)) {}
  HeldRoom(const HeldRoom&) = delete;
  HeldRoom& operator=(const HeldRoom&) = delete;
  ~HeldRoom() { room.Release(user, peer); }

  Room& room;
  const UserHandle user, peer;
};

tl::unexpected<Error> NoSuchUser() { return Fail(Code::kNotFound, "user: no such user"); }

int64_t MostOf(Roll roll) {
  switch (roll) {
    case Roll::kFriends:
      return limits::kFriendsMax;
    case Roll::kBlocks:
      return limits::kBlocksMax;
    case Roll::kIncoming:
    case Roll::kOutgoing:
      return limits::kOpenRequestsMax;
  }
  return 0;
}

int64_t CountOf(const Counts& counts, Roll roll) {
  switch (roll) {
    case Roll::kFriends:
      return counts.friends;
    case Roll::kIncoming:
      return counts.incoming;
    case Roll::kOutgoing:
      return counts.outgoing;
    case Roll::kBlocks:
      return counts.blocks;
  }
  return 0;
}

std::string_view WordFor(Roll roll) {
  return roll == Roll::kFriends ? "friends" : roll == Roll::kBlocks ? "blocks" : "open requests";
}

tl::unexpected<Error> NoRoom(std::string_view whose, Roll roll) {
  return Fail(Code::kLimit, fmt::format("user: {} at most {} {}", whose, MostOf(roll), WordFor(roll)));
}

struct Places {
  std::optional<Roll> own, theirs;
};

// What the step would add to whose list, as far as the caller's lists tell.
Places PlacesFor(store::SlotView view, Step step, const UserHandle& user, const UserHandle& other) {
  const bool friends = view.Has(FriendRow{user, other});
  const bool incoming = view.Has(IncomingRow{user, other});
  if (step == Step::kBlock && !view.Has(BlockRow{user, other})) return {Roll::kBlocks, std::nullopt};
  if (friends || (step != Step::kRequest && step != Step::kAccept)) return {};
  if (incoming) return {Roll::kFriends, Roll::kFriends};
  if (step == Step::kRequest && !view.Has(OutgoingRow{user, other})) return {Roll::kOutgoing, Roll::kIncoming};
  return {};
}

void TellOwnSessions(module::Context& ctx, const UserHandle& other, News news) {
  module::To to;
  to.topics = {wire::UserTopic(ctx.user())};
  to.except_caller_connection = true;
  if (news == News::kAccepted) ctx.Publish(to, WasAccepted{other});
  if (news == News::kRemoved) ctx.Publish(to, WasRemoved{other});
}

}  // namespace

bool FriendModule::HoldOn(Context& ctx, const UserHandle& user, const UserHandle& peer, Roll roll) {
  const Counts counts = ctx.view().Get(CountsRow{user}).value_or(Counts{});
  return room_.Hold(user, peer, roll, CountOf(counts, roll), MostOf(roll), ctx.now().mono_ms);
}

module::Task<Result<Done>> FriendModule::FindRoom(Context& ctx, Step step, UserHandle other) {
  const Places places = PlacesFor(ctx.view(), step, ctx.user(), other);
  if (places.own && !HoldOn(ctx, ctx.user(), other, *places.own)) co_return NoRoom("you can have", *places.own);
  if (places.theirs) {
    const HoldRoom question{other, ctx.user(), *places.theirs};
    const Result<RoomReply> answer = co_await ctx.Call(other.text(), question);
    if (!answer) co_return Fail(answer.error());
    if (answer->gone) co_return NoSuchUser();
    if (!answer->room) co_return NoRoom("they can have", *places.theirs);
  }
  co_return Done{};
}

Result<RoomReply> FriendModule::DoRoom(Context& ctx, const HoldRoom& request) {
  if (ctx.view().Has(GoneRow{request.user})) return RoomReply{false, true};
  return RoomReply{HoldOn(ctx, request.user, request.peer, request.roll), false};
}

module::Task<Result<Changed>> FriendModule::Do(Context& ctx, Step step, UserHandle other,
                                               std::optional<std::string> note, std::optional<std::string> id) {
  if (other == ctx.user()) co_return Fail(Code::kBadRequest, "user: that is you");
  if (ctx.view().Has(GoneRow{ctx.user()})) {
    co_return Fail(Code::kUnauthenticated, "this session has ended; log in again");
  }
  // What begins something needs to know of a deletion at once; what ends something asks only where nothing ever was.
  const bool begins = step == Step::kRequest || step == Step::kAccept || step == Step::kBlock;
  if (begins || !ctx.view().Has(PeerRow{ctx.user(), other})) {
    const user::Exists question{other};
    const Result<user::ExistsReply> answer = co_await ctx.Call(other.text(), question);
    if (!answer) co_return Fail(answer.error());
    if (!answer->exists) co_return NoSuchUser();
  }
  const HeldRoom held(room_, ctx.user(), other);
  const Result<Done> room = co_await FindRoom(ctx, step, other);
  if (!room) co_return Fail(room.error());

  Change change;
  change.pair = Conversation::Direct(ctx.user(), other);
  change.by = ctx.user();
  change.step = step;
  change.note = std::move(note);
  // What dies here may have been done there: under this id it is known again.
  change.id = id ? "i" + *id : "r" + ctx.request().Hex();
  const Result<Changed> changed = co_await ctx.Call(change.pair.text(), change);
  if (!changed) co_return Fail(changed.error());
  TellOwnSessions(ctx, other, changed->news);
  co_return *changed;
}

module::Task<Result<Done>> FriendModule::DoSimply(Context& ctx, Step step, UserHandle other,
                                                  std::optional<std::string> id) {
  const Result<Changed> changed = co_await Do(ctx, step, std::move(other), std::nullopt, std::move(id));
  if (!changed) co_return Fail(changed.error());
  co_return Done{};
}

module::Task<Result<Requested>> FriendModule::DoRequest(Context& ctx, Request request) {
  const Result<Changed> changed = co_await Do(ctx, Step::kRequest, request.user, request.note, request.id);
  if (!changed) co_return Fail(changed.error());
  co_return Requested{changed->friends ? "accepted" : "requested"};
}

module::Task<Result<Done>> FriendModule::DoAccept(Context& ctx, Accept request) {
  return DoSimply(ctx, Step::kAccept, request.user, request.id);
}
module::Task<Result<Done>> FriendModule::DoDecline(Context& ctx, Decline request) {
  return DoSimply(ctx, Step::kDecline, request.user, request.id);
}
module::Task<Result<Done>> FriendModule::DoCancel(Context& ctx, Cancel request) {
  return DoSimply(ctx, Step::kCancel, request.user, request.id);
}
module::Task<Result<Done>> FriendModule::DoRemove(Context& ctx, Remove request) {
  return DoSimply(ctx, Step::kRemove, request.user, request.id);
}
module::Task<Result<Done>> FriendModule::DoBlock(Context& ctx, Block request) {
  return DoSimply(ctx, Step::kBlock, request.user, request.id);
}
module::Task<Result<Done>> FriendModule::DoUnblock(Context& ctx, Unblock request) {
  return DoSimply(ctx, Step::kUnblock, request.user, request.id);
}

Result<Changed> FriendModule::DoChange(Context& ctx, const Change& request) {
  const PairRow row{request.pair};
  Pair pair = ctx.view().Get(row).value_or(Pair{});
  const Pair before = pair;
  TRY_ASSIGN(const Told told,
             Take(pair, SideOf(request.pair, request.by), request.step, request.note, ctx.now().wall_ms));
  // What is so already may not have been told everywhere yet: then this answer, too, waits for it.
  Concerns concerns{true, true};
  if (pair != before) {
    ++pair.version;
    ctx.view().Put(row, pair);
    concerns.friendship = pair.friends() != before.friends();
    concerns.relation = concerns.friendship || pair.blocked() != before.blocked();
  }
  if (pair.version > 0) {
    for (const module::Delivery delivery : TellAll(ctx, request.pair, pair, concerns, request.by, told)) {
      ctx.AnswerAfter(delivery);
    }
  }
  return Changed{pair.friends(), told.own};
}

}  // namespace parley::friends
