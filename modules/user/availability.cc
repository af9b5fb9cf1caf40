// What friends may know: who they are (user.friendship), whether a user is there (user.availability), and telling them
// when that changes (friend.presence).
#include "modules/friend/messages.h"
#include "modules/user/user.h"

namespace parley::user {
namespace {

// Slots looked through in one second, after connections were forgotten.
constexpr size_t kSlotsPerTick = 32;
// Told at most so often of each user, but for coming and going.
constexpr int64_t kStatusPauseMs = 1'000;

}  // namespace

Result<Done> UserModule::DoFriendship(Context& ctx, const Friendship& request) {
  const FriendRow row{request.user, request.other};
  const std::optional<Friend> known = ctx.view().Get(row);
  if (known ? known->version >= request.version : !request.on) return Done{};
  ctx.view().Put(row, Friend{request.on, request.version});
  return Done{};
}

Result<AvailabilityReply> UserModule::DoAvailability(Context& ctx, const GetAvailability& request) {
  AvailabilityReply reply;
  for (const UserHandle& user : request.users) {
    if (SlotOf(user.text()) != ctx.slot()) return Fail(Code::kBadRequest, "users: of another slot");
    const std::optional<Account> account = Find(ctx, user);
    if (account) reply.users.push_back(AvailabilityOf(ctx, user, *account));
  }
  return reply;
}

// As friends were told last: what they are told next goes on from there.
Availability UserModule::AvailabilityOf(const Context& ctx, const UserHandle& user, const Account& account) {
  Availability availability;
  availability.user = user;
  availability.online = ctx.view().Has(OnlineRow{user});
  if (availability.online) {
    availability.state = account.state;
    if (!account.text.empty()) availability.text = account.text;
  }
  return availability;
}

void UserModule::TellFriends(Context& ctx, const UserHandle& user, const Account& account) {
  const Availability now = AvailabilityOf(ctx, user, account);
  friends::PresenceChanged changed;
  changed.user = user;
  changed.online = now.online;
  if (now.state) changed.state = schema::Codec<State>::NameOfValue(*now.state);
  changed.text = now.text;
  changed.time_ms = ctx.now().wall_ms;
  module::To to;
  to.topics = {wire::PresenceTopic(user)};
  to.droppable = true;
  ctx.Publish(to, changed);
}

void UserModule::NoteConnected(Context& ctx, const UserHandle& user) {
  leavers_.CameBack(user);
  const OnlineRow row{user};
  if (ctx.view().Has(row)) return;
  const std::optional<Account> account = Find(ctx, user);
  if (!account) return;
  ctx.view().Put(row, Online{ctx.now().wall_ms});
  TellFriends(ctx, user, *account);
}

void UserModule::NoteOffline(Context& ctx, const UserHandle& user) {
  leavers_.CameBack(user);
  const OnlineRow row{user};
  const std::optional<Online> online = ctx.view().Get(row);
  if (presence_.Online(user) || !online) return;
  ctx.view().Delete(row);
  // Where nobody saw the end of the last connection, it was some time until now.
  const Seen seen = ctx.view().Get(SeenRow{user}).value_or(Seen{});
  if (seen.last_seen_ms < online->since_ms) ctx.view().Put(SeenRow{user}, Seen{ctx.now().wall_ms});
  if (const std::optional<Account> account = Find(ctx, user)) TellFriends(ctx, user, *account);
}

// Of many changes of a status in a moment, friends hear the first and the last.
void UserModule::NoteStatus(Context& ctx, const UserHandle& user, const Account& account) {
  if (!ctx.view().Has(OnlineRow{user})) return;
  const auto [it, is_first] = statuses_.try_emplace(user, StatusTold{ctx.now().mono_ms + kStatusPauseMs, false});
  if (is_first) return TellFriends(ctx, user, account);
  it->second.changed_since = true;
}

void UserModule::TellWhatIsDue(const Now& now) {
  for (const UserHandle& user : leavers_.TakeDue(now.mono_ms)) {
    host_.InSlot(SlotOf(user.text()), [&](Context& ctx) { NoteOffline(ctx, user); });
  }
  for (const Slot slot : leavers_.TakeDueSlots(now.mono_ms, kSlotsPerTick)) {
    host_.InSlot(slot, [&](Context& ctx) {
      std::vector<UserHandle> gone;
      ctx.view().Scan<OnlineRow>(store::Order::kAscending, [&](const OnlineRow& row, const Online&) {
        if (!presence_.Online(row.user) && !leavers_.IsLeaving(row.user)) gone.push_back(row.user);
        return true;
      });
      for (const UserHandle& user : gone) NoteOffline(ctx, user);
    });
  }
  std::vector<UserHandle> changed;
  std::erase_if(statuses_, [&](const auto& entry) {
    if (entry.second.until_ms > now.mono_ms) return false;
    if (entry.second.changed_since) changed.push_back(entry.first);
    return true;
  });
  for (const UserHandle& user : changed) {
    host_.InSlot(SlotOf(user.text()), [&](Context& ctx) {
      const std::optional<Account> account = Find(ctx, user);
      if (account && ctx.view().Has(OnlineRow{user})) TellFriends(ctx, user, *account);
    });
  }
}

}  // namespace parley::user
