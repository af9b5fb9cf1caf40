#include "common/module/context.h"

#include "common/base/check.h"
#include "common/base/limits.h"
#include "common/module/idempotence.h"
#include "common/module/invocation.h"
#include "common/module/worker.h"

namespace parley::module {
namespace {

// Of a call between modules.
constexpr int64_t kInnerCallTtlMs = 8'000;

}  // namespace

const Caller& Context::caller() const { return invocation_.caller_; }
const std::string& Context::key() const { return invocation_.key_; }
Slot Context::slot() const { return invocation_.slot_; }
const RequestId& Context::request() const { return invocation_.request_; }
const Now& Context::now() const { return invocation_.worker_.now_; }
bool Context::resent() const { return invocation_.resent_; }
store::SlotView Context::view() const { return {invocation_.worker_.view_, invocation_.slot_}; }
wire::Directives& Context::directives() { return invocation_.directives_; }

void Context::PublishEncoded(const To& to, std::string_view method, std::string body) {
  wire::Publication publication;
  publication.topics = to.topics;
  publication.directives = to.directives;
  if (to.own) {
    schema::Writer writer(publication.own);
    writer.Text(to.own->first);
    writer.Text(to.own->second);
    publication.own_pairs = 1;
  }
  const std::string head = wire::EncodeHead(publication);
  const Caller& by = invocation_.caller_;
  Worker& worker = invocation_.worker_;
  wire::Envelope envelope;
  envelope.kind = wire::Kind::kPublish;
  envelope.slot = invocation_.slot_;
  envelope.epoch = worker.owned_[invocation_.slot_];
  envelope.method = method;
  envelope.user = by.user.text();
  envelope.extra = head;
  envelope.body = body;
  if (to.droppable) envelope.flags |= wire::kDroppable;
  if (to.except_caller) envelope.flags |= wire::kExceptUser;
  // A notification gets no answer, so its connection is told like any other.
  if (to.except_caller_connection && !invocation_.notify_) {
    envelope.target = by.connection.node;
    envelope.connection = by.connection.number;
  }
  wire::Append(worker.gathering_.envelopes, envelope);
}

Delivery Context::DeliverEncoded(std::string_view to_key, std::string_view method, std::string body) {
  Worker& worker = invocation_.worker_;
  const Slot slot = invocation_.slot_;
  const Delivery delivery{worker.outbox_.NextNumber(slot, worker.owned_[slot])};
  Intent intent{std::string(to_key), std::string(method), invocation_.caller_.user.text(), {std::move(body)}};
  view().Put(IntentRow{delivery.number}, intent);
  worker.gathering_.intents.emplace_back(Outbox::DestinationOf(slot, intent), delivery.number);
  worker.gathering_.then.push_back([&worker, slot, delivery, intent = std::move(intent)]() mutable {
    // The slot may have been lost meanwhile: then the new primary delivers it.
    if (worker.Owns(slot)) worker.outbox_.Add(slot, delivery.number, std::move(intent));
  });
  return delivery;
}

void Context::AnswerAfter(Delivery delivery) {
  invocation_.answer_after_.push_back(static_cast<int64_t>(delivery.number));
}

void Context::AnswerAfterAllTo(std::string_view module, std::string_view key) {
  if (const auto last = invocation_.worker_.LastIntentTo({slot(), std::string(module), std::string(key)})) {
    AnswerAfter(Delivery{*last});
  }
}

Result<void> Context::ClaimId(const std::optional<std::string>& id) {
  if (!id) return {};
  Worker& worker = invocation_.worker_;
  const ClientIdRow row{key(), user().text(), *id};
  const std::string row_key = store::KeyOf(slot(), row);
  const std::optional<Done> used = view().Get(row);
  const bool remembered = used && used->time_ms >= now().wall_ms - limits::kRequestIdKeptMs;
  if ((remembered && used->method != invocation_.method_) || worker.changing_.contains(row_key)) {
    return Fail(Code::kConflict, "id: used before with another method or other arguments");
  }
  // Nothing of the arguments: what they were its handler finds out by itself.
  view().Put(row, Done{invocation_.method_, 0, {"\x80"}, now().wall_ms, {}});
  worker.known_ids_.Add(row_key, now().wall_ms);
  return {};
}

void CallAwaiter::await_suspend(std::coroutine_handle<> waiting) {
  Worker& worker = invocation_.worker_;
  for (size_t i = 0; i < parts_.size(); ++i) {
    const uint64_t wait = worker.AddWaiting(invocation_, [this, i, waiting](const wire::CallReply* reply) {
      parts_[i].result = reply->error ? Result<std::string>(Fail(*reply->error)) : std::string(reply->result);
      if (--open_ == 0) waiting.resume();
    });
    // The request leaves when what was written so far is durable. By then the invocation may be gone, and the wait
    // with it: what the request says is kept apart.
    std::string encoded;
    wire::Envelope request;
    request.kind = wire::Kind::kRequest;
    request.module = ModuleOf(method_);
    request.method = method_;
    request.slot = SlotOf(parts_[i].key);
    request.lane = wire::Lane::kInternal;
    request.role = Access::kModule;
    request.user = invocation_.caller_.user.text();
    if (invocation_.traced()) request.flags |= wire::kTraced;
    request.body = parts_[i].body;
    wire::Append(encoded, request);
    worker.gathering_.then.push_back([&worker, wait, encoded = std::move(encoded)] {
      const Invocation* asking = worker.WaitingOf(wait);
      if (asking == nullptr) return;
      wire::BatchReader reader(encoded);
      const wire::Envelope inner = *reader.Next();
      if (asking->traced()) worker.Tell(*asking, "asks " + std::string(inner.method));
      worker.calls_.Start(inner, kInnerCallTtlMs, worker.now_, worker, wait);
    });
  }
}

bool OffloadAwaiter::await_suspend(std::coroutine_handle<> waiting) {
  Worker& worker = invocation_.worker_;
  const uint64_t wait = worker.AddWaiting(invocation_, [waiting](const wire::CallReply*) { waiting.resume(); });
  worker.Tell(invocation_, "computes on a helper thread");
  accepted_ = worker.helpers_.Run(std::move(work_), [&worker, wait, alive = worker.alive_] {
    if (*alive) worker.Resume(wait, nullptr);
  });
  if (!accepted_) worker.waits_.erase(wait);
  return accepted_;
}

}  // namespace parley::module
