// What can be said about a record that is there: it is edited, recalled, or reacted to. Each is a record of its own,
// and changes what the target's row shows.
#include "modules/message/append.h"
#include "modules/message/members.h"
#include "modules/message/message.h"

namespace parley::message {
namespace {

Result<Stored> Target(Log& log, int64_t seq) {
  std::optional<Stored> target = log.Get(seq);
  if (!target) return Fail(Code::kNotFound, "seq: no such record");
  if (!IsContent(target->kind)) return Fail(Code::kConflict, "seq: neither a text nor an own kind");
  return *std::move(target);
}

Result<Stored> OwnTarget(Log& log, int64_t seq, const UserHandle& user) {
  TRY_ASSIGN(Stored target, Target(log, seq));
  if (target.from != user) return Fail(Code::kForbidden, "seq: written by somebody else");
  return target;
}

void Strip(Stored& record) {
  record.body.reset();
  record.mentions.clear();
  record.recalled = true;
}

}  // namespace

Result<SeqReply> MessageModule::DoEdit(Context& ctx, const Edit& request) {
  TRY(MayWrite(ctx.user(), request.conversation));
  TRY(MayReach(ctx.view(), request.conversation, direct_));
  Log log(ctx.view(), request.conversation);
  TRY_ASSIGN(Stored target, OwnTarget(log, request.seq, ctx.user()));
  if (target.recalled) return Fail(Code::kConflict, "seq: recalled");

  Stored edit;
  edit.kind = kEdit;
  edit.target = request.seq;
  edit.body = request.body;
  edit.last_edit = target.last_edit;
  const Placed placed = AppendAndTell(ctx, request.conversation, log, std::move(edit));

  target.body = request.body;
  target.edited_ms = placed.record.time_ms;
  target.last_edit = placed.seq;
  log.Change(request.seq, target);
  return SeqReply{placed.seq};
}

Result<SeqReply> MessageModule::DoRecall(Context& ctx, const Recall& request) {
  TRY(MayWrite(ctx.user(), request.conversation));
  Log log(ctx.view(), request.conversation);
  TRY_ASSIGN(Stored target, OwnTarget(log, request.seq, ctx.user()));
  if (target.recalled) return SeqReply{target.recall};

  Stored recall;
  recall.kind = kRecall;
  recall.target = request.seq;
  const Placed placed = AppendAndTell(ctx, request.conversation, log, std::move(recall));

  Strip(target);
  target.recall = placed.seq;
  log.Change(request.seq, target);
  for (int64_t seq = target.last_edit; seq != 0;) {
    std::optional<Stored> edit = log.Get(seq);
    if (!edit) return Fail(Code::kInternal, "an edit record is missing");
    Strip(*edit);
    log.Change(seq, *edit);
    seq = edit->last_edit;
  }
  return SeqReply{placed.seq};
}

Result<ReactReply> MessageModule::DoReact(Context& ctx, const React& request) {
  TRY(MayWrite(ctx.user(), request.conversation));
  TRY(MayReach(ctx.view(), request.conversation, direct_));
  Log log(ctx.view(), request.conversation);
  TRY(Target(log, request.seq));
  const ReactionRow row{request.conversation, static_cast<uint64_t>(request.seq), request.emoji, ctx.user()};
  if (ctx.view().Has(row) == request.on) return ReactReply{};

  Stored react;
  react.kind = kReact;
  react.target = request.seq;
  react.emoji = request.emoji;
  react.on = request.on;
  const Placed placed = AppendAndTell(ctx, request.conversation, log, std::move(react));
  if (request.on) {
    ctx.view().Put(row, Set{placed.seq});
  } else {
    ctx.view().Delete(row);
  }
  return ReactReply{placed.seq};
}

}  // namespace parley::message
