// The ways into a group: joining, asking and being approved, being invited.
#include "common/base/limits.h"
#include "modules/friend/messages.h"
#include "modules/group/group.h"
#include "modules/user/messages.h"

namespace parley::group {
namespace {

using module::Context;

enum class Way { kInAlready, kAskedAlready, kAdmit, kAsk };

Result<void> CheckFull(const Roster& roster) {
  if (roster.group().members < limits::kGroupMembersMax) return {};
  return Fail(Code::kLimit, "group: has 100000 members already");
}

Result<void> CheckOpenRequests(const Roster& roster) {
  if (roster.group().requests < limits::kOpenRequestsMax) return {};
  return Fail(Code::kLimit, "group: has 1000 open requests already");
}

// How the caller comes in.
Result<Way> WayIn(Context& ctx, const GroupHandle& group) {
  TRY_ASSIGN(const Roster roster, Roster::Find(ctx, group));
  if (roster.RoleOf(ctx.user())) return Way::kInAlready;
  if (roster.IsBanned(ctx.user())) return Fail(Code::kForbidden, "group: you are banned from it");
  const bool invited = roster.InvitationOf(ctx.user()).has_value();
  if (invited || roster.group().policy == Policy::kOpen) {
    TRY(CheckFull(roster));
    return Way::kAdmit;
  }
  if (roster.group().policy == Policy::kInvite) return Fail(Code::kNotFound, "group: no such group");
  if (roster.RequestOf(ctx.user())) return Way::kAskedAlready;
  TRY(CheckOpenRequests(roster));
  return Way::kAsk;
}

void TellAdmins(Context& ctx, const Roster& roster, const WasRequested& event) {
  constexpr size_t kTopicsMax = 255;  // of a publication
  const std::vector<std::string> all = roster.TopicsOfAdmins();
  for (size_t from = 0; from < all.size(); from += kTopicsMax) {
    const size_t to = std::min(all.size(), from + kTopicsMax);
    module::To some;
    some.topics.assign(all.begin() + static_cast<ptrdiff_t>(from), all.begin() + static_cast<ptrdiff_t>(to));
    ctx.Publish(some, event);
  }
}

// Whether the caller may invite the user; false where there is nothing to do, which is answered when all have the news.
Result<bool> MayInvite(Context& ctx, const Invite& request) {
  TRY_ASSIGN(const Roster roster, Roster::FindFor(ctx, request.group));
  const std::optional<Role> role = roster.RoleOf(ctx.user());
  if (!role) return Fail(Code::kForbidden, "only members may invite");
  if (roster.group().policy != Policy::kOpen) TRY(RequireAdmin(roster, ctx.user()));
  if (roster.RoleOf(request.user) || roster.InvitationOf(request.user)) {
    roster.AnswerAfterNewsOf(request.user);
    return false;
  }
  if (roster.IsBanned(request.user)) return Fail(Code::kForbidden, "user: banned from the group");
  return true;
}

// Whether there is a request to approve; false where the user is a member already, which is answered when all have the
// news.
Result<bool> MayApprove(Context& ctx, const Approve& request) {
  TRY_ASSIGN(const Roster roster, Roster::FindFor(ctx, request.group));
  TRY(RequireAdmin(roster, ctx.user()));
  if (roster.RoleOf(request.user)) {
    roster.AnswerAfterNewsOf(request.user);
    return false;
  }
  if (!roster.RequestOf(request.user)) return Fail(Code::kNotFound, "user: has not asked to join");
  TRY(CheckFull(roster));
  return true;
}

}  // namespace

module::Task<Result<Joined>> GroupModule::DoJoin(Context& ctx, Join request) {
  CO_TRY_ASSIGN(Way way, WayIn(ctx, request.group));
  if (way == Way::kAdmit || way == Way::kAsk) {
    const GetRoom question{ctx.user()};
    const Result<Room> room = co_await ctx.Call(ctx.user().text(), question);
    if (!room) co_return Fail(room.error());
    if (room->gone) co_return Fail(Code::kUnauthenticated, "the account is deleted");
    CO_TRY_ASSIGN(way, WayIn(ctx, request.group));  // it may be another by now
    if (way == Way::kAdmit && !room->groups) co_return Fail(Code::kLimit, "group: you are in 1000 groups already");
    if (way == Way::kAsk && !room->requests) co_return Fail(Code::kLimit, "group: 1000 of your requests are open");
  }
  CO_TRY_ASSIGN(Roster roster, Roster::Find(ctx, request.group));
  switch (way) {
    case Way::kInAlready:
      roster.AnswerAfterNewsOf(ctx.user());
      co_return Joined{"joined"};
    case Way::kAskedAlready:
      roster.AnswerAfterNewsOf(ctx.user());
      co_return Joined{"requested"};
    case Way::kAdmit:
      roster.Admit(ctx.user());
      roster.SaveAndAnswerAfter();
      co_return Joined{"joined"};
    case Way::kAsk:
      break;
  }
  roster.Ask(ctx.user(), request.note);
  roster.SaveAndAnswerAfter();
  TellAdmins(ctx, roster, {request.group, ctx.user(), request.note});
  co_return Joined{"requested"};
}

module::Task<Result<Done>> GroupModule::DoInvite(Context& ctx, Invite request) {
  CO_TRY_ASSIGN(bool to_do, MayInvite(ctx, request));
  if (!to_do) co_return Done{};
  const user::Exists exists{request.user};
  const Result<user::ExistsReply> existing = co_await ctx.Call(request.user.text(), exists);
  if (!existing) co_return Fail(existing.error());
  if (!existing->exists) co_return Fail(Code::kNotFound, "user: no such user");
  const friends::GetRelation relation{Conversation::Direct(ctx.user(), request.user)};
  const Result<friends::RelationReply> related = co_await ctx.Call(relation.pair.text(), relation);
  if (!related) co_return Fail(related.error());
  if (related->blocked) co_return Fail(Code::kForbidden, "user: one of you blocks the other");
  const GetRoom question{request.user};
  const Result<Room> room = co_await ctx.Call(request.user.text(), question);
  if (!room) co_return Fail(room.error());
  if (room->gone) co_return Fail(Code::kNotFound, "user: no such user");

  CO_TRY_ASSIGN(to_do, MayInvite(ctx, request));
  if (!to_do) co_return Done{};
  if (!room->invitations) co_return Fail(Code::kLimit, "user: has 1000 invitations already");
  CO_TRY_ASSIGN(Roster roster, Roster::Find(ctx, request.group));
  roster.Invite(request.user);
  roster.SaveAndAnswerAfter();
  co_return Done{};
}

module::Task<Result<Done>> GroupModule::DoApprove(Context& ctx, Approve request) {
  CO_TRY_ASSIGN(bool to_do, MayApprove(ctx, request));
  if (!to_do) co_return Done{};
  const GetRoom question{request.user};
  const Result<Room> room = co_await ctx.Call(request.user.text(), question);
  if (!room) co_return Fail(room.error());
  if (room->gone) co_return Fail(Code::kNotFound, "user: no such user");

  CO_TRY_ASSIGN(to_do, MayApprove(ctx, request));
  if (!to_do) co_return Done{};
  if (!room->groups) co_return Fail(Code::kLimit, "user: is in 1000 groups already");
  CO_TRY_ASSIGN(Roster roster, Roster::Find(ctx, request.group));
  roster.Admit(request.user);
  roster.SaveAndAnswerAfter();
  co_return Done{};
}

Result<Done> GroupModule::DoReject(Context& ctx, const Reject& request) {
  TRY_ASSIGN(Roster roster, Roster::FindFor(ctx, request.group));
  TRY(RequireAdmin(roster, ctx.user()));
  if (!roster.RequestOf(request.user)) return Fail(Code::kNotFound, "user: has not asked to join");
  roster.Withdraw(request.user);
  roster.SaveAndAnswerAfter();
  return Done{};
}

}  // namespace parley::group
