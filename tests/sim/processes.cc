#include "tests/sim/processes.h"

#include "common/base/check.h"
#include "common/module/idempotence.h"
#include "common/module/ownership.h"
#include "modules/message/message.h"
#include "modules/user/messages.h"

namespace parley::sim {
namespace {

// Takes writes and says that they are durable, but keeps the last ones in memory.
class HastyStore final : public store::KeyValue {
 public:
  explicit HastyStore(std::shared_ptr<store::MemoryDisk> disk)
      : disk_(store::OpenMemory(std::move(disk))), seen_(store::OpenMemory(store::MakeMemoryDisk())) {
    store::Batch all;
    const auto it = disk_->Iterate();
    for (it->Seek(""); it->valid(); it->Next()) all.push_back({std::string(it->key()), std::string(it->value())});
    static_cast<void>(seen_->Commit(all));
  }
  std::optional<std::string> Get(std::string_view key) override { return seen_->Get(key); }
  std::unique_ptr<Iterator> Iterate() override { return seen_->Iterate(); }
  Result<void> Commit(const store::Batch& batch) override {
    late_.push_back(batch);
    if (late_.size() > 2) {
      TRY(disk_->Commit(late_.front()));
      late_.pop_front();
    }
    return seen_->Commit(batch);
  }
  std::optional<std::string> refusal() override { return std::nullopt; }
  std::optional<std::string> failure() const override { return seen_->failure(); }
  void Poison(const std::string& reason) override { seen_->Poison(reason); }

