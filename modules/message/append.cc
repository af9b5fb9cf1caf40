#include "modules/message/append.h"

namespace parley::message {
namespace {

std::vector<std::string> AudienceOf(const module::Context& ctx, Joiners& joiners, const Conversation& conversation) {
  std::vector<std::string> topics = TopicsOf(conversation);
  if (conversation.is_group()) joiners.AddTopics(conversation, ctx.now().mono_ms, topics);
  return topics;
}

}  // namespace

void Tell(module::Context& ctx, std::vector<std::string> topics, const Conversation& conversation, const Log& log,
          const Placed& placed) {
  NewRecord event;
  static_cast<Record&>(event) = Show(conversation, placed, UserHandle());
  event.head = log.head();
  module::To to;
  to.topics = std::move(topics);
  to.except_caller_connection = true;
  if (placed.record.id) to.own = {"id", *placed.record.id};
  ctx.Publish(to, event);
}

Placed AppendAndTell(module::Context& ctx, Joiners& joiners, const Conversation& conversation, Log& log,
                     Stored record) {
  record.from = ctx.user();
  Placed placed = log.Append(std::move(record), ctx.now().wall_ms);
  Tell(ctx, AudienceOf(ctx, joiners, conversation), conversation, log, placed);
  return placed;
}

Placed AppendText(module::Context& ctx, Joiners& joiners, const Conversation& conversation, const Seat& seat, Log& log,
                  Stored record) {
  if (conversation.is_direct()) return AppendAndTell(ctx, joiners, conversation, log, std::move(record));
  Member member = seat.member.value_or(Member{});
  record.previous = member.last_text;
  Placed placed = AppendAndTell(ctx, joiners, conversation, log, std::move(record));
  ++member.texts;
  member.last_text = placed.seq;
  ctx.view().Put(MemberRow{conversation, ctx.user()}, member);
  return placed;
}

void TellAgain(module::Context& ctx, Joiners& joiners, const Conversation& conversation, int64_t seq) {
  Log log(ctx.view(), conversation);
  if (log.head() != seq) return;
  const std::optional<Stored> record = log.Get(seq);
  if (record && record->from == ctx.user()) {
    Tell(ctx, AudienceOf(ctx, joiners, conversation), conversation, log, {seq, *record});
  }
}

}  // namespace parley::message
