// Who stands above whom, and who has to be silent.
#include "modules/group/group.h"

namespace parley::group {
namespace {

tl::unexpected<Error> NoMember() { return Fail(Code::kNotFound, "user: not a member of the group"); }

}  // namespace

Result<Done> GroupModule::DoRole(Context& ctx, const SetRole& request) {
  TRY_ASSIGN(Roster roster, Roster::FindFor(ctx, request.group));
  TRY(RequireOwner(roster, ctx.user()));
  const std::optional<Role> now = roster.RoleOf(request.user);
  if (!now) return NoMember();
  if (*now == Role::kOwner) return Fail(Code::kForbidden, "user: the owner's role changes by group.transfer");
  const Role role = request.role == GivenRole::kAdmin ? Role::kAdmin : Role::kMember;
  if (*now == role) {
    roster.AnswerAfterNewsOf(request.user);
    return Done{};
  }
  roster.SetRole(request.user, role);
  roster.SaveAndAnswerAfter();
  return Done{};
}

Result<Done> GroupModule::DoTransfer(Context& ctx, const Transfer& request) {
  TRY_ASSIGN(Roster roster, Roster::FindFor(ctx, request.group));
  TRY(RequireOwner(roster, ctx.user()));
  if (request.user == ctx.user()) {
    roster.AnswerAfterNewsOf(request.user);
    return Done{};
  }
  if (!roster.RoleOf(request.user)) return NoMember();
  roster.Transfer(request.user, ctx.user());
  roster.SaveAndAnswerAfter();
  return Done{};
}

Result<Done> GroupModule::DoMute(Context& ctx, const Mute& request) {
  TRY_ASSIGN(Roster roster, Roster::FindFor(ctx, request.group));
  TRY_ASSIGN(const Role role, RequireAdmin(roster, ctx.user()));
  int64_t muted_until_ms = roster.group().muted_until_ms;
  if (request.user) {
    const std::optional<MemberState> member = roster.MemberOf(*request.user);
    if (!member) return NoMember();
    if (member->role >= role) return Fail(Code::kForbidden, "user: not below you");
    muted_until_ms = member->muted_until_ms;
  }
  // A time that is over lifts it as 0 does.
  const int64_t now_ms = ctx.now().wall_ms;
  const int64_t until_ms = request.until_ms > now_ms ? request.until_ms : 0;
  if (until_ms == (muted_until_ms > now_ms ? muted_until_ms : 0)) {
    roster.AnswerAfterNewsOf(ctx.user());
    return Done{};
  }
  roster.Mute(request.user, until_ms);
  roster.SaveAndAnswerAfter();
  return Done{};
}

}  // namespace parley::group
