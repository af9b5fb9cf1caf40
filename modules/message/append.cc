#include "modules/message/append.h"

#include "modules/message/members.h"

namespace parley::message {

namespace {

void Tell(module::Context& ctx, const Conversation& conversation, const Log& log, const Placed& placed) {
  NewRecord event;
  static_cast<Record&>(event) = Show(conversation, placed, UserHandle());
  event.head = log.head();
  module::To to;
  to.topics = TopicsOf(conversation);
  to.except_caller_connection = true;
  if (placed.record.id) to.own = {"id", *placed.record.id};
  ctx.Publish(to, event);
}

}  // namespace

Placed AppendAndTell(module::Context& ctx, const Conversation& conversation, Log& log, Stored record) {
  record.from = ctx.user();
  Placed placed = log.Append(std::move(record), ctx.now().wall_ms);
  Tell(ctx, conversation, log, placed);
  return placed;
}

void TellAgain(module::Context& ctx, const Conversation& conversation, int64_t seq) {
  Log log(ctx.view(), conversation);
  if (log.head() != seq) return;
  const std::optional<Stored> record = log.Get(seq);
  if (record && record->from == ctx.user()) Tell(ctx, conversation, log, {seq, *record});
}

}  // namespace parley::message
