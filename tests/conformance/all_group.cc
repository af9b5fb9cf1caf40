#include "modules/group/group.h"
#include "tests/conformance/modules.h"
#include "tests/conformance/shapes.h"

namespace parley::conformance {

ModuleShape Group() {
  using namespace group;
  ModuleShape shape = ShapeOfModule<GroupModule>();
  AddRequests<Create, GetInfo, Update, Join, Leave, Invite, Approve, Reject, Kick, Unban, SetRole, Transfer, Mute,
              Dissolve, Members, Requests, Bans, Invitations, List, Search, SetStanding, GetRoom, GetBriefs, Index,
              UserGone, End, Clear>(shape.requests, shape.replies);
  shape.events = Shapes<WasInvited, WasRequested, HasJoined, HasLeft>();
  shape.rows = RowShapes<GroupRow, MemberRow, SeniorRow, BanRow, InviteRow, RequestRow, StandingRow, CountsRow, GoneRow,
                         IndexRow>();
  return shape;
}

}  // namespace parley::conformance
