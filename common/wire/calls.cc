#include "common/wire/calls.h"

#include <algorithm>

#include "common/base/log.h"

namespace parley::wire {
namespace {

// After `moved`, the slot's new primary is a moment away: do not ask in a tight loop.
constexpr int64_t kMovedPauseMs = 20;
constexpr int64_t kDueStepMs = 10;

}  // namespace

RequestId Calls::Start(Envelope request, int64_t ttl_ms, const Now& now, CallListener& listener, uint64_t tag) {
  if (request.request.empty()) request.request = RequestId::Random();
  request.kind = Kind::kRequest;
  request.ttl_ms = static_cast<uint32_t>(ttl_ms);
  Open open;
  open.encoded.reserve(EncodedBytes(request));
  Append(open.encoded, request);
  open.deadline_ms = now.mono_ms + ttl_ms;
  open.resend_ms = now.mono_ms + ttl_ms / 2;
  open.listener = &listener;
  open.tag = tag;
  open.sent = node_.registered();
  open.parked = open.sent && IsDown(request.module, request.slot);
  LookAgain(request.request, open.resend_ms);
  node_.Send(request);
  open_.insert_or_assign(request.request, std::move(open));
  return request.request;
}

void Calls::Resend(Open& open, const Now& now) {
  // It waits at the bus. A second one would wait longer there than the first, and be done after the bus has said that
  // the first was not.
  if (open.parked && open.sent && node_.registered()) return;
  BatchReader reader(open.encoded);
  std::optional<Envelope> request = reader.Next();
  if (!request) return;
  request->ttl_ms = static_cast<uint32_t>(std::max<int64_t>(open.deadline_ms - now.mono_ms, 1));
  request->flags |= kResent;
  open.sent_before |= open.sent;
  open.sent = node_.registered();
  ++resent_;
  node_.Send(*request);
}

void Calls::Finish(const RequestId& id, const CallReply& reply) {
  const auto it = open_.find(id);
  if (it == open_.end()) return;
  CallListener* listener = it->second.listener;
  const uint64_t tag = it->second.tag;
  const LogRequest log(id);
  open_.erase(it);
  listener->OnCallReply(tag, reply);
}

std::optional<uint64_t> Calls::TagOf(const RequestId& id, const CallListener& listener) const {
  const auto it = open_.find(id);
  if (it == open_.end() || it->second.listener != &listener) return std::nullopt;
  return it->second.tag;
}

bool Calls::OnEnvelope(const Envelope& envelope, const Now& now) {
  if (envelope.kind != Kind::kReply && envelope.kind != Kind::kMoved) return false;
  const auto it = open_.find(envelope.request);
  if (it == open_.end()) return true;  // answered already, or forgotten
  Open& open = it->second;
  if (envelope.kind == Kind::kMoved) {
    // `moved` says that nothing was done by this attempt: it is as if it had not been sent. Unless it was begun.
    if ((envelope.flags & kBegun) != 0) {
      open.sent_before = true;
      open.parked = false;
    }
    const int64_t again = now.mono_ms + kMovedPauseMs;
    if (again < open.deadline_ms) {
      open.sent = false;
      open.resend_ms = again;
      LookAgain(envelope.request, again);
    }
    return true;
  }
  CallReply reply;
  reply.epoch = envelope.epoch;
  if (envelope.code == 0) {
    reply.result = envelope.body;
    reply.directives = envelope.extra;
  } else {
    Error error{static_cast<Code>(envelope.code), std::string(envelope.body), envelope.ttl_ms};
    // Nothing was done by the attempt that the bus refused, but an earlier one may have arrived.
    if ((error.code == Code::kUnavailable || error.code == Code::kOverloaded) && open.sent_before) {
      error = Error{Code::kTimeout, "no answer in time; the outcome is unknown, ask again with the same id", 0};
    }
    reply.error = std::move(error);
  }
  Finish(envelope.request, reply);
  return true;
}

void Calls::OnSlots(const SlotsNotice& notice, const Now& now) {
  std::array<bool, kSlots> changed{};
  for (const SlotEpoch& slot : notice.slots) {
    if (slot.slot >= 0 && slot.slot < kSlots) changed[static_cast<size_t>(slot.slot)] = true;
  }
  std::array<bool, kSlots>& down = down_[notice.module];
  for (size_t slot = 0; slot < down.size(); ++slot) {
    if (changed[slot]) down[slot] = !notice.up;
  }
  for (auto& [id, open] : open_) {
    BatchReader reader(open.encoded);
    const std::optional<Envelope> request = reader.Next();
    if (!request || request->module != notice.module || !changed[request->slot]) continue;
    // What waited has been delivered by now.
    if (notice.up) open.parked = false;
    Resend(open, now);
  }
}

bool Calls::IsDown(std::string_view module, Slot slot) const {
  const auto it = down_.find(module);
  return it != down_.end() && it->second[slot];
}

void Calls::OnRegistered(const Now& now) {
  // Another bus, or one that had lost this node: what it said before counts no more.
  down_.clear();
  for (auto& [id, open] : open_) {
    open.parked = false;
    Resend(open, now);
  }
}

void Calls::LookAgain(const RequestId& id, int64_t due_ms) { due_[due_ms / kDueStepMs].push_back(id); }

void Calls::Tick(const Now& now) {
  while (!due_.empty() && due_.begin()->first < now.mono_ms / kDueStepMs) {
    const std::vector<RequestId> ids = std::move(due_.extract(due_.begin()).mapped());
    for (const RequestId& id : ids) Look(id, now);
  }
}

void Calls::Look(const RequestId& id, const Now& now) {
  const auto it = open_.find(id);
  if (it == open_.end()) return;
  Open& open = it->second;
  if (now.mono_ms >= open.deadline_ms) {
    CallReply reply;
    // Also of what waits at the bus: from here nobody can tell whether it still does.
    reply.error =
        open.sent || open.sent_before
            ? Error{Code::kTimeout, "no answer in time; the outcome is unknown, ask again with the same id", 0}
            : Error{Code::kUnavailable, "it could not be delivered in time", 1000};
    Finish(id, reply);
    return;
  }
  if (open.resend_ms != 0 && now.mono_ms >= open.resend_ms) {
    open.resend_ms = 0;
    LookAgain(id, open.deadline_ms);
    Resend(open, now);
  }
}

}  // namespace parley::wire
