#include "modules/group/group.h"

namespace parley::group {

const std::vector<module::Route>& GroupModule::routes() const {
  using module::ByArgument, module::ByCaller, module::ByPrefix, module::Effect, module::On;
  using M = GroupModule;
  static constexpr module::RouteExtras kBackground{.lane = wire::Lane::kBackground};
  static const std::vector<module::Route> kRoutes = {
      On<&M::DoCreate>(Access::kUser, {ByArgument("group")}, Effect::kChanges, "Make a group; the caller owns it."),
      On<&M::DoInfo>(Access::kUser, {ByArgument("group")}, Effect::kReads, "What a group is, and the caller's role."),
      On<&M::DoUpdate>(Access::kUser, {ByArgument("group")}, Effect::kChanges,
                       "Change a group's name, topic or policy; by its owner and admins."),
      On<&M::DoJoin>(Access::kUser, {ByArgument("group")}, Effect::kChanges,
                     "Become a member, or ask to, as the policy says."),
      On<&M::DoLeave>(Access::kUser, {ByArgument("group")}, Effect::kChanges,
                      "Be a member no more; the owner transfers or dissolves first."),
      On<&M::DoInvite>(Access::kUser, {ByArgument("group")}, Effect::kChanges,
                       "Let a user join once, within 30 days, whatever the policy."),
      On<&M::DoApprove>(Access::kUser, {ByArgument("group")}, Effect::kChanges,
                        "Admit who asked to join; by owner and admins."),
      On<&M::DoReject>(Access::kUser, {ByArgument("group")}, Effect::kChanges,
                       "Drop a request to join, silently; by owner and admins."),
      On<&M::DoKick>(Access::kUser, {ByArgument("group")}, Effect::kChanges,
                     "Put somebody out, and withdraw an invitation or request; by owner and admins."),
      On<&M::DoUnban>(Access::kUser, {ByArgument("group")}, Effect::kChanges,
                      "Somebody may join again; by owner and admins."),
      On<&M::DoRole>(Access::kUser, {ByArgument("group")}, Effect::kChanges,
                     "Make a member an admin, or an admin a member; by the owner."),
      On<&M::DoTransfer>(Access::kUser, {ByArgument("group")}, Effect::kChanges,
                         "Give the group to a member; the owner becomes an admin."),
      On<&M::DoMute>(Access::kUser, {ByArgument("group")}, Effect::kChanges,
                     "A member, or all but owner and admins, may not write until a time; by owner and admins."),
      On<&M::DoDissolve>(Access::kUser, {ByArgument("group")}, Effect::kChanges, "End a group for ever; by the owner."),
      On<&M::DoMembers>(Access::kUser, {ByArgument("group")}, Effect::kReads, "The members; for members.", kBackground),
      On<&M::DoRequests>(Access::kUser, {ByArgument("group")}, Effect::kReads,
                         "Who asks to join; for owner and admins.", kBackground),
      On<&M::DoBans>(Access::kUser, {ByArgument("group")}, Effect::kReads, "Who is banned; for owner and admins.",
                     kBackground),
      On<&M::DoInvitations>(Access::kUser, {ByCaller()}, Effect::kReads, "The groups that the caller is invited to.",
                            kBackground),
      On<&M::DoList>(Access::kUser, {ByCaller()}, Effect::kReads, "The caller's groups.", kBackground),
      On<&M::DoSearch>(Access::kUser, {ByPrefix("prefix")}, Effect::kReads,
                       "Open and request groups whose handle begins with a prefix.", kBackground),
      On<&M::DoStanding>(Access::kModule, {ByArgument("user")}, Effect::kSettles, "How a user stands to a group."),
      On<&M::DoRoom>(Access::kModule, {ByArgument("user")}, Effect::kRepeatable, "What a user has room for."),
      On<&M::DoBriefs>(Access::kModule, {ByArgument("key")}, Effect::kReads, "What lists say of groups of one slot."),
      On<&M::DoIndex>(Access::kModule, {ByPrefix("group")}, Effect::kChanges,
                      "What the search has to know of a group."),
      On<&M::DoUserGone>(Access::kModule, {ByArgument("user")}, Effect::kSettles,
                         "An account is deleted: its memberships end."),
      On<&M::DoEnd>(Access::kModule, {ByArgument("group")}, Effect::kSettles,
                    "The account of somebody in a group is deleted."),
      On<&M::DoClear>(Access::kModule, {ByArgument("group")}, Effect::kSettles,
                      "Clear away what is left of a dissolved group."),
  };
  return kRoutes;
}

Result<Role> RequireAdmin(const Roster& roster, const UserHandle& user) {
  const std::optional<Role> role = roster.RoleOf(user);
  if (!role || *role == Role::kMember) return Fail(Code::kForbidden, "only the group's owner and admins may do this");
  return *role;
}

Result<void> RequireOwner(const Roster& roster, const UserHandle& user) {
  if (roster.group().owner != user) return Fail(Code::kForbidden, "only the group's owner may do this");
  return {};
}

}  // namespace parley::group
