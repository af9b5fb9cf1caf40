// The group module: groups, who belongs to them, and who may do what there. A group is at the slot of its handle, what
// a user's lists are read from at the user's slot. It carries no message: the message module does, and is told of every
// change before the change is answered.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/module/context.h"
#include "common/module/host.h"
#include "common/module/route.h"
#include "common/module/task.h"
#include "modules/group/messages.h"
#include "modules/group/roster.h"

namespace CLI {
class App;
}

namespace parley::group {

class GroupModule final : public module::Module {
 public:
  static constexpr std::string_view kName = "group";

  // Nothing can be chosen yet.
  struct Options {
    void AddTo(CLI::App&) {}
  };

  GroupModule(module::Host&, const Options&) {}

  [[nodiscard]] const std::vector<module::Route>& routes() const override;

 private:
  template <class Reply>
  using Awaiting = module::Task<Result<Reply>>;
  using Context = module::Context;

  // settings.cc
  Awaiting<Info> DoCreate(Context& ctx, Create request);
  Result<Info> DoInfo(Context& ctx, const GetInfo& request);
  Result<Info> DoUpdate(Context& ctx, const Update& request);
  Result<Done> DoDissolve(Context& ctx, const Dissolve& request);
  Result<Done> DoClear(Context& ctx, const Clear& request);
  // entering.cc
  Awaiting<Joined> DoJoin(Context& ctx, Join request);
  Awaiting<Done> DoInvite(Context& ctx, Invite request);
  Awaiting<Done> DoApprove(Context& ctx, Approve request);
  Result<Done> DoReject(Context& ctx, const Reject& request);
  // leaving.cc
  Result<Done> DoLeave(Context& ctx, const Leave& request);
  Awaiting<Done> DoKick(Context& ctx, Kick request);
  Result<Done> DoUnban(Context& ctx, const Unban& request);
  Result<Done> DoEnd(Context& ctx, const End& request);
  // ranks.cc
  Result<Done> DoRole(Context& ctx, const SetRole& request);
  Result<Done> DoTransfer(Context& ctx, const Transfer& request);
  Result<Done> DoMute(Context& ctx, const Mute& request);
  // listing.cc
  Result<MembersPage> DoMembers(Context& ctx, const Members& request);
  Result<UsersPage> DoRequests(Context& ctx, const Requests& request);
  Result<UsersPage> DoBans(Context& ctx, const Bans& request);
  Awaiting<InvitationsReply> DoInvitations(Context& ctx, Invitations request);
  Awaiting<OwnPage> DoList(Context& ctx, List request);
  Result<BriefsReply> DoBriefs(Context& ctx, const GetBriefs& request);
  // search.cc
  Awaiting<FoundPage> DoSearch(Context& ctx, Search request);
  Result<Done> DoIndex(Context& ctx, const Index& request);
  // user_side.cc
  Result<Done> DoStanding(Context& ctx, const SetStanding& request);
  Result<Room> DoRoom(Context& ctx, const GetRoom& request);
  Result<Done> DoUserGone(Context& ctx, const UserGone& request);

  // What there is to say of these groups, by handle; those that are no more are missing.
  static Awaiting<std::map<std::string, Brief>> BriefsOf(Context& ctx, std::vector<GroupHandle> groups);
};

// Guards. kForbidden for who is no more than a member, or none.
Result<Role> RequireAdmin(const Roster& roster, const UserHandle& user);
Result<void> RequireOwner(const Roster& roster, const UserHandle& user);

}  // namespace parley::group
