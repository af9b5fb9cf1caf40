// One request inside a worker, from its arrival to its answer. Made and owned by the worker.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/caller.h"
#include "common/base/result.h"
#include "common/module/context.h"
#include "common/module/task.h"
#include "common/schema/codec.h"
#include "common/wire/envelope.h"

namespace parley::module {

class Worker;

// Where an answer goes.
struct ReplyTo {
  NodeId node;
  RequestId request;
  uint64_t connection = 0;
  bool traced = false;  // it is also told of each hop (wire/trace.h)
};
[[nodiscard]] ReplyTo AskerOf(const wire::Envelope& request);

class Invocation {
 public:
  Invocation(Worker& worker, const wire::Envelope& request, std::string key);
  ~Invocation();
  Invocation(const Invocation&) = delete;
  Invocation& operator=(const Invocation&) = delete;

  [[nodiscard]] Context& context() { return context_; }
  [[nodiscard]] const schema::Value& arguments() const { return arguments_; }
  [[nodiscard]] bool traced() const { return std::ranges::any_of(reply_to_, &ReplyTo::traced); }

  // Of a changing method: true when the same was done before, or is being done: then it is, or will be, answered so.
  [[nodiscard]] bool AnsweredBefore(const std::optional<std::string>& client_id, uint64_t arguments_hash);

  template <schema::Declared Reply>
  void Finish(const Result<Reply>& result) {
    if (!result) return FinishEncoded(tl::unexpected<Error>(result.error()));
    FinishEncoded(schema::Encode(*result));
  }
  void Finish(tl::unexpected<Error> error) { FinishEncoded(std::move(error)); }
  // Takes the coroutine over until it is done.
  template <class Reply>
  void Await(Task<Result<Reply>> task) {
    if (task.done()) return Finish(task.TakeValue());
    auto holder = std::make_unique<Holder<Reply>>(std::move(task));
    Holder<Reply>* raw = holder.get();
    task_ = std::move(holder);
    raw->task.WhenDone([this, raw] { Finish(raw->task.TakeValue()); });
  }

 private:
  friend class Context;
  friend class CallAwaiter;
  friend class OffloadAwaiter;
  friend class Worker;

  struct AnyTask {
    virtual ~AnyTask() = default;
  };
  template <class Reply>
  struct Holder final : AnyTask {
    explicit Holder(Task<Result<Reply>> t) : task(std::move(t)) {}
    Task<Result<Reply>> task;
  };

  void FinishEncoded(Result<std::string> result);

  Worker& worker_;
  Context context_;
  Caller caller_;
  std::string key_;
  Slot slot_ = 0;
  RequestId request_;
  std::string method_;
  schema::Value arguments_;  // while run() is on the stack
  bool notify_ = false;
  bool resent_ = false;  // its caller asked before
  bool finished_ = false;
  uint64_t number_ = 0;  // names it among the worker's
  wire::Directives directives_;
  std::vector<ReplyTo> reply_to_;  // more than one when duplicates joined
  std::string idempotence_key_;    // of its row; empty: none
  uint64_t arguments_hash_ = 0;
  std::unique_ptr<AnyTask> task_;  // set while it awaits
  // Outbox numbers that have to be acknowledged before the answer is given; while that lasts it is finished and held.
  std::vector<int64_t> answer_after_;
  size_t deliveries_open_ = 0;
  std::string held_result_;
};

}  // namespace parley::module
