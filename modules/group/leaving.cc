// The ways out of a group: leaving, being put out, being deleted.
#include "modules/group/group.h"
#include "modules/user/messages.h"

namespace parley::group {
namespace {

using message::GroupEvent;
using module::Context;

// Whether the caller may put the user out.
Result<void> MayKick(Context& ctx, const Roster& roster, const UserHandle& user) {
  TRY_ASSIGN(const Role role, RequireAdmin(roster, ctx.user()));
  if (user == ctx.user()) return Fail(Code::kForbidden, "user: that is you; leave instead");
  const std::optional<Role> other = roster.RoleOf(user);
  if (other && *other >= role) return Fail(Code::kForbidden, "user: not below you");
  return {};
}

}  // namespace

Result<Done> GroupModule::DoLeave(Context& ctx, const Leave& request) {
  TRY_ASSIGN(Roster roster, Roster::FindFor(ctx, request.group));
  const std::optional<Role> role = roster.RoleOf(ctx.user());
  if (!role) {
    roster.AnswerAfterNewsOf(ctx.user());
    return Done{};
  }
  if (*role == Role::kOwner) return Fail(Code::kConflict, "group: you own it; transfer or dissolve it first");
  roster.Remove(ctx.user(), GroupEvent::kLeft, "left", ctx.user());
  roster.SaveAndAnswerAfter();
  return Done{};
}

module::Task<Result<Done>> GroupModule::DoKick(Context& ctx, Kick request) {
  CO_TRY_ASSIGN(Roster roster, Roster::FindFor(ctx, request.group));
  CO_TRY(MayKick(ctx, roster, request.user));
  const auto known = [&](const Roster& here) {
    return here.RoleOf(request.user) || here.InvitationOf(request.user) || here.RequestOf(request.user) ||
           here.IsBanned(request.user);
  };
  if (request.ban && !known(roster)) {
    const user::Exists question{request.user};
    const Result<user::ExistsReply> answer = co_await ctx.Call(request.user.text(), question);
    if (!answer) co_return Fail(answer.error());
    if (!answer->exists) co_return Fail(Code::kNotFound, "user: no such user");
    CO_TRY_ASSIGN(roster, Roster::FindFor(ctx, request.group));
    CO_TRY(MayKick(ctx, roster, request.user));
  }
  roster.AnswerAfterNewsOf(request.user);  // somebody else may have put the user out just now
  roster.Withdraw(request.user);
  roster.Remove(request.user, GroupEvent::kKicked, request.ban ? "banned" : "kicked", ctx.user());
  if (request.ban && !roster.IsBanned(request.user)) roster.SetBan(request.user);
  roster.SaveAndAnswerAfter();
  co_return Done{};
}

Result<Done> GroupModule::DoUnban(Context& ctx, const Unban& request) {
  TRY_ASSIGN(Roster roster, Roster::FindFor(ctx, request.group));
  TRY(RequireAdmin(roster, ctx.user()));
  if (roster.IsBanned(request.user)) roster.LiftBan(request.user);
  return Done{};
}

Result<Done> GroupModule::DoEnd(Context& ctx, const End& request) {
  Result<Roster> roster = Roster::Find(ctx, request.group);
  if (!roster) return Done{};
  roster->End(request.user);
  roster->Save();
  return Done{};
}

}  // namespace parley::group
