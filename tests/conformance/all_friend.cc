#include "modules/friend/friend.h"
#include "modules/friend/rows.h"
#include "tests/conformance/modules.h"
#include "tests/conformance/shapes.h"

namespace parley::conformance {

ModuleShape Friends() {
  using namespace friends;
  ModuleShape shape = ShapeOfModule<FriendModule>();
  AddRequests<Request, Accept, Decline, Cancel, Remove, List, Requests, SetAlias, Block, Unblock, Blocked, Attach,
              Change, Listed, HoldRoom, GetRelation, UserGone, End>(shape.requests, shape.replies);
  shape.events = Shapes<WasRequested, WasAccepted, WasRemoved, WasCancelled, PresenceChanged>();
  shape.rows = RowShapes<PairRow, PeerRow, FriendRow, IncomingRow, OutgoingRow, BlockRow, CountsRow, GoneRow>();
  return shape;
}

}  // namespace parley::conformance
