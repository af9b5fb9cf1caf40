#include "tests/sim/world.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstdio>

#include "common/base/slot.h"

namespace parley::sim {
namespace {

enum Fate : size_t { kWorkerKilled, kBusKilled, kFrontendKilled, kStalled, kBroken, kPaused, kWorkerLeaves, kHangsUp };

constexpr int64_t kTickMs = 20;
constexpr int64_t kRestMaxMs = 180'000;
constexpr int64_t kDrainMs = 5'000;
constexpr int64_t kEvacuateMs = 20'000;

bool OneSlotIsTaken(std::string_view batch) {
  wire::BatchReader reader(batch);
  while (const std::optional<wire::Envelope> envelope = reader.Next()) {
    if (envelope->kind == wire::Kind::kTaken) return true;
  }
  return false;
}

}  // namespace

std::string Report::Line(const Scenario& scenario) const {
  return fmt::format("{}: parley-sim --seed {} --rounds 1 --steps {}", broken.value_or("all is well"), scenario.seed,
                     scenario.steps);
}

World::World(const Scenario& scenario)
    : scenario_(scenario),
      dice_(scenario.seed),
      network_(
          now_.mono_ms,
          [this](std::string_view identity, std::string_view batch) {
            fingerprint_ = Hash64(batch) ^ (fingerprint_ * 31 + 1);
            judge_.OnBusSays(identity, batch);
          },
          [this](std::string_view identity, std::string_view batch) {
            if (identity.starts_with("worker/")) judge_.OnWorkerSays(identity, batch);
          }),
      bus_(scenario.mutation, network_) {
  SeedRandomIds(scenario.seed);
  for (bool& may : may_) may = dice_.Percent(50);
  moves_ = dice_.Percent(40);
  const int64_t ttl_ms = dice_.Percent(50) ? 10'000 : 2'500;
  const auto add_worker = [&](const std::string& module, int number, const WorkerProcess::Make& make) {
    workers_.push_back(std::make_unique<WorkerProcess>(fmt::format("{}-{}", module, number), module, make,
                                                       scenario.mutation, network_));
  };
  add_worker("user", 1, MakeUserStub);
  for (int64_t i = 1, most = dice_.Between(moves_ ? 2 : 1, 3); i <= most; ++i) {
    add_worker("message", static_cast<int>(i), MakeMessageModule);
    judge_.Watch(workers_.back()->disk());
    // Some come when there is a good deal to take over already.
    if (i > 1 && moves_) workers_.back()->back_ms = now_.mono_ms + dice_.Between(500, 5'000);
    if (i > 1 && !moves_ && dice_.Percent(60)) workers_.back()->back_ms = now_.mono_ms + dice_.Between(0, 30'000);
  }
  for (int i = 1; i <= 2; ++i) {
    frontends_.push_back(std::make_unique<Frontend>(fmt::format("frontend-{}", i), ttl_ms, network_, judge_));
  }
  for (const char* name : {"ann", "bob", "cleo", "dan"}) users_.push_back(UserHandle::Must(name));
  for (int i = 0; i < 6; ++i) {
    devices_.push_back(
        std::make_unique<Device>(i, users_[static_cast<size_t>(i) % users_.size()], dice_, judge_, now_));
  }
}

Report World::Run() {
  bus_.Start();
  for (const auto& worker : workers_) {
    if (worker->back_ms == 0) worker->Start(now_);
  }
  for (const auto& frontend : frontends_) frontend->Start(now_);
  ConnectSome(true);
  const int64_t began_ms = now_.mono_ms;
  const int steps = moves_ ? 4 * scenario_.steps : scenario_.steps;
  for (int i = 0; i < steps && !judge_.broken(); ++i) Step();
  const size_t taken = taken_;
  if (!judge_.broken()) Mend();
  return {judge_.broken(), judge_.acknowledged(), now_.mono_ms - began_ms, fingerprint_, taken};
}

void World::Note(const std::string& what) {
  if (scenario_.trace)
    std::fprintf(stderr, "%8lld %s\n", static_cast<long long>(now_.mono_ms - 1'000'000), what.c_str());
}

void World::Step() {
  const uint64_t roll = dice_.Below(1'000);
  if (roll < 400) {
    if (dice_.Percent(50) ? DeliverToBus() || DeliverToNode() : DeliverToNode() || DeliverToBus()) return;
  } else if (roll < 560) {
    if (StepHelpers()) return;
  } else if (roll < 680) {
    // The same people, in a world in which more happens between two of their doings.
    if (!moves_ || dice_.Percent(25)) return dice_.Pick(devices_)->Act(users_);
  } else if (roll < 710) {
    if (!moves_ || dice_.Percent(15)) return Misfortune();
  } else if (roll < 730) {
    return ConnectSome(false);
  }
  constexpr std::array<int64_t, 7> kPauses = {1, 1, 2, 5, 20, 50, 150};
  constexpr std::array<int64_t, 7> kShortPauses = {1, 1, 2, 2, 5, 10, 20};
  Pass(dice_.Pick(moves_ ? kShortPauses : kPauses));
}

bool World::DeliverToBus() {
  if (!bus_.alive() || !Runs(bus_.paused_until_ms)) return false;
  std::vector<std::string> ready = network_.ReadyForBus();
  if (ready.empty()) return false;
  const std::string& identity = dice_.Pick(ready);
  const std::string batch = network_.TakeForBus(identity);
  bus_.OnBatch(identity, batch, now_);
  if (OneSlotIsTaken(batch)) DisturbTaking(identity);
  if (!bus_.alive()) return true;
  // A turn of the bus may take in several batches.
  if (dice_.Percent(80)) bus_.Turn(now_);
  return true;
}

// The moment in which a slot changes hands is short, and seldom met by chance.
void World::DisturbTaking(const std::string& taker) {
  ++taken_;
  if (may_[kBusKilled] && dice_.Percent(2)) KillBus();
  if (!may_[kWorkerKilled] || !dice_.Percent(5)) return;
  for (const auto& worker : workers_) {
    if (worker->alive() && worker->identity() == taker) return KillWorker(*worker);
  }
}

void World::KillBus() {
  if (!bus_.alive()) return;
  Note("the bus is killed");
  bus_.Kill();
  network_.BusKilled(dice_);
  bus_.back_ms = now_.mono_ms + dice_.Between(0, 4'000);
}

bool World::DeliverToNode() {
  std::vector<WorkerProcess*> workers;
  for (const auto& worker : workers_) {
    if (worker->alive() && Runs(worker->paused_until_ms) && network_.ReadyForNode(worker->identity())) {
      workers.push_back(worker.get());
    }
  }
  std::vector<Frontend*> frontends;
  for (const auto& frontend : frontends_) {
    if (frontend->alive() && Runs(frontend->paused_until_ms) && network_.ReadyForNode(frontend->identity())) {
      frontends.push_back(frontend.get());
    }
  }
  if (workers.empty() && frontends.empty()) return false;
  const uint64_t chosen = dice_.Below(workers.size() + frontends.size());
  if (chosen < workers.size()) {
    WorkerProcess& worker = *workers[chosen];
    worker.OnBatch(network_.TakeForNode(worker.identity()), now_);
    if (dice_.Percent(70)) worker.EndTurn();
  } else {
    Frontend& frontend = *frontends[chosen - workers.size()];
    if (scenario_.mutation == Mutation::kReordersLine && dice_.Percent(20)) network_.Swap(frontend.identity());
    frontend.OnBatch(network_.TakeForNode(frontend.identity()), now_);
    frontend.EndTurn();
  }
  return true;
}

bool World::StepHelpers() {
  std::vector<WorkerProcess*> running;
  for (const auto& worker : workers_) {
    if (worker->alive() && Runs(worker->paused_until_ms)) running.push_back(worker.get());
  }
  if (running.empty()) return false;
  WorkerProcess& worker = *dice_.Pick(running);
  if (!worker.StepExecutors(dice_)) return false;
  worker.EndTurn();
  return true;
}

void World::Pass(int64_t ms) {
  now_.mono_ms += ms;
  now_.wall_ms += ms;
  Revive(false);
  for (const auto& worker : workers_) {
    if (!worker->alive() || !Runs(worker->paused_until_ms)) continue;
    worker->Tick(now_);
    worker->EndTurn();
    if (const auto failure = worker->worker().failure()) judge_.Broken("a worker's store failed: " + *failure);
    if (!worker->worker().refused().empty()) judge_.Broken("a worker was refused: " + worker->worker().refused());
    if (worker->evacuating && !worker->leaving) {
      if (worker->worker().evacuated() || !worker->worker().registered() || now_.mono_ms >= worker->evacuate_by_ms) {
        Note(worker->identity() + " leaves with " + std::to_string(worker->worker().slots()) + " slots");
        worker->Leave();
        worker->leave_by_ms = now_.mono_ms + kDrainMs;
      } else {
        worker->Evacuate();
      }
    }
    if (worker->leaving && (worker->worker().drained() || now_.mono_ms >= worker->leave_by_ms)) {
      Note(worker->identity() + (worker->worker().drained() ? " left" : " gave up leaving in peace"));
      worker->Kill(false);
      worker->back_ms = now_.mono_ms + dice_.Between(0, 1'500);
    }
  }
  for (const auto& frontend : frontends_) {
    if (!frontend->alive() || !Runs(frontend->paused_until_ms)) continue;
    frontend->Tick(now_);
    frontend->EndTurn();
  }
  for (const auto& device : devices_) device->Go(false);
  for (const auto& frontend : frontends_) {
    if (frontend->alive()) frontend->EndTurn();
  }
  if (bus_.alive() && Runs(bus_.paused_until_ms)) bus_.Turn(now_);
  if (bus_.failed()) judge_.Broken("the bus's store failed");
}

void World::Revive(bool all) {
  if (!bus_.alive() && (all || now_.mono_ms >= bus_.back_ms)) {
    bus_.Start();
    Note("the bus is back");
  }
  for (const auto& worker : workers_) {
    if (worker->alive() || (!all && now_.mono_ms < worker->back_ms)) continue;
    worker->Start(now_);
    Note(worker->identity() + " is back");
  }
  for (const auto& frontend : frontends_) {
    if (frontend->alive() || (!all && now_.mono_ms < frontend->back_ms)) continue;
    frontend->Start(now_);
    Note(frontend->identity() + " is back");
  }
}

void World::Misfortune() {
  const size_t fate = dice_.Below(may_.size());
  if (!may_[fate]) return;
  switch (fate) {
    case kWorkerKilled:
      return KillWorker(*dice_.Pick(workers_));
    case kBusKilled:
      return KillBus();
    case kFrontendKilled: {
      Frontend& frontend = *dice_.Pick(frontends_);
      if (!frontend.alive()) return;
      Note(frontend.identity() + " is killed");
      frontend.Kill(dice_.Percent(30));
      frontend.back_ms = now_.mono_ms + dice_.Between(0, 3'000);
      return;
    }
    case kStalled:
    case kBroken:
      return BreakLine();
    case kPaused:
      return Pause();
    case kWorkerLeaves: {
      WorkerProcess& worker = *dice_.Pick(workers_);
      if (!worker.alive() || worker.evacuating || worker.leaving || !Runs(worker.paused_until_ms)) return;
      if (dice_.Percent(70)) {
        Note(worker.identity() + " evacuates");
        worker.Evacuate();
        worker.evacuate_by_ms = now_.mono_ms + kEvacuateMs;
        return;
      }
      Note(worker.identity() + " leaves");
      worker.Leave();
      worker.leave_by_ms = now_.mono_ms + kDrainMs;
      return;
    }
    case kHangsUp:
      return dice_.Pick(devices_)->Disconnect();
    default:
      return;
  }
}

void World::KillWorker(WorkerProcess& worker) {
  if (!worker.alive()) return;
  Note(worker.identity() + " is killed");
  worker.Kill(dice_.Percent(30));
  worker.back_ms = now_.mono_ms + dice_.Between(0, 3'000);
}

std::vector<std::string> World::Identities() const {
  std::vector<std::string> identities;
  for (const auto& worker : workers_) {
    if (worker->alive()) identities.push_back(worker->identity());
  }
  for (const auto& frontend : frontends_) {
    if (frontend->alive()) identities.push_back(frontend->identity());
  }
  return identities;
}

void World::BreakLine() {
  const std::vector<std::string> identities = Identities();
  if (identities.empty()) return;
  const std::string& identity = dice_.Pick(identities);
  if (may_[kStalled] && dice_.Percent(50)) {
    Note("the line of " + identity + " stalls");
    return network_.Stall(identity, now_.mono_ms + dice_.Between(10, 6'000));
  }
  if (!may_[kBroken]) return;
  // Long enough for the bus to notice: it says something to everyone at least every 500 ms.
  constexpr int64_t kNoticedMs = 1'200;
  Note("the line of " + identity + " breaks");
  network_.Break(identity, now_.mono_ms + dice_.Between(kNoticedMs, 6'000));
}

void World::Pause() {
  const int64_t until_ms = now_.mono_ms + dice_.Between(10, 6'000);
  const size_t chosen = dice_.Below(workers_.size() + frontends_.size() + 1);
  if (chosen < workers_.size()) {
    workers_[chosen]->paused_until_ms = until_ms;
  } else if (chosen < workers_.size() + frontends_.size()) {
    frontends_[chosen - workers_.size()]->paused_until_ms = until_ms;
  } else {
    bus_.paused_until_ms = until_ms;
  }
  Note("something is stopped for a while");
}

void World::ConnectSome(bool all) {
  std::vector<Frontend*> open;
  for (const auto& frontend : frontends_) {
    if (frontend->alive() && Runs(frontend->paused_until_ms)) open.push_back(frontend.get());
  }
  if (open.empty()) return;
  for (const auto& device : devices_) {
    if (!device->connected() && (all || dice_.Percent(50))) device->Connect(*dice_.Pick(open));
  }
}

std::string World::Unrest() const {
  for (size_t i = 0; i < devices_.size(); ++i) {
    if (!devices_[i]->settled()) return fmt::format("device {}", i);
  }
  for (const auto& worker : workers_) {
    if (!worker->alive() || !worker->idle()) return worker->identity();
  }
  for (const auto& frontend : frontends_) {
    if (!frontend->idle()) return frontend->identity();
  }
  if (!judge_.OutboxesEmpty()) return "an outbox";
  return judge_.LeftOver();
}

// From here on nothing goes wrong.
void World::Mend() {
  Note("everything is mended");
  may_.fill(false);
  network_.Mend();
  Revive(true);
  bus_.paused_until_ms = 0;
  for (const auto& worker : workers_) worker->paused_until_ms = 0;
  for (const auto& frontend : frontends_) frontend->paused_until_ms = 0;
  const int64_t by_ms = now_.mono_ms + kRestMaxMs;
  bool looked_again = false;
  while (!judge_.broken()) {
    ConnectSome(true);
    Pass(kTickMs);
    for (const auto& device : devices_) device->Go(true);
    for (const auto& frontend : frontends_) frontend->EndTurn();
    bool moved = true;
    while (moved && !judge_.broken()) {
      moved = StepHelpers();
      moved = DeliverToBus() || moved;
      moved = DeliverToNode() || moved;
    }
    // A push may have been lost with whoever carried it, or that a worker told no bus. Clients find that at the next
    // one, or when they look again.
    const auto is_there = [](const auto& worker) { return worker->alive() && worker->worker().registered(); };
    if (!looked_again && std::ranges::all_of(workers_, is_there)) {
      looked_again = true;
      for (const auto& device : devices_) {
        if (device->connected()) device->OnResync();
      }
    }
    const std::string unrest = looked_again ? Unrest() : "a worker that the bus does not know";
    if (unrest.empty()) break;
    if (now_.mono_ms >= by_ms) return judge_.Broken("it does not come to rest after everything was mended: " + unrest);
  }
  judge_.CheckDisks();
  for (const auto& device : devices_) device->CheckCopy();
}

}  // namespace parley::sim
