// What can be said about a record that is there: it is edited, recalled, or reacted to. Each is a record of its own,
// and changes what the target's row shows.
#include "modules/message/append.h"
#include "modules/message/members.h"
#include "modules/message/message.h"

namespace parley::message {
namespace {

Result<Stored> Target(Log& log, const Seat& seat, int64_t seq) {
  std::optional<Stored> target = log.Get(seq);
  if (!target || seq < seat.floor) return Fail(Code::kNotFound, "seq: no such record");
  if (!IsContent(target->kind)) return Fail(Code::kConflict, "seq: neither a text nor an own kind");
  return *std::move(target);
}

tl::unexpected<Error> NotOwn() { return Fail(Code::kForbidden, "seq: written by somebody else"); }

void Strip(Stored& record) {
  record.body.reset();
  record.mentions.clear();
  record.recalled = true;
}

}  // namespace

Result<SeqReply> MessageModule::DoEdit(Context& ctx, const Edit& request) {
  TRY_ASSIGN(const Seat seat, MayWrite(ctx, request.conversation));
  TRY(MayReach(ctx.view(), request.conversation, direct_));
  Log log(ctx.view(), request.conversation);
  TRY_ASSIGN(Stored target, Target(log, seat, request.seq));
  if (target.from != ctx.user()) return NotOwn();
  if (target.recalled) return Fail(Code::kConflict, "seq: recalled");

  Stored edit;
  edit.kind = kEdit;
  edit.target = request.seq;
  edit.body = request.body;
  edit.last_edit = target.last_edit;
  const Placed placed = AppendAndTell(ctx, joiners_, request.conversation, log, std::move(edit));

  target.body = request.body;
  target.edited_ms = placed.record.time_ms;
  target.last_edit = placed.seq;
  log.Change(request.seq, target);
  return SeqReply{placed.seq};
}

Result<SeqReply> MessageModule::DoRecall(Context& ctx, const Recall& request) {
  TRY_ASSIGN(const Seat seat, MayRecall(ctx, request.conversation));
  Log log(ctx.view(), request.conversation);
  TRY_ASSIGN(Stored target, Target(log, seat, request.seq));
  if (target.from != ctx.user() && !seat.IsAbove(Role::kMember)) return NotOwn();
  return RecallTarget(ctx, request.conversation, log, request.seq, std::move(target));
}

Result<SeqReply> MessageModule::DoAdminRecall(Context& ctx, const AdminRecall& request) {
  Log log(ctx.view(), request.conversation);
  TRY_ASSIGN(Stored target, Target(log, Seat{}, request.seq));
  return RecallTarget(ctx, request.conversation, log, request.seq, std::move(target));
}

Result<SeqReply> MessageModule::RecallTarget(Context& ctx, const Conversation& conversation, Log& log, int64_t seq,
                                             Stored target) {
  if (target.recalled) return SeqReply{target.recall};

  Stored recall;
  recall.kind = kRecall;
  recall.target = seq;
  const Placed placed = AppendAndTell(ctx, joiners_, conversation, log, std::move(recall));

  Strip(target);
  target.recall = placed.seq;
  log.Change(seq, target);
  for (int64_t at = target.last_edit; at != 0;) {
    std::optional<Stored> edit = log.Get(at);
    if (!edit) return Fail(Code::kInternal, "an edit record is missing");
    Strip(*edit);
    log.Change(at, *edit);
    at = edit->last_edit;
  }
  return SeqReply{placed.seq};
}

Result<ReactReply> MessageModule::DoReact(Context& ctx, const React& request) {
  TRY_ASSIGN(const Seat seat, MayWrite(ctx, request.conversation));
  TRY(MayReach(ctx.view(), request.conversation, direct_));
  Log log(ctx.view(), request.conversation);
  TRY(Target(log, seat, request.seq));
  const ReactionRow row{request.conversation, static_cast<uint64_t>(request.seq), request.emoji, ctx.user()};
  if (ctx.view().Has(row) == request.on) return ReactReply{};

  Stored react;
  react.kind = kReact;
  react.target = request.seq;
  react.emoji = request.emoji;
  react.on = request.on;
  const Placed placed = AppendAndTell(ctx, joiners_, request.conversation, log, std::move(react));
  if (request.on) {
    ctx.view().Put(row, Set{placed.seq});
  } else {
    ctx.view().Delete(row);
  }
  return ReactReply{placed.seq};
}

}  // namespace parley::message