 private:
  std::unique_ptr<store::KeyValue> disk_, seen_;
  std::deque<store::Batch> late_;
};

class UserStub final : public module::Module {
 public:
  const std::vector<module::Route>& routes() const override {
    static const std::vector<module::Route> kRoutes = {
        module::On<&UserStub::DoExists>(Access::kModule, {module::ByArgument("user")}, module::Effect::kReads,
                                        "Whether there is such a user."),
    };
    return kRoutes;
  }
  Result<user::ExistsReply> DoExists(module::Context&, const user::Exists& request) {
    return user::ExistsReply{!request.user.text().starts_with("nobody")};
  }
};

wire::Registration RegistrationOf(const std::string& name, const std::string& module, int life) {
  wire::Registration registration;
  registration.role = "worker";
  registration.name = name;
  registration.host = "sim";
  registration.version = PARLEY_VERSION;
  registration.boot = std::to_string(life);
  registration.module = module;
  registration.store = "store-of-" + name;
  return registration;
}

}  // namespace

bool SlowExecutor::Run(std::function<void()> work, std::function<void()> then) {
  waiting_.emplace_back(std::move(work), std::move(then));
  return true;
}

bool SlowExecutor::Step(Dice& dice) {
  if (idle()) return false;
  const bool hears = waiting_.empty() || (!done_.empty() && dice.Percent(50));
  if (hears) {
    const auto then = std::move(done_.front());
    done_.pop_front();
    then();
    return true;
  }
  auto [work, then] = std::move(waiting_.front());
  waiting_.pop_front();
  work();
  done_.push_back(std::move(then));
  return true;
}

void BusProcess::Start() {
  constexpr int64_t kSettleMs = 200, kParkMs = 8'000;
  if (mutation_ == Mutation::kForgetsEpochs) disk_ = store::MakeMemoryDisk();
  kv_ = store::OpenMemory(disk_);
  cluster_ = std::make_unique<bus::ClusterStore>(*kv_);
  router_ = std::make_unique<bus::Router>(bus::RouterOptions{"bus-" + std::to_string(++lives_), kSettleMs, kParkMs},
                                          *cluster_);
  PARLEY_CHECK(router_->Load().has_value());
  paused_until_ms = 0;
}

void BusProcess::Kill() {
  router_.reset();
  cluster_.reset();
  kv_.reset();
}

void BusProcess::OnBatch(const std::string& identity, std::string_view batch, const Now& now) {
  router_->OnBatch(identity, batch, now);
}

void BusProcess::Turn(const Now& now) {
  router_->Tick(now);
  router_->Flush(network_, now);
}

WorkerProcess::WorkerProcess(std::string name, std::string module, Make make, Mutation mutation, Network& network)
    : name_(std::move(name)),
      module_(std::move(module)),
      make_(std::move(make)),
      mutation_(mutation),
      network_(network) {}

void WorkerProcess::Start(const Now& now) {
  if (mutation_ == Mutation::kForgetsIds) ForgetIds();
  if (mutation_ == Mutation::kForgetsCopies) ForgetCopies();
  commits_ = std::make_unique<SlowExecutor>();
  helpers_ = std::make_unique<SlowExecutor>();
  if (mutation_ == Mutation::kAcknowledgesTooEarly) {
    kv_ = std::make_unique<HastyStore>(disk_);
  } else {
    kv_ = store::OpenMemory(disk_);
  }
  wire::BusPort& port = *this;
  worker_ = std::make_unique<module::Worker>(RegistrationOf(name_, module_, ++lives_), make_, *kv_, port, *commits_,
                                             *helpers_);
  identity_ = worker_->identity();
  network_.Open(identity_);
  paused_until_ms = 0;
  evacuating = leaving = false;
  Tick(now);
  EndTurn();
}

void WorkerProcess::Kill(bool host) {
  worker_.reset();
  commits_.reset();
  helpers_.reset();
  kv_.reset();
  saying_.clear();
  network_.End(identity_, host);
}

void WorkerProcess::Evacuate() {
  evacuating = true;
  worker_->Evacuate();
  EndTurn();
}

void WorkerProcess::Leave() {
  leaving = true;
  worker_->Leave();
  EndTurn();
}

void WorkerProcess::EndTurn() {
  worker_->EndTurn();
  if (!saying_.empty()) network_.Say(identity_, std::exchange(saying_, {}));
}

bool WorkerProcess::StepExecutors(Dice& dice) {
  SlowExecutor& first = dice.Percent(80) ? *commits_ : *helpers_;
  SlowExecutor& second = &first == commits_.get() ? *helpers_ : *commits_;
  return first.Step(dice) || second.Step(dice);
}

bool WorkerProcess::idle() const { return worker_->idle() && commits_->idle() && helpers_->idle(); }

void WorkerProcess::ForgetIds() {
  const std::unique_ptr<store::KeyValue> kv = store::OpenMemory(disk_);
  store::Batch forgotten;
  const auto it = kv->Iterate();
  for (it->Seek(""); it->valid(); it->Next()) {
    const char table = it->key()[1];
    if (table == module::ClientIdRow::kTable || table == module::RequestIdRow::kTable) {
      forgotten.push_back({std::string(it->key()), std::nullopt});
    }
  }
  static_cast<void>(kv->Commit(forgotten));
}

void WorkerProcess::ForgetCopies() {
  const std::unique_ptr<store::KeyValue> kv = store::OpenMemory(disk_);
  store::Batch forgotten;
  for (int slot = 0; slot < kSlots; ++slot) {
    std::string key = store::KeyOf(static_cast<Slot>(slot), module::OwnedRow{});
    const std::optional<std::string> row = kv->Get(key);
    if (row && schema::Decode<module::Owned>(*row).value().copy) forgotten.push_back({std::move(key), std::nullopt});
  }
  static_cast<void>(kv->Commit(forgotten));
}

const WorkerProcess* HolderOf(const std::vector<std::unique_ptr<WorkerProcess>>& workers, std::string_view module,
                              Slot slot) {
  const WorkerProcess* holder = nullptr;
  int64_t latest = 0;
  for (const auto& worker : workers) {
    if (worker->module_name() != module) continue;
    const auto row = store::OpenMemory(worker->disk())->Get(store::KeyOf(slot, module::OwnedRow{}));
    const int64_t epoch = row ? schema::Decode<module::Owned>(*row).value().epoch : 0;
    if (epoch <= latest) continue;
    holder = worker.get();
    latest = epoch;
  }
  return holder;
}

bool StepSlowWork(const std::vector<std::unique_ptr<WorkerProcess>>& workers, Dice& dice, const Now& now) {
  const uint64_t first = dice.Below(workers.size());
  for (size_t i = 0; i < workers.size(); ++i) {
    WorkerProcess& worker = *workers[(first + i) % workers.size()];
    if (!worker.alive() || now.mono_ms < worker.paused_until_ms || !worker.StepExecutors(dice)) continue;
    worker.EndTurn();
    return true;
  }
  return false;
}

std::unique_ptr<module::Module> MakeUserStub(module::Host&) { return std::make_unique<UserStub>(); }

std::unique_ptr<module::Module> MakeMessageModule(module::Host& host) {
  return std::make_unique<message::MessageModule>(host, message::MessageModule::Options{});
}

}  // namespace parley::sim
