#include "bus/delivery.h"

#include "bus/limits.h"
#include "common/base/check.h"
#include "common/wire/trace.h"

namespace parley::bus {
namespace {

constexpr int64_t kUnavailableRetryMs = 1'000;
constexpr int64_t kOverloadedRetryMs = 200;

// A copy to a worker, with what the bus says of it.
void Forward(Peer& worker, std::string_view bytes, NodeId source, Epoch epoch) {
  char* at = worker.pipe.Append(bytes);
  wire::StampSource(at, source);
  wire::StampEpoch(at, epoch);
}

}  // namespace

void Delivery::OnRequest(const Peer& from, const wire::Envelope& request, std::string_view bytes, const Now& now) {
  counters_.Add(Count::kRequests);
  const int64_t deadline_ms = now.mono_ms + std::min<int64_t>(request.ttl_ms, kTtlMaxMs);
  Module* module = modules_.Find(request.module);
  if (module != nullptr) {
    const SlotRoute& route = module->slots[request.slot];
    Peer* primary = route.primary;
    // The way of nearly every request: nothing is copied but into the worker's pipe.
    if (primary != nullptr && primary->takes_requests() && !route.handing_over && request.ttl_ms > 0 &&
        !primary->pipe.full() &&
        primary->lanes.TakeNow(request.lane, from.id, request.request, bytes.size(), deadline_ms)) {
      Give(*primary, bytes, from.id, route.epoch, now);
      return;
    }
  } else {
    // It may be starting: known or not, a module without workers has its requests parked.
    module = modules_.Learn(request.module);
    if (module == nullptr) {
      counters_.Add(Count::kParkFull);
      Answer(from.id, request.request, Code::kUnavailable, "no such module, and too many that are not there", 0);
      return;
    }
  }
  Waiting waiting{std::string(bytes), module,      request.slot, request.lane, from.id,
                  request.request,    deadline_ms, deadline_ms};
  wire::StampSource(waiting.envelope.data(), from.id);
  if (request.ttl_ms == 0) {
    AnswerLate(waiting);
    return;
  }
  Route(std::move(waiting), now);
}

// Where a request goes that could not go straight on, or that waited until now.
void Delivery::Route(Waiting waiting, const Now& now) {
  if (waiting.deadline_ms <= now.mono_ms) {
    AnswerLate(waiting);
    return;
  }
  const SlotRoute& route = waiting.module->slots[waiting.slot];
  Peer* primary = route.primary;
  if (primary == nullptr || !primary->takes_requests() || route.handing_over) {
    Park(std::move(waiting), now);
    return;
  }
  if (!primary->pipe.full() && primary->lanes.TakeNow(waiting.lane, waiting.source, waiting.request,
                                                      waiting.envelope.size(), waiting.deadline_ms)) {
    wire::StampTtl(waiting.envelope.data(), static_cast<uint32_t>(waiting.deadline_ms - now.mono_ms));
    Give(*primary, waiting.envelope, waiting.source, route.epoch, now);
    return;
  }
  Tell(waiting.source, waiting.envelope, "waits for room at", primary->registration.name, now);
  Queue(*primary, std::move(waiting));
}

void Delivery::Park(Waiting waiting, const Now& now) {
  Tell(waiting.source, waiting.envelope, "waits until a worker serves it", "", now);
  switch (parking_.Park(waiting, now.mono_ms)) {
    case Parking::Verdict::kParked:
      counters_.Add(Count::kParked);
      return;
    case Parking::Verdict::kDuplicate:
      counters_.Add(Count::kDuplicate);
      return;
    case Parking::Verdict::kFull:
      counters_.Add(Count::kParkFull);
      Answer(waiting.source, waiting.request, Code::kUnavailable,
             "no worker of the module '" + waiting.module->name + "' is there, and too many requests wait for one",
             kUnavailableRetryMs);
      return;
  }
}

void Delivery::Queue(Peer& worker, Waiting waiting) {
  if (worker.lanes.Has(waiting.source, waiting.request)) {
    counters_.Add(Count::kDuplicate);
    return;
  }
  const RequestId newcomer = waiting.request;
  counters_.Add(Count::kQueued);
  for (const Waiting& turned_away : worker.lanes.Queue(std::move(waiting))) {
    AnswerOverloaded(turned_away, turned_away.request != newcomer);
  }
}

void Delivery::SendWaiting(Peer& worker, const Now& now) {
  while (!worker.pipe.full()) {
    std::optional<Waiting> next = worker.lanes.Next();
    if (!next) return;
    const SlotRoute& route = next->module->slots[next->slot];
    PARLEY_CHECK(route.primary == &worker);
    const int64_t left_ms = next->deadline_ms - now.mono_ms;
    if (left_ms <= 0) {
      worker.lanes.Answered(next->source, next->request);
      AnswerLate(*next);
      continue;
    }
    wire::StampTtl(next->envelope.data(), static_cast<uint32_t>(left_ms));
    Give(worker, next->envelope, next->source, route.epoch, now);
  }
}

void Delivery::OnAnswer(Peer& worker, const wire::Envelope& answer, std::string_view bytes, const Now& now) {
  counters_.Add(Count::kReplies);
  worker.lanes.Answered(answer.target, answer.request);
  if (!worker.lanes.empty() && worker.takes_requests()) SendWaiting(worker, now);
  Peer* caller = peers_.Find(answer.target);
  if (caller == nullptr) {
    counters_.Add(Count::kReplyNoTarget);
    return;
  }
  if (caller->pipe.full()) {
    // The caller asks again, and gets the stored result.
    counters_.Add(Count::kReplyPipeFull);
    return;
  }
  Tell(answer.target, bytes, answer.kind == wire::Kind::kMoved ? "hears that it moved from" : "passes on the answer of",
       worker.registration.name, now);
  wire::StampSource(caller->pipe.Append(bytes), worker.id);
}

void Delivery::OnHop(const wire::Envelope& hop, std::string_view bytes) {
  Peer* to = peers_.Find(hop.target);
  if (to != nullptr && !to->pipe.full()) to->pipe.Append(bytes);
}

void Delivery::Give(Peer& worker, std::string_view envelope, NodeId source, Epoch epoch, const Now& now) {
  Forward(worker, envelope, source, epoch);
  Tell(source, envelope, "gives it to", worker.registration.name, now);
}

void Delivery::Tell(NodeId caller, std::string_view envelope, std::string_view what, std::string_view whom,
                    const Now& now) {
  if ((wire::FlagsOf(envelope) & wire::kTraced) == 0) return;
  Peer* to = peers_.Find(caller);
  const std::optional<wire::Envelope> traced = wire::BatchReader(envelope).Next();
  if (to == nullptr || to->pipe.full() || !traced) return;
  std::string hop, words(what);
  if (!whom.empty()) words.append(" ").append(whom);
  wire::AppendHop(hop, {caller, traced->request}, {name_, std::move(words), std::string(traced->method), now.wall_us});
  to->pipe.Append(hop);
}

void Delivery::Unpark(Module& module, const std::vector<wire::SlotEpoch>& slots, const Now& now) {
  for (const wire::SlotEpoch& slot : slots) {
    for (Waiting& waiting : parking_.Take(module, static_cast<Slot>(slot.slot))) Route(std::move(waiting), now);
  }
}

void Delivery::UnparkAllOf(Peer& worker, const Now& now) {
  for (size_t slot = 0; slot < worker.module->slots.size(); ++slot) {
    if (worker.module->slots[slot].primary != &worker) continue;
    for (Waiting& waiting : parking_.Take(*worker.module, static_cast<Slot>(slot))) Route(std::move(waiting), now);
  }
  SendWaiting(worker, now);
}

void Delivery::ParkSlotOf(Peer& worker, const Now& now) {
  // The others wait again, in the same order.
  for (Waiting& waiting : worker.lanes.TakeAll()) Route(std::move(waiting), now);
}

void Delivery::ParkAllOf(Peer& worker, const Now& now) {
  for (Waiting& waiting : worker.lanes.TakeAll()) {
    PARLEY_CHECK(waiting.module->slots[waiting.slot].primary == nullptr);
    Route(std::move(waiting), now);
  }
}

void Delivery::Tick(const Now& now) {
  parking_.Expire(now.mono_ms, [&](const Waiting& waiting) {
    counters_.Add(Count::kParkExpired);
    Answer(waiting.source, waiting.request, Code::kUnavailable,
           "no worker of the module '" + waiting.module->name + "' is there to take it", kUnavailableRetryMs);
  });
  peers_.ForEach([&](Peer& peer) {
    if (!peer.is_worker()) return;
    counters_.Add(Count::kUnanswered,
                  peer.lanes.Expire(now.mono_ms, [&](const Waiting& waiting) { AnswerLate(waiting); }));
    if (!peer.lanes.empty() && peer.takes_requests()) SendWaiting(peer, now);
  });
}

void Delivery::Answer(NodeId source, const RequestId& request, Code code, std::string_view message,
                      int64_t retry_after_ms) {
  Peer* caller = peers_.Find(source);
  if (caller == nullptr || caller->pipe.full()) {
    counters_.Add(caller == nullptr ? Count::kReplyNoTarget : Count::kReplyPipeFull);
    return;
  }
  wire::Envelope reply;
  reply.kind = wire::Kind::kReply;
  reply.code = static_cast<uint8_t>(code);
  reply.request = request;
  reply.target = source;
  reply.ttl_ms = static_cast<uint32_t>(retry_after_ms);
  reply.body = message;
  caller->pipe.Append(reply);
}

// It was given to nobody, so nothing was done.
void Delivery::AnswerLate(const Waiting& waiting) {
  counters_.Add(Count::kLate);
  Answer(waiting.source, waiting.request, Code::kUnavailable,
         "the module '" + waiting.module->name + "' could not take it before its deadline", kUnavailableRetryMs);
}

void Delivery::AnswerOverloaded(const Waiting& waiting, bool shed) {
  counters_.Add(shed ? Count::kShed : Count::kOverloaded);
  // Those turned away together should not come back together: spread by bits that are random anyway.
  const auto spread = static_cast<int64_t>(waiting.request.low % kOverloadedRetryMs);
  const int64_t lane_ms = waiting.lane == wire::Lane::kBackground ? 5 * kOverloadedRetryMs : kOverloadedRetryMs;
  Answer(waiting.source, waiting.request, Code::kOverloaded, "the module '" + waiting.module->name + "' is busy",
         lane_ms + spread);
}

}  // namespace parley::bus
