#include "modules/message/message.h"
#include "modules/message/rows.h"
#include "tests/conformance/modules.h"
#include "tests/conformance/shapes.h"

namespace parley::conformance {

ModuleShape Message() {
  using namespace message;
  ModuleShape shape = ShapeOfModule<MessageModule>();
  AddRequests<Send, History, Sync, Received, Read, Receipts, Edit, Recall, React, Typing, Mute, ListAdd, UserGone,
              CloseConversation, Heads, Relation, ListRemove, GroupChange, ClearGroup, Announce, AdminRecall, Attach>(
      shape.requests, shape.replies);
  shape.events = Shapes<NewRecord, ReadUpTo, ReceivedUpTo, IsTyping>();
  shape.rows =
      RowShapes<HeadRow, RecordRow, ReactionRow, CursorRow, GroupRow, MemberRow, GoneRow, ListRow, StanceRow>();
  return shape;
}

}  // namespace parley::conformance
