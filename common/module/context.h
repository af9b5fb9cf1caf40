// What a handler is given: who asks, the view of its slot, and the ways to say something. Nothing said here leaves the
// process before the writes of the same turn are durable.
#pragma once

#include <coroutine>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/caller.h"
#include "common/base/now.h"
#include "common/base/result.h"
#include "common/module/host.h"
#include "common/schema/codec.h"
#include "common/store/view.h"
#include "common/wire/publication.h"

namespace parley::module {

class Invocation;

// Options of a published event.
struct To {
  std::vector<std::string> topics = {};  // wire::UserTopic(bob), …
  // Not to the connection that asked: it has the answer. (A notification has no answer, so it gets the event.)
  bool except_caller_connection = false;
  // Not to any session of the caller.
  bool except_caller = false;
  // A slow client may miss it: typing, presence.
  bool droppable = false;
  // One more text that only the caller's own sessions see, added to the event: {"id", the client's id}.
  std::optional<std::pair<std::string_view, std::string>> own = std::nullopt;
  wire::Directives directives = {};  // for every session that it reaches
};

// A durable intent in the outbox.
struct Delivery {
  uint64_t number = 0;
};

class Context {
 public:
  explicit Context(Invocation& invocation) : invocation_(invocation) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  [[nodiscard]] const Caller& caller() const;
  [[nodiscard]] const UserHandle& user() const { return caller().user; }
  // The routing key of this request, and its slot.
  [[nodiscard]] const std::string& key() const;
  [[nodiscard]] Slot slot() const;
  [[nodiscard]] const RequestId& request() const;
  // Its caller asked before under the same request id: that time may have arrived as well.
  [[nodiscard]] bool resent() const;
  [[nodiscard]] const Now& now() const;
  [[nodiscard]] store::SlotView view() const;

  // Tells sessions, once the turn is durable. The event's kMethod is the client's notification.
  template <schema::Declared Event>
  void Publish(const To& to, const Event& event) {
    PublishEncoded(to, Event::kMethod, schema::Encode(event));
  }
  // Directives for every session on the topics, without telling their clients anything.
  void Direct(const To& to) { PublishEncoded(to, "", ""); }
  // Directives for the connection that asked; obeyed when the answer is sent.
  [[nodiscard]] wire::Directives& directives();

  // Calls another module (or this one): `co_await ctx.Call(key, request)` gives Result<Request::Reply>. Give the
  // request a name: gcc 12 destroys a struct made within an awaited expression twice. The request goes out when what
  // was written so far is durable. After awaiting, look at the view again.
  template <schema::Declared Request>
  auto Call(std::string_view to_key, const Request& request);
  // Several at once, each with its key: `co_await ctx.CallAll(requests)` gives one Result<Reply> for each, in order.
  template <schema::Declared Request>
  auto CallAll(const std::vector<std::pair<std::string, Request>>& requests);

  // Writes the intent to make this call into the outbox, durable with the effect of this handler. It is repeated until
  // it is answered without an error, also after a restart, in order per destination (module and key): the receiver must
  // be idempotent. It travels as this handler's caller. A handler that is called by a delivery must not answer after
  // deliveries of its own: two slots that wait for each other's queues would wait for ever.
  template <schema::Declared Request>
  Delivery Deliver(std::string_view to_key, const Request& request) {
    return DeliverEncoded(to_key, Request::kMethod, schema::Encode(request));
  }
  // The answer of this handler is given once the delivery has been acknowledged; so is that of every repetition. The
  // effect and the memory of it are durable with the intent, whatever dies meanwhile.
  void AnswerAfter(Delivery delivery);
  // The same for all that this slot has for that destination already: for what is so, but may not be known there yet.
  void AnswerAfterAllTo(std::string_view module, std::string_view key);

  // For handlers that see to repetitions themselves (Effect::kRepeatable), where they make their change: the client's
  // `id` means this method from now on. kConflict where it means another.
  [[nodiscard]] Result<void> ClaimId(const std::optional<std::string>& id);

  // `co_await ctx.Offload([&] { … })`: runs on a helper thread. False when too much waits already (answer kOverloaded).
  [[nodiscard]] auto Offload(std::function<void()> work);

 private:
  void PublishEncoded(const To& to, std::string_view method, std::string body);
  Delivery DeliverEncoded(std::string_view to_key, std::string_view method, std::string body);

  Invocation& invocation_;
};

// The awaitables. Each resumes its coroutine on the worker's thread; a coroutine whose slot is lost is destroyed
// instead.
class CallAwaiter {
 public:
  struct Part {
    std::string key;   // routing key at the receiver
    std::string body;  // encoded request
    Result<std::string> result;
  };

  CallAwaiter(Invocation& invocation, std::string_view method, std::vector<Part> parts)
      : invocation_(invocation), method_(method), parts_(std::move(parts)), open_(parts_.size()) {}
  bool await_ready() const { return parts_.empty(); }
  void await_suspend(std::coroutine_handle<> waiting);

 protected:
  Invocation& invocation_;
  std::string method_;
  std::vector<Part> parts_;
  size_t open_;  // parts without an answer
};

template <class Reply>
class OneCall : public CallAwaiter {
 public:
  using CallAwaiter::CallAwaiter;
  Result<Reply> await_resume() {
    if (!parts_[0].result) return Fail(parts_[0].result.error());
    return schema::Decode<Reply>(*parts_[0].result);
  }
};

template <class Reply>
class ManyCalls : public CallAwaiter {
 public:
  using CallAwaiter::CallAwaiter;
  std::vector<Result<Reply>> await_resume() {
    std::vector<Result<Reply>> replies;
    for (Part& part : parts_) {
      part.result ? replies.push_back(schema::Decode<Reply>(*part.result))
                  : replies.push_back(Fail(part.result.error()));
    }
    return replies;
  }
};

class OffloadAwaiter {
 public:
  OffloadAwaiter(Invocation& invocation, std::function<void()> work)
      : invocation_(invocation), work_(std::move(work)) {}
  bool await_ready() const { return false; }
  bool await_suspend(std::coroutine_handle<> waiting);  // false: refused, go on at once
  [[nodiscard]] bool await_resume() const { return accepted_; }

 private:
  Invocation& invocation_;
  std::function<void()> work_;
  bool accepted_ = false;
};

template <schema::Declared Request>
auto Context::Call(std::string_view to_key, const Request& request) {
  std::vector<CallAwaiter::Part> parts(1);
  parts[0].key = to_key;
  parts[0].body = schema::Encode(request);
  return OneCall<typename Request::Reply>(invocation_, Request::kMethod, std::move(parts));
}
template <schema::Declared Request>
auto Context::CallAll(const std::vector<std::pair<std::string, Request>>& requests) {
  std::vector<CallAwaiter::Part> parts;
  for (const auto& [to_key, request] : requests) parts.push_back({to_key, schema::Encode(request), {}});
  return ManyCalls<typename Request::Reply>(invocation_, Request::kMethod, std::move(parts));
}
inline auto Context::Offload(std::function<void()> work) { return OffloadAwaiter(invocation_, std::move(work)); }

}  // namespace parley::module
