// The worker loop of every module: take a turn's requests, run each handler against the view, commit the turn's writes
// as one batch, and only then release what was said. No sockets, clocks or threads: bytes and `now` come in, envelopes
// go out through a port, slow work goes to executors.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/module/handover.h"
#include "common/module/host.h"
#include "common/module/idempotence.h"
#include "common/module/invocation.h"
#include "common/module/known_ids.h"
#include "common/module/observer.h"
#include "common/module/outbox.h"
#include "common/module/route.h"
#include "common/store/view.h"
#include "common/wire/calls.h"
#include "common/wire/figures.h"
#include "common/wire/node.h"

namespace parley::metrics {
class Exposition;
}

namespace parley::module {

class Worker final : public Host,
                     private wire::NodeListener,
                     private wire::CallListener,
                     private Outbox::Port,
                     private Handover::Port {
 public:
  // `make` makes the module, which may keep the host. All references must outlive the worker. The registration's
  // `routes` are filled in here.
  Worker(wire::Registration registration, const std::function<std::unique_ptr<Module>(Host&)>& make,
         store::KeyValue& store, wire::BusPort& port, Executor& commits, Executor& helpers);
  ~Worker() override;

  // The four things that happen to a worker.
  void OnBatch(std::string_view batch, const Now& now);
  void Tick(const Now& now);  // at least every 50 ms
  void EndTurn();             // after the batches and posted work of one loop turn
  // Asks the bus to move this worker's slots to others; again at times, until evacuated().
  void Evacuate();
  void Leave() { node_.Leave(); }

  // Registered, and told its slots for the first time.
  [[nodiscard]] bool ready() const { return assigned_; }
  // Has more to do: the next turn should come at once.
  [[nodiscard]] bool busy() const { return !background_.empty() && MayServeBackground(); }
  // Its next commit waits for more to hold: Tick() and end a turn in kGatherStepMs.
  [[nodiscard]] bool gathers() const;
  static constexpr int64_t kGatherStepMs = 2;
  // After Evacuate(): others have the slots, or there is nobody to take them.
  [[nodiscard]] bool evacuated() const;
  [[nodiscard]] bool registered() const { return node_.registered(); }
  // Nothing is waiting for an answer, a commit or a release.
  [[nodiscard]] bool idle() const;
  // After Leave(): the bus sends nothing new (or is not there to send), and what it had sent is done.
  [[nodiscard]] bool drained() const { return (left_ || !node_.registered()) && idle(); }
  // Why the process must end; nothing while all is well.
  [[nodiscard]] std::optional<std::string> failure() const;
  [[nodiscard]] const std::string& refused() const { return refused_; }
  [[nodiscard]] const std::string& identity() const { return identity_; }
  [[nodiscard]] size_t slots() const;
  // Those that it serves, and those that are being handed over.
  [[nodiscard]] size_t held() const;
  [[nodiscard]] Module& module() { return *module_; }
  // Is told what is served and committed; it must outlive the worker.
  void Observe(WorkerObserver& observer) { observer_ = &observer; }
  // For the times of traced requests, where those of turns are too coarse.
  void TimeBy(std::function<Now()> clock) { clock_ = std::move(clock); }
  // Adds what there is now.
  void Report(metrics::Exposition& out) const;

  const Now& now() const override { return now_; }
  bool Owns(Slot slot) const override { return owned_[slot] != 0; }
  void InSlot(Slot slot, const std::function<void(Context&)>& fn) override;

 private:
  friend class Context;
  friend class Invocation;
  friend class CallAwaiter;
  friend class OffloadAwaiter;

  // What leaves when a turn's writes are durable.
  struct Release {
    std::string envelopes;
    std::vector<std::function<void()>> then;
    std::vector<std::pair<Outbox::Destination, uint64_t>> intents;  // that `then` adds to the outbox
    std::vector<Served> served;                                     // while somebody measures
    std::vector<std::pair<ReplyTo, std::string>> traced;            // whose answers are in it, and of which methods
    [[nodiscard]] bool empty() const { return envelopes.empty() && then.empty(); }
  };
  struct Commit {
    store::View::Turn turn;
    Release release;
  };
  // A coroutine that awaits something; `resume` is dropped with its invocation.
  struct Waiting {
    uint64_t invocation = 0;
    std::function<void(const wire::CallReply*)> resume;
  };

  // NodeListener
  void OnRegistered(const std::string& bus_boot) override;
  void OnBusLost() override {}
  void OnRefused(const std::string& reason) override { refused_ = reason; }
  void OnEnvelope(const wire::Envelope& envelope) override;
  std::string TellFigures(const Now& now, int64_t up_ms) override;
  // CallListener: the calls of coroutines
  void OnCallReply(uint64_t tag, const wire::CallReply& reply) override;
  // Outbox::Port
  void StartCall(const wire::Envelope& request, int64_t ttl_ms, wire::CallListener& listener, uint64_t tag) override;
  void RemoveIntent(Slot slot, uint64_t number) override;
  void OnDelivered(uint64_t number) override;

  // A request of the background lane that waits for its turn.
  struct Background {
    std::string envelope;
    NodeId source;
    RequestId request;
    int64_t deadline_ms = 0;
  };
  // Handover::Port
  void SendNow(const wire::Envelope& envelope) override { node_.Send(envelope); }
  void WriteRow(std::string key, std::optional<std::string> value) override {
    view_.Put(std::move(key), std::move(value));
  }
  void AfterCommit(std::function<void()> then) override { gathering_.then.push_back(std::move(then)); }
  int CommitsUnderWay() const override { return (committing_ ? 1 : 0) + (view_.has_writes() ? 1 : 0); }
  store::KeyValue& slot_store() override { return store_; }
  bool Serves(Slot slot) const override { return Owns(slot); }
  void StopServing(Slot slot) override { LoseSlot(slot); }
  void ServeAgain(Slot slot) override { GainSlot(slot, held_epochs_[slot]); }
  Epoch EpochOf(Slot slot) const override { return held_epochs_[slot]; }
  void KeepCopy(Slot slot, Epoch epoch) override;
  bool KeepsCopy(Slot slot) const override { return copied_epochs_[slot] != 0; }
  void DropCopy(Slot slot) override;

  void OnRequest(const wire::Envelope& request);
  // Where they trace it (wire/trace.h).
  void Tell(const ReplyTo& asker, std::string_view method, std::string_view what) {
    if (asker.traced) SendHop(asker, method, what);
  }
  void Tell(const Invocation& invocation, std::string_view what);
  void SendHop(const ReplyTo& asker, std::string_view method, std::string_view what);
  // A hop of a call that a traced request led to.
  void OnHop(const wire::Envelope& hop);
  // Who asked for what waits here.
  [[nodiscard]] const Invocation* WaitingOf(uint64_t wait) const;
  void RefuseRole(const wire::Envelope& request, const Route& route);
  void OnBackground(const wire::Envelope& request);
  void ServeBackground();
  [[nodiscard]] bool MayServeBackground() const;
  void OnAssignment(const wire::Assignment& assignment);
  void LoseSlot(Slot slot);
  void GainSlot(Slot slot, Epoch epoch);
  // Another worker has the slot, and what is here of it goes.
  void DisownSlot(Slot slot);
  // What a copy that never became whole left in the slot.
  void RemoveRemains(Slot slot);
  void LoadHeld();
  void TellHeld();

  // The steps of one invocation.
  void Run(std::unique_ptr<Invocation> invocation, const std::function<void(Invocation&)>& run);
  void Resume(uint64_t wait, const wire::CallReply* reply);
  uint64_t AddWaiting(const Invocation& invocation, std::function<void(const wire::CallReply*)> resume);
  bool AnsweredBefore(Invocation& invocation);
  void Finish(Invocation& invocation, Result<std::string> result);
  // Until the outbox has delivered all of these; true where there is anything to wait for.
  bool Hold(Invocation& invocation, const std::vector<int64_t>& deliveries, const std::string& result);
  void Answer(Invocation& invocation, const Result<std::string>& result);
  void Mark();
  void Rollback();
  // The last intent that the slot has for this destination and that is not acknowledged; also one of this turn, or of
  // the commit that is under way.
  [[nodiscard]] std::optional<uint64_t> LastIntentTo(const Outbox::Destination& to) const;
  void Reply(const ReplyTo& to, std::string_view method, const Result<std::string>& result,
             const wire::Directives& directives, Slot slot);
  void Refuse(const wire::Envelope& request, const Error& error);
  void NoteServed(std::string_view method, std::optional<Code> error, int64_t since_us);
  void SayMoved(const ReplyTo& to, std::string_view method, Slot slot, bool begun);

  void StartCommit();
  void OnCommitted(const Result<void>& result);
  void ReleaseNow(Release release);

  store::KeyValue& store_;
  store::View view_;
  Executor& commits_;
  Executor& helpers_;
  Now now_;

  std::unique_ptr<Module> module_;
  std::unordered_map<std::string_view, const Route*> routes_;
  const std::string name_, module_name_;
  wire::Node node_;
  const std::string identity_;
  wire::Calls calls_;
  Outbox outbox_;
  IdempotenceSweep sweep_;
  KnownIds known_ids_;

  Handover handover_;

  std::array<Epoch, kSlots> owned_{};          // 0: not served
  std::array<Epoch, kSlots> held_epochs_{};    // as the store has it (ownership.h); 0: nothing of the slot counts here
  std::array<Epoch, kSlots> copied_epochs_{};  // of whole copies, while it is not known whose the slot is
  bool assigned_ = false;
  bool left_ = false;    // the bus has acknowledged that this worker leaves
  bool nobody_ = false;  // the bus knows nobody who could take the slots
  std::string refused_;
  std::string bus_boot_;

  schema::Parser parser_;
  wire::BusPort& port_;
  std::deque<Background> background_;                                   // bounded by the bus: the worker's window
  std::unordered_map<uint64_t, std::unique_ptr<Invocation>> awaiting_;  // that await something, or are held
  std::unordered_map<std::string, uint64_t> changing_;                  // idempotence key → awaiting invocation
  std::unordered_map<uint64_t, Waiting> waits_;
  std::unordered_map<uint64_t, std::vector<uint64_t>> held_;  // outbox number → finished invocations that wait for it
  uint64_t last_number_ = 0;
  uint64_t last_wait_ = 0;

  Release gathering_;  // of the current turn
  std::optional<Commit> committing_;
  size_t gathered_ = 0, last_gathered_ = 0;  // begun since the last commit started, and before that
  int64_t last_start_ms_ = 0;
  size_t mark_envelopes_ = 0, mark_then_ = 0, mark_intents_ = 0, mark_served_ = 0, mark_traced_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // false once destroyed: for work still on helpers
  int64_t next_second_ms_ = 0;
  int64_t requests_ = 0, commits_done_ = 0;
  WorkerObserver* observer_ = nullptr;
  std::function<Now()> clock_;                      // empty: times are of the turn
  std::unordered_map<uint64_t, int64_t> since_us_;  // of those in awaiting_, while somebody measures
  wire::Meter meter_;
};

}  // namespace parley::module
