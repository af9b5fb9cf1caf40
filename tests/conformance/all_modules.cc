#include "tests/conformance/all_modules.h"

#include "common/module/idempotence.h"
#include "common/module/outbox.h"
#include "common/wire/control.h"
#include "common/wire/operator.h"
#include "common/wire/publication.h"
#include "frontend/messages.h"
#include "modules/admin/admin.h"
#include "modules/admin/rows.h"
#include "modules/friend/friend.h"
#include "modules/friend/rows.h"
#include "modules/group/group.h"
#include "modules/message/message.h"
#include "modules/message/rows.h"
#include "modules/user/user.h"
#include "tests/conformance/shapes.h"

namespace parley::conformance {
namespace {

// Modules are asked for their routes only.
class NoHost final : public module::Host {
 public:
  const Now& now() const override { return now_; }
  bool Owns(Slot) const override { return false; }
  void InSlot(Slot, const std::function<void(module::Context&)>&) override {}

 private:
  Now now_;
};

module::Host& Nowhere() {
  static NoHost host;
  return host;
}

ModuleShape User() {
  using namespace user;
  ModuleShape shape;
  UserModule::Options options;
  options.hash = {1, 8};
  shape.name = UserModule::kName;
  shape.module = std::make_unique<UserModule>(Nowhere(), options);
  AddRequests<Register, Login, Resume, Logout, ChangePassword, GetProfile, Update, SetStatus, ListSessions, Revoke,
              Search, Delete, Attach, Detach, Index, Exists, Friendship, GetAvailability, SetBan, Disconnect, SetRole,
              Accounts>(shape.requests, shape.replies);
  shape.rows =
      RowShapes<AccountRow, BanRow, SessionRow, EndedRow, PasswordChangeRow, SeenRow, IndexRow, FriendRow, OnlineRow>();
  return shape;
}

ModuleShape Message() {
  using namespace message;
  ModuleShape shape;
  shape.name = MessageModule::kName;
  shape.module = std::make_unique<MessageModule>(Nowhere(), MessageModule::Options{});
  AddRequests<Send, History, Sync, Received, Read, Receipts, Edit, Recall, React, Typing, Mute, ListAdd, UserGone,
              CloseConversation, Heads, Relation, ListRemove, GroupChange, ClearGroup, Announce, AdminRecall, Attach>(
      shape.requests, shape.replies);
  shape.events = Shapes<NewRecord, ReadUpTo, ReceivedUpTo, IsTyping>();
  shape.rows =
      RowShapes<HeadRow, RecordRow, ReactionRow, CursorRow, GroupRow, MemberRow, GoneRow, ListRow, StanceRow>();
  return shape;
}

ModuleShape Friends() {
  using namespace friends;
  ModuleShape shape;
  shape.name = FriendModule::kName;
  shape.module = std::make_unique<FriendModule>(Nowhere(), FriendModule::Options{});
  AddRequests<Request, Accept, Decline, Cancel, Remove, List, Requests, SetAlias, Block, Unblock, Blocked, Attach,
              Change, Listed, HoldRoom, GetRelation, UserGone, End>(shape.requests, shape.replies);
  shape.events = Shapes<WasRequested, WasAccepted, WasRemoved, WasCancelled, PresenceChanged>();
  shape.rows = RowShapes<PairRow, PeerRow, FriendRow, IncomingRow, OutgoingRow, BlockRow, CountsRow, GoneRow>();
  return shape;
}

ModuleShape Group() {
  using namespace group;
  ModuleShape shape;
  shape.name = GroupModule::kName;
  shape.module = std::make_unique<GroupModule>(Nowhere(), GroupModule::Options{});
  AddRequests<Create, GetInfo, Update, Join, Leave, Invite, Approve, Reject, Kick, Unban, SetRole, Transfer, Mute,
              Dissolve, Members, Requests, Bans, Invitations, List, Search, SetStanding, GetRoom, GetBriefs, Index,
              UserGone, End, Clear>(shape.requests, shape.replies);
  shape.events = Shapes<WasInvited, WasRequested, HasJoined, HasLeft>();
  shape.rows = RowShapes<GroupRow, MemberRow, SeniorRow, BanRow, InviteRow, RequestRow, StandingRow, CountsRow, GoneRow,
                         IndexRow>();
  return shape;
}

ModuleShape Admin() {
  using namespace admin;
  ModuleShape shape;
  shape.name = AdminModule::kName;
  shape.module = std::make_unique<AdminModule>(Nowhere(), AdminModule::Options{});
  AddRequests<Announce, Ban, Unban, Kick, Grant, Ungrant, Users, Recall, Audit, Nodes, Slots, Drain, Undrain, Stats>(
      shape.requests, shape.replies);
  shape.rows = RowShapes<EntryRow, UserEntryRow, OpenRow, UngrantedRow>();
  return shape;
}

}  // namespace

std::vector<ModuleShape> AllModules() {
  std::vector<ModuleShape> modules;
  modules.push_back(User());
  modules.push_back(Message());
  modules.push_back(Friends());
  modules.push_back(Group());
  modules.push_back(Admin());
  return modules;
}

SessionShape SessionMethods() {
  using namespace frontend;
  SessionShape shape;
  AddRequests<Hello, Ping, Methods>(shape.requests, shape.replies);
  shape.docs = {std::string(Hello::kDoc), std::string(Ping::kDoc), std::string(Methods::kDoc)};
  shape.events = Shapes<Closed, Resync>();
  return shape;
}

std::vector<RowShape> KitRows() { return RowShapes<module::ClientIdRow, module::RequestIdRow, module::IntentRow>(); }

std::vector<Shape> BusMessages() {
  using namespace wire;
  return Shapes<Registration, Welcome, Refused, Assignment, SlotsNotice, RoutesNotice, Topics, NodeGone, Directives,
                DrainNotice, Figures, AskNodes, NodesState, AskSlots, SlotsState, AskDrain, AskUndrain, Left>();
}

}  // namespace parley::conformance
