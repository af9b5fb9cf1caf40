#include "modules/message/append.h"

#include "modules/message/members.h"

namespace parley::message {

Placed AppendAndTell(module::Context& ctx, const Conversation& conversation, Log& log, Stored record) {
  record.from = ctx.user();
  Placed placed = log.Append(std::move(record), ctx.now().wall_ms);

  NewRecord event;
  static_cast<Record&>(event) = Show(conversation, placed, UserHandle());
  event.head = log.head();
  module::To to;
  to.topics = TopicsOf(conversation);
  to.except_caller_connection = true;
  if (placed.record.id) to.own = {"id", *placed.record.id};
  ctx.Publish(to, event);
  return placed;
}

}  // namespace parley::message
