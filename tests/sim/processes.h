// The real cores as processes of a simulated cluster: what a process loses when it is killed, and what its disk keeps.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bus/router.h"
#include "common/module/worker.h"
#include "common/store/kv.h"
#include "tests/sim/network.h"

namespace parley::sim {

// Slow work in two steps: first it is done (a commit is then on the disk), later its process hears of it.
class SlowExecutor final : public module::Executor {
 public:
  bool Run(std::function<void()> work, std::function<void()> then) override;
  // One of the steps that can be taken now. False when there is none.
  bool Step(Dice& dice);
  [[nodiscard]] bool idle() const { return waiting_.empty() && done_.empty(); }

 private:
  std::deque<std::pair<std::function<void()>, std::function<void()>>> waiting_;
  std::deque<std::function<void()>> done_;
};

// What can be wrong on purpose, to see that the simulator finds it.
enum class Mutation {
  kNone,
  kAcknowledgesTooEarly,  // workers' disks say that a write is durable when it is not
  kForgetsEpochs,         // the bus's disk is lost with it
  kReordersLine,          // a batch overtakes another on the same line
  kForgetsIds,            // a worker forgets what it has done under which id
  kForgetsCopies,         // a worker that took a slot, and died before it was told so, forgets that
};

class BusProcess {
 public:
  BusProcess(Mutation mutation, Network& network) : mutation_(mutation), network_(network) {}

  void Start();
  void Kill();
  [[nodiscard]] bool alive() const { return router_ != nullptr; }
  void OnBatch(const std::string& identity, std::string_view batch, const Now& now);
  void Turn(const Now& now);
  [[nodiscard]] bool failed() const { return router_ && router_->failure(); }

  int64_t paused_until_ms = 0;
  int64_t back_ms = 0;  // while it is not alive: when it starts again

 private:
  const Mutation mutation_;
  Network& network_;
  std::shared_ptr<store::MemoryDisk> disk_ = store::MakeMemoryDisk();
  std::unique_ptr<store::KeyValue> kv_;
  std::unique_ptr<bus::ClusterStore> cluster_;
  std::unique_ptr<bus::Router> router_;
  int lives_ = 0;
};

class WorkerProcess final : wire::BusPort {
 public:
  using Make = std::function<std::unique_ptr<module::Module>(module::Host&)>;
  WorkerProcess(std::string name, std::string module, Make make, Mutation mutation, Network& network);

  void Start(const Now& now);
  // With `host`: nobody learns of it at once.
  void Kill(bool host);
  void Leave();
  // Asks for its slots to be moved away first.
  void Evacuate();
  [[nodiscard]] bool alive() const { return worker_ != nullptr; }

  // What was said in a turn goes out at its end.
  void OnBatch(std::string_view batch, const Now& now) { worker_->OnBatch(batch, now); }
  void Tick(const Now& now) { worker_->Tick(now); }
  void EndTurn();
  bool StepExecutors(Dice& dice);

  [[nodiscard]] const std::string& identity() const { return identity_; }
  [[nodiscard]] const std::string& module_name() const { return module_; }
  [[nodiscard]] const module::Worker& worker() const { return *worker_; }
  [[nodiscard]] const std::shared_ptr<store::MemoryDisk>& disk() const { return disk_; }
  [[nodiscard]] bool idle() const;

  int64_t paused_until_ms = 0;
  int64_t back_ms = 0;
  bool evacuating = false;
  int64_t evacuate_by_ms = 0;
  bool leaving = false;
  int64_t leave_by_ms = 0;

 private:
  void Send(const wire::Envelope& envelope) override { wire::Append(saying_, envelope); }
  void SendEncoded(std::string_view envelopes) override { saying_.append(envelopes); }
  void ForgetIds();
  void ForgetCopies();

  const std::string name_, module_;
  const Make make_;
  const Mutation mutation_;
  Network& network_;
  std::shared_ptr<store::MemoryDisk> disk_ = store::MakeMemoryDisk();
  int lives_ = 0;
  std::string identity_;
  std::string saying_;
  std::unique_ptr<store::KeyValue> kv_;
  std::unique_ptr<SlowExecutor> commits_, helpers_;
  std::unique_ptr<module::Worker> worker_;  // last: it uses all of the above
};

// Time passes slowly while something can move, and fast while everything waits for it: or the messages of a run would
// hardly arrive before their deadlines.
inline constexpr std::array<int64_t, 7> kBusyPausesMs = {1, 1, 1, 2, 2, 5, 50};
inline constexpr std::array<int64_t, 5> kIdlePausesMs = {1, 5, 20, 50, 150};

// One step of slow work at one of the workers that run and have some. False when none has.
bool StepSlowWork(const std::vector<std::unique_ptr<WorkerProcess>>& workers, Dice& dice, const Now& now);

// Of the workers of a module, the one whose disk says that it has the slot; of two, while it moves, the later. What
// else there is of the slot on other disks is old. Null: nobody had it yet.
const WorkerProcess* HolderOf(const std::vector<std::unique_ptr<WorkerProcess>>& workers, std::string_view module,
                              Slot slot);

// The row as that worker's disk has it.
template <class Row>
std::optional<typename Row::Value> FindRow(const std::vector<std::unique_ptr<WorkerProcess>>& workers,
                                           std::string_view module, std::string_view key, const Row& row) {
  const WorkerProcess* holder = HolderOf(workers, module, SlotOf(key));
  if (holder == nullptr) return std::nullopt;
  const auto bytes = store::OpenMemory(holder->disk())->Get(store::KeyOf(SlotOf(key), row));
  if (!bytes) return std::nullopt;
  return schema::Decode<typename Row::Value>(*bytes).value();
}

// A user module that knows all users but those whose handle begins with "nobody".
std::unique_ptr<module::Module> MakeUserStub(module::Host& host);
std::unique_ptr<module::Module> MakeMessageModule(module::Host& host);

}  // namespace parley::sim
