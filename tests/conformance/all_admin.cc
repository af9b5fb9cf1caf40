#include "modules/admin/admin.h"
#include "modules/admin/rows.h"
#include "tests/conformance/modules.h"
#include "tests/conformance/shapes.h"

namespace parley::conformance {

ModuleShape Admin() {
  using namespace admin;
  ModuleShape shape = ShapeOfModule<AdminModule>();
  AddRequests<Announce, Ban, Unban, Kick, Grant, Ungrant, Users, Recall, Audit, Nodes, Slots, Drain, Undrain, Stats>(
      shape.requests, shape.replies);
  shape.rows = RowShapes<EntryRow, UserEntryRow, OpenRow, UngrantedRow>();
  return shape;
}

}  // namespace parley::conformance
