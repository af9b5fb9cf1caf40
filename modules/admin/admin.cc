#include "modules/admin/admin.h"

#include <algorithm>

#include "common/wire/route_key.h"
#include "modules/message/messages.h"

namespace parley::admin {
namespace {

using module::ByNothing;
using module::Effect;
using module::On;

// Everything is at the slot of this key.
Slot OnlySlot() {
  static const Slot kSlot = SlotOf(wire::FindKey({ByNothing()}, {}, {}).value());
  return kSlot;
}

// Not the caller's fault: it may ask again.
bool IsTransient(Code code) { return RowOf(code).retryable || code == Code::kInternal; }

}  // namespace

const std::vector<module::Route>& AdminModule::routes() const {
  using M = AdminModule;
  static constexpr module::RouteExtras kAudited{.audited = true};
  static constexpr module::RouteExtras kLarge{.lane = wire::Lane::kBackground, .audited = true};
  static const std::vector<module::Route> kRoutes = {
      On<&M::DoAnnounce>(Access::kAdmin, {ByNothing()}, Effect::kChanges, "Tell everyone something, in !all.",
                         kAudited),
      On<&M::DoBan>(Access::kAdmin, {ByNothing()}, Effect::kChanges,
                    "End a user's connections, and let them in no more until the ban ends.", kAudited),
      On<&M::DoUnban>(Access::kAdmin, {ByNothing()}, Effect::kChanges, "Let a banned user in again.", kAudited),
      On<&M::DoKick>(Access::kAdmin, {ByNothing()}, Effect::kChanges,
                     "End a user's connections; they may come back at once.", kAudited),
      On<&M::DoGrant>(Access::kAdmin, {ByNothing()}, Effect::kChanges, "Make a user an administrator.", kAudited),
      On<&M::DoUngrant>(Access::kAdmin, {ByNothing()}, Effect::kChanges, "Make an administrator a plain user again.",
                        kAudited),
      On<&M::DoUsers>(Access::kAdmin, {ByNothing()}, Effect::kReads,
                      "All accounts, deleted ones too, in an order of their own.", kLarge),
      On<&M::DoRecall>(Access::kAdmin, {ByNothing()}, Effect::kChanges,
                       "Take anyone's message back: its body is gone, everywhere, for ever.", kAudited),
      On<&M::DoAudit>(Access::kAdmin, {ByNothing()}, Effect::kReads,
                      "Every change that an administrator made and every refused try, newest first.", kLarge),
      On<&M::DoNodes>(Access::kAdmin, {ByNothing()}, Effect::kReads,
                      "The processes of the system, and what each does per second.", kAudited),
      On<&M::DoSlots>(Access::kAdmin, {ByNothing()}, Effect::kReads, "Which worker serves which part of a module.",
                      kAudited),
      On<&M::DoDrain>(Access::kAdmin, {ByNothing()}, Effect::kChanges,
                      "Give a node nothing new, and have a frontend send its clients elsewhere, until undrained.",
                      kAudited),
      On<&M::DoUndrain>(Access::kAdmin, {ByNothing()}, Effect::kChanges, "Have a node take part again.", kAudited),
      On<&M::DoStats>(Access::kAdmin, {ByNothing()}, Effect::kReads,
                      "How often each method was called and how long it took, and totals of the whole system.",
                      kAudited),
  };
  return kRoutes;
}

void AdminModule::OnSlotLost(Slot slot) {
  if (slot == OnlySlot()) audit_.Forget();
}

void AdminModule::OnRefused(Context& ctx, const module::Refusal& refusal) {
  if (ctx.user().empty()) return;  // a module's, which asks nothing here
  const auto route = std::ranges::find(routes(), refusal.method,
                                       [](const module::Route& r) { return std::string_view(r.row.method); });
  // Reading that failed for want of somebody to answer was not refused.
  const bool noted = route->effect != Effect::kReads || !IsTransient(refusal.error.code);
  std::optional<Line> line;
  if (noted) line = AuditLog::LineOf(ctx, refusal.method, refusal.arguments, route->row.arguments);
  audit_.Refused(ctx, refusal.error, line);
}

void AdminModule::OnTick(const Now&) {
  host_.InSlot(OnlySlot(), [&](Context& ctx) { audit_.CloseAbandoned(ctx); });
}

Result<void> AdminModule::CheckRole(const Context& ctx) {
  if (!ctx.view().Has(UngrantedRow{ctx.user()})) return {};
  return Fail(Code::kForbidden, "only administrators may do that");
}

AdminModule::Task<SeqReply> AdminModule::DoAnnounce(Context& ctx, Announce request) {
  const message::Announce announce{request.body, request.id};
  CO_TRY_ASSIGN(const message::SeqReply placed,
                co_await Carry(ctx, request, Conversation::Announcements().text(), announce));
  co_return SeqReply{placed.seq};
}

AdminModule::Task<SeqReply> AdminModule::DoRecall(Context& ctx, Recall request) {
  const message::AdminRecall recall{request.conversation, request.seq};
  CO_TRY_ASSIGN(const message::SeqReply placed, co_await Carry(ctx, request, request.conversation.text(), recall));
  co_return SeqReply{placed.seq};
}

Result<AuditPage> AdminModule::DoAudit(Context& ctx, const Audit& request) {
  TRY(CheckRole(ctx));
  return AuditLog::Read(ctx, request);
}

}  // namespace parley::admin
