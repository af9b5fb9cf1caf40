#include "common/module/outbox.h"

#include <algorithm>

#include "common/base/check.h"
#include "common/base/log.h"

namespace parley::module {
namespace {

constexpr int64_t kDeliveryTtlMs = 10'000;
constexpr int64_t kRetryMs = 50, kRetryMaxMs = 5'000;

// An answer after which asking again can help.
bool IsTransient(Code code) { return RowOf(code).retryable || code == Code::kInternal || code == Code::kUnsupported; }

}  // namespace

std::string_view ModuleOf(std::string_view method) { return method.substr(0, method.find('.')); }

uint64_t Outbox::NextNumber(Slot slot, Epoch epoch) {
  if (count_epochs_[slot] != epoch) {
    count_epochs_[slot] = epoch;
    counts_[slot] = 0;
  }
  // The slot is in the number, so that numbers are unique in the worker: epoch (24 bits), slot (8), count (32).
  PARLEY_CHECK(epoch < (uint64_t{1} << 24));
  return epoch << 40 | static_cast<uint64_t>(slot) << 32 | ++counts_[slot];
}

Outbox::Destination Outbox::DestinationOf(Slot slot, const Intent& intent) {
  return {slot, std::string(ModuleOf(intent.method)), intent.key};
}

std::optional<uint64_t> Outbox::LastTo(const Destination& to) const {
  const auto queue = queues_.find(to);
  return queue == queues_.end() ? std::nullopt : std::optional(queue->second.back());
}

void Outbox::Add(Slot slot, uint64_t number, Intent intent) {
  const auto [it, is_new] = pending_.try_emplace(number);
  if (!is_new) return;
  Pending& pending = it->second;
  pending.slot = slot;
  pending.intent = std::move(intent);
  std::deque<uint64_t>& queue = queues_[DestinationOf(pending.slot, pending.intent)];
  queue.push_back(number);
  if (queue.size() == 1) Start(number, pending);
}

void Outbox::Load(Slot slot, store::View& view) {
  std::vector<std::pair<uint64_t, Intent>> found;
  store::SlotView(view, slot)
      .Scan<IntentRow>(store::Order::kAscending, [&](const IntentRow& row, const Intent& intent) {
        found.emplace_back(row.number, intent);
        return true;
      });
  for (auto& [number, intent] : found) {
    if (!pending_.contains(number)) Add(slot, number, std::move(intent));
  }
}

void Outbox::Drop(Slot slot) {
  std::erase_if(pending_, [&](const auto& entry) { return entry.second.slot == slot; });
  std::erase_if(queues_, [&](const auto& entry) { return std::get<0>(entry.first) == slot; });
}

void Outbox::Start(uint64_t number, Pending& pending) {
  pending.retry_ms = 0;
  ++pending.attempts;
  wire::Envelope request;
  request.module = ModuleOf(pending.intent.method);
  request.method = pending.intent.method;
  request.slot = SlotOf(pending.intent.key);
  request.lane = wire::Lane::kInternal;
  request.role = Access::kModule;
  request.user = pending.intent.user;
  request.body = pending.intent.arguments.bytes;
  // The same id at every attempt, also after a restart, also by the next worker: the receiver does it once.
  request.request = RequestId::FromText(module_ + "/" + std::to_string(number));
  port_.StartCall(request, kDeliveryTtlMs, *this, number);
}

void Outbox::OnCallReply(uint64_t number, const wire::CallReply& reply) {
  const auto it = pending_.find(number);
  if (it == pending_.end()) return;
  Pending& pending = it->second;
  if (reply.error && IsTransient(reply.error->code)) {
    const int64_t pause = std::min(kRetryMs << std::min<int64_t>(pending.attempts, 8), kRetryMaxMs);
    pending.retry_ms = now_ms_ + pause;
    return;
  }
  if (reply.error) {
    LogError("The delivery of {} to {} was refused and is given up: {}.", pending.intent.method, pending.intent.key,
             reply.error->message);
  }
  port_.RemoveIntent(pending.slot, number);
  Finish(number);
}

void Outbox::Finish(uint64_t number) {
  const auto it = pending_.find(number);
  const auto queue = queues_.find(DestinationOf(it->second.slot, it->second.intent));
  PARLEY_CHECK(queue != queues_.end() && queue->second.front() == number);
  queue->second.pop_front();
  pending_.erase(it);
  if (queue->second.empty()) {
    queues_.erase(queue);
  } else {
    const uint64_t next = queue->second.front();
    Start(next, pending_.at(next));
  }
  port_.OnDelivered(number);
}

void Outbox::Tick(const Now& now) {
  now_ms_ = now.mono_ms;
  for (auto& [number, pending] : pending_) {
    if (pending.retry_ms != 0 && now.mono_ms >= pending.retry_ms) Start(number, pending);
  }
}

}  // namespace parley::module
