#include "tests/sim/friends_world.h"

#include <spdlog/fmt/fmt.h>

#include "common/base/check.h"
#include "common/base/slot.h"
#include "common/module/outbox.h"
#include "common/module/ownership.h"
#include "modules/friend/friend.h"
#include "modules/friend/pair.h"
#include "modules/message/rows.h"
#include "modules/user/user.h"

namespace parley::sim {
namespace {

enum Fate : size_t { kWorkerKilled, kAllKilled, kBusKilled, kBroken, kStalled };

constexpr int64_t kTickMs = 20;
constexpr int64_t kRestMaxMs = 180'000;

std::unique_ptr<module::Module> MakeUserModule(module::Host& host) {
  user::UserModule::Options options;
  options.hash = {1, 8};
  return std::make_unique<user::UserModule>(host, options);
}

std::unique_ptr<module::Module> MakeFriendModule(module::Host& host) {
  return std::make_unique<friends::FriendModule>(host, friends::FriendModule::Options{});
}

void AddAccount(const std::shared_ptr<store::MemoryDisk>& disk, const UserHandle& user) {
  user::Account account;
  account.created_ms = 1;
  const std::string key = store::KeyOf(SlotOf(user.text()), user::AccountRow{user});
  const std::string owned = store::KeyOf(SlotOf(user.text()), module::OwnedRow{});
  const store::Batch rows{{owned, schema::Encode(module::Owned{1})}, {key, schema::Encode(account)}};
  PARLEY_CHECK(store::OpenMemory(disk)->Commit(rows).has_value());
}

}  // namespace

FriendsWorld::FriendsWorld(uint64_t seed, Mutation mutation, int steps)
    : seed_(seed),
      steps_(steps),
      dice_(seed),
      network_(
          now_.mono_ms, [](std::string_view, std::string_view) {}, [](std::string_view, std::string_view) {}),
      bus_(mutation, network_) {
  SeedRandomIds(seed);
  for (bool& may : may_) may = dice_.Percent(50);
  constexpr std::array<uint64_t, 3> kMisfortunes = {5, 20, 40};
  misfortunes_ = dice_.Pick(kMisfortunes);
  for (const char* name : {"ann", "bob", "cleo", "dan"}) users_.push_back(UserHandle::Must(name));
  const auto add = [&](const std::string& module, const WorkerProcess::Make& make, int64_t count) {
    for (int64_t i = 1; i <= count; ++i) {
      workers_.push_back(
          std::make_unique<WorkerProcess>(fmt::format("{}-{}", module, i), module, make, mutation, network_));
    }
  };
  add("friend", MakeFriendModule, dice_.Between(1, 2));
  add("message", MakeMessageModule, 1);
  add("user", MakeUserModule, 1);
  for (const UserHandle& user : users_) AddAccount(workers_.back()->disk(), user);
  crowd_ = std::make_unique<FriendsCrowd>(
      users_, dice_, network_,
      FriendsCrowd::Listener{[this](const FriendsAct& act) { OnBegan(act); },
                             [this](const FriendsAct& act, const auto& error) { OnEnded(act, error); }});
}

void FriendsWorld::Broken(const std::string& rule) {
  if (!report_.broken)
    report_.broken = fmt::format("{}: parley-sim --friends --seed {} --rounds 1 --steps {}", rule, seed_, steps_);
}

FriendsWorld::Report FriendsWorld::Run() {
  bus_.Start();
  for (const auto& worker : workers_) worker->Start(now_);
  crowd_->Start(now_);
  for (int i = 0; i < steps_ && !report_.broken; ++i) Step();
  if (!report_.broken) Mend();
  return report_;
}

void FriendsWorld::Step() {
  const uint64_t roll = dice_.Below(1'000);
  if (roll < 60) {
    crowd_->Act();
    return crowd_->EndTurn();
  }
  if (roll < 60 + misfortunes_) return Misfortune();
  if (roll < 175) return Pass(dice_.Pick(kBusyPausesMs));
  const bool helpers_first = roll < 425;
  if (helpers_first && StepSlowWork(workers_, dice_, now_)) return;
  if (Deliver()) return;
  if (!helpers_first && StepSlowWork(workers_, dice_, now_)) return;
  Pass(dice_.Pick(kIdlePausesMs));
}

bool FriendsWorld::Deliver() {
  std::vector<std::function<void()>> ways;
  if (bus_.alive()) {
    for (const std::string& identity : network_.ReadyForBus()) {
      ways.emplace_back([this, identity] {
        bus_.OnBatch(identity, network_.TakeForBus(identity), now_);
        bus_.Turn(now_);
      });
    }
  }
  for (const auto& worker : workers_) {
    if (!worker->alive() || !network_.ReadyForNode(worker->identity())) continue;
    ways.emplace_back([this, &worker] {
      worker->OnBatch(network_.TakeForNode(worker->identity()), now_);
      worker->EndTurn();
    });
  }
  if (network_.ReadyForNode(crowd_->identity())) {
    ways.emplace_back([this] {
      crowd_->OnBatch(network_.TakeForNode(crowd_->identity()), now_);
      crowd_->EndTurn();
    });
  }
  if (ways.empty()) return false;
  dice_.Pick(ways)();
  return true;
}

void FriendsWorld::Pass(int64_t ms) {
  now_.mono_ms += ms;
  now_.wall_ms += ms;
  Revive(false);
  for (const auto& worker : workers_) {
    if (!worker->alive()) continue;
    worker->Tick(now_);
    worker->EndTurn();
    if (const auto failure = worker->worker().failure()) Broken("a worker's store failed: " + *failure);
  }
  crowd_->Go(now_);
  crowd_->EndTurn();
  if (bus_.alive()) bus_.Turn(now_);
}

void FriendsWorld::Revive(bool all) {
  if (!bus_.alive() && (all || now_.mono_ms >= bus_.back_ms)) bus_.Start();
  for (const auto& worker : workers_) {
    if (!worker->alive() && (all || now_.mono_ms >= worker->back_ms)) worker->Start(now_);
  }
}

void FriendsWorld::Misfortune() {
  const size_t fate = dice_.Below(may_.size());
  if (!may_[fate]) return;
  last_loss_ms_ = now_.mono_ms;
  const auto kill = [&](WorkerProcess& worker) {
    if (!worker.alive()) return;
    worker.Kill(dice_.Percent(30));
    worker.back_ms = now_.mono_ms + dice_.Between(0, 3'000);
  };
  switch (fate) {
    case kWorkerKilled:
      return kill(*dice_.Pick(workers_));
    case kAllKilled:
      for (const auto& worker : workers_) kill(*worker);
      return;
    case kBusKilled:
      if (!bus_.alive()) return;
      bus_.Kill();
      network_.BusKilled(dice_);
      bus_.back_ms = now_.mono_ms + dice_.Between(0, 4'000);
      return;
    default: {
      const WorkerProcess& worker = *dice_.Pick(workers_);
      if (!worker.alive()) return;
      const int64_t until_ms = now_.mono_ms + dice_.Between(1, 4'000);
      fate == kBroken ? network_.Break(worker.identity(), until_ms) : network_.Stall(worker.identity(), until_ms);
      return;
    }
  }
}

bool FriendsWorld::AtRest() const {
  if (!crowd_->idle() || !bus_.alive()) return false;
  for (const auto& worker : workers_) {
    if (!worker->alive() || !worker->idle()) return false;
    const std::unique_ptr<store::KeyValue> kv = store::OpenMemory(worker->disk());
    const auto it = kv->Iterate();
    for (it->Seek(""); it->valid(); it->Next()) {
      if (it->key()[1] == module::IntentRow::kTable) return false;
    }
  }
  return true;
}

// From here on nothing goes wrong, and nobody begins anything.
void FriendsWorld::Mend() {
  network_.Mend();
  Revive(true);
  const int64_t by_ms = now_.mono_ms + kRestMaxMs;
  while (!report_.broken) {
    Pass(kTickMs);
    bool moved = true;
    while (moved && !report_.broken) {
      moved = Deliver();
      for (const auto& worker : workers_) {
        while (worker->StepExecutors(dice_)) moved = true;
        worker->EndTurn();
      }
    }
    if (AtRest()) break;
    if (now_.mono_ms >= by_ms) return Broken("it does not come to rest after everything was mended");
  }
  for (const UserHandle& one : users_) {
    for (const UserHandle& other : users_) {
      if (one < other) CheckPair(Conversation::Direct(one, other), "at rest");
    }
  }
}

void FriendsWorld::OnBegan(const FriendsAct& act) {
  Watched& pair = watched_[act.pair()];
  ++pair.began;
  if (++pair.open > 1 || now_.mono_ms < pair.murky_until_ms) return;
  pair.alone = pair.began;
  pair.before = Find("friend", act.pair().text(), friends::PairRow{act.pair()}).value_or(friends::Pair{});
}

void FriendsWorld::OnEnded(const FriendsAct& act, const std::optional<Error>& error) {
  ++(error ? report_.refused : report_.done);
  Watched& pair = watched_[act.pair()];
  --pair.open;
  constexpr int64_t kAttemptLastsMs = 20'000;
  if (error && (act.asked_again || now_.mono_ms < last_loss_ms_ + kAttemptLastsMs))
    pair.murky_until_ms = now_.mono_ms + kAttemptLastsMs;
  if (pair.open > 0 || pair.alone != pair.began) return;
  ++report_.alone;
  // Nobody else did anything about the two meanwhile: it has exactly this effect, and is known wherever it must be.
  const std::string what = fmt::format("{} by {} about {}", schema::Codec<friends::Step>::NameOfValue(act.step),
                                       act.by.text(), act.other.text());
  friends::Pair expected = pair.before;
  const auto taken = friends::Take(expected, friends::SideOf(act.pair(), act.by), act.step, {}, 1);
  if (taken.has_value() == error.has_value()) {
    return Broken(what + (error ? " was refused: " + error->message : " was not refused"));
  }
  const auto truth = Find("friend", act.pair().text(), friends::PairRow{act.pair()}).value_or(friends::Pair{});
  if (truth.friends() != expected.friends() || truth.blocked() != expected.blocked()) {
    return Broken(what + " was answered, and is not so");
  }
  CheckPair(act.pair(), "after " + what);
}

template <class Row>
std::optional<typename Row::Value> FriendsWorld::Find(const std::string& module, const std::string& key,
                                                      const Row& row) const {
  return FindRow(workers_, module, key, row);
}

void FriendsWorld::CheckPair(const Conversation& name, const std::string& when) {
  const friends::Pair truth = Find("friend", name.text(), friends::PairRow{name}).value_or(friends::Pair{});
  CheckSide(name, truth, name.first(), when);
  CheckSide(name, truth, name.second(), when);
  const message::Stance stance = Find("message", name.text(), message::StanceRow{name}).value_or(message::Stance{});
  if (stance.friends != truth.friends() || stance.blocked != truth.blocked()) {
    Broken(fmt::format("{}: the message module has {} in another way", when, name.text()));
  }
}

void FriendsWorld::CheckSide(const Conversation& name, const friends::Pair& truth, const UserHandle& user,
                             const std::string& when) {
  const UserHandle peer = name.Other(user);
  const friends::Listed view = friends::ViewOf(name, truth, user, friends::News::kNothing);
  const auto same = [&](bool is, bool should, std::string_view what) {
    if (is != should) Broken(fmt::format("{}: {} has {} {} in another way", when, user.text(), what, peer.text()));
  };
  const std::string& key = user.text();
  same(Find("friend", key, friends::FriendRow{user, peer}).has_value(), truth.friends(), "the friend");
  same(Find("friend", key, friends::IncomingRow{user, peer}).has_value(), view.incoming_ms.has_value(), "the asking");
  same(Find("friend", key, friends::OutgoingRow{user, peer}).has_value(), view.outgoing_ms.has_value(), "the asked");
  same(Find("friend", key, friends::BlockRow{user, peer}).has_value(), view.blocked_ms.has_value(), "the blocked");
  const auto may_see = Find("user", key, user::FriendRow{user, peer});
  same(may_see && may_see->on, truth.friends(), "in the user module");
}

}  // namespace parley::sim
