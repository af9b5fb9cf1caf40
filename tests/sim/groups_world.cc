#include "tests/sim/groups_world.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstdio>

#include "common/base/slot.h"
#include "common/module/outbox.h"
#include "modules/friend/messages.h"
#include "modules/group/group.h"
#include "modules/message/message.h"
#include "modules/message/rows.h"

namespace parley::sim {
namespace {

enum Fate : size_t { kWorkerKilled, kBusKilled, kFrontendKilled, kLineStalls, kLineBreaks, kPaused };

constexpr int64_t kTickMs = 20, kRestMaxMs = 240'000;
constexpr int64_t kNoticedMs = 1'200;  // the bus says something to everyone at least every 500 ms
constexpr size_t kOpenMax = 12;

// Nobody blocks anybody.
class FriendStub final : public module::Module {
 public:
  const std::vector<module::Route>& routes() const override {
    static const std::vector<module::Route> kRoutes = {
        module::On<&FriendStub::DoRelation>(Access::kModule, {module::ByArgument("pair")}, module::Effect::kReads,
                                            "How two users stand to each other."),
    };
    return kRoutes;
  }
  Result<friends::RelationReply> DoRelation(module::Context&, const friends::GetRelation&) {
    return friends::RelationReply{};
  }
};

std::unique_ptr<module::Module> MakeFriendStub(module::Host&) { return std::make_unique<FriendStub>(); }
std::unique_ptr<module::Module> MakeGroupModule(module::Host& host) {
  return std::make_unique<group::GroupModule>(host, group::GroupModule::Options{});
}

template <class E>
std::string NameOf(E value) {
  return std::string(schema::Codec<E>::NameOfValue(value));
}

// For a trace.
std::string TextOf(const message::Stored& record) {
  if (!record.happened) return fmt::format("{}: {}", record.from.text(), record.body.value_or(""));
  return fmt::format("{} {} by {}", record.happened->user.value_or(record.from).text(), NameOf(record.happened->event),
                     record.from.text());
}

// The answer says that nothing was done, now or later.
bool IsRefusal(const Error& error) { return !RowOf(error.code).retryable && error.code != Code::kInternal; }

}  // namespace

GroupsWorld::GroupsWorld(const Scenario& scenario)
    : scenario_(scenario),
      dice_(scenario.seed * 7919 + 1),
      network_(
          now_.mono_ms,
          [this](std::string_view, std::string_view batch) { fingerprint_ = Hash64(batch) ^ (fingerprint_ * 31 + 1); },
          [](std::string_view, std::string_view) {}),
      bus_(scenario.mutation, network_) {
  SeedRandomIds(scenario.seed);
  for (bool& may : may_) may = dice_.Percent(60);
  constexpr std::array<uint64_t, 3> kMisfortunes = {3, 8, 20};
  misfortunes_ = dice_.Pick(kMisfortunes);
  const auto add = [&](const std::string& module, int64_t count, const WorkerProcess::Make& make) {
    for (int64_t i = 1; i <= count; ++i) {
      workers_.push_back(
          std::make_unique<WorkerProcess>(fmt::format("{}-{}", module, i), module, make, scenario.mutation, network_));
    }
  };
  add("user", 1, MakeUserStub);
  add("friend", 1, MakeFriendStub);
  add("group", dice_.Between(1, 2), MakeGroupModule);
  add("message", dice_.Between(1, 2), MakeMessageModule);
  GroupFrontend::Listener listener;
  listener.answered = [this](uint64_t tag, const Result<std::string>& result) { OnAnswer(tag, result); };
  listener.told = [this](const UserHandle& user, std::string_view method, std::string_view body) {
    OnTold(user, method, body);
  };
  listener.broken = [this](const std::string& rule) { Broken(rule); };
  listener.note = [this](const std::string& what) { Note(what); };
  frontend_ = std::make_unique<GroupFrontend>("frontend-1", network_, std::move(listener));
  for (const char* name : {"ann", "bob", "cleo", "dan", "eve"}) {
    users_.push_back(UserHandle::Must(name));
    frontend_->AddUser(users_.back());
  }
  groups_ = {"#one", "#two"};
}

void GroupsWorld::Broken(const std::string& rule) {
  if (!broken_) broken_ = rule;
}

void GroupsWorld::Note(const std::string& what) const {
  if (!scenario_.trace) return;
  std::fprintf(stderr, "%8lld %s\n", static_cast<long long>(now_.mono_ms - 1'000'000), what.c_str());
}

Report GroupsWorld::Run() {
  bus_.Start();
  for (const auto& worker : workers_) worker->Start(now_);
  frontend_->Start(now_);
  const int64_t began_ms = now_.mono_ms;
  for (int i = 0; i < scenario_.steps && !broken_; ++i) Step();
  if (!broken_) Mend();
  return {broken_, acknowledged_, now_.mono_ms - began_ms, fingerprint_};
}

void GroupsWorld::Step() {
  const uint64_t roll = dice_.Below(1'000);
  if (roll < 120) return Act();
  if (roll < 120 + misfortunes_) return Misfortune();
  if (roll < 200) return Pass(dice_.Pick(kBusyPausesMs));
  const bool helpers_first = roll < 440;
  if (helpers_first && StepSlowWork(workers_, dice_, now_)) return;
  if (dice_.Percent(50) ? DeliverToBus() || DeliverToNode() : DeliverToNode() || DeliverToBus()) return;
  if (!helpers_first && StepSlowWork(workers_, dice_, now_)) return;
  Pass(dice_.Pick(kIdlePausesMs));
}

void GroupsWorld::Act() {
  if (open_.size() >= kOpenMax) return;
  UserHandle user = dice_.Pick(users_);
  const UserHandle& other = dice_.Pick(users_);
  const std::string& name = dice_.Pick(groups_);
  const GroupHandle handle = GroupHandle::Must(name);
  const std::string id = fmt::format("i{}", last_tag_ + 1);
  const uint64_t roll = dice_.Below(100);
  // What only few may do is mostly done by who may.
  const auto owner = owners_.find(name);
  if (roll >= 38 && roll < 68 && owner != owners_.end() && dice_.Percent(70)) user = owner->second;
  const auto ask = [&](const auto& request) {
    using Request = std::decay_t<decltype(request)>;
    std::optional<UserHandle> whom;
    if constexpr (requires { request.user; }) whom = request.user;
    AskNew({user, std::string(Request::kMethod), schema::Encode(request), name, {}, std::move(whom)});
  };
  if (roll < 8) {
    // A dissolved handle is never given out again: the next group is another one.
    return ask(group::Create{.group = handle, .policy = static_cast<group::Policy>(dice_.Below(2)), .id = id});
  }
  if (roll < 30) return ask(group::Join{.group = handle, .id = id});
  if (roll < 38) return ask(group::Leave{.group = handle, .id = id});
  if (roll < 46) return ask(group::Kick{.group = handle, .user = other, .ban = dice_.Percent(20), .id = id});
  if (roll < 50) return ask(group::Unban{.group = handle, .user = other, .id = id});
  if (roll < 54) return ask(group::Invite{.group = handle, .user = other, .id = id});
  if (roll < 60) return ask(group::Approve{.group = handle, .user = other, .id = id});
  if (roll < 64) {
    return ask(group::SetRole{
        .group = handle, .user = other, .role = static_cast<group::GivenRole>(dice_.Below(2)), .id = id});
  }
  if (roll < 67) return ask(group::Transfer{.group = handle, .user = other, .id = id});
  if (roll < 68) {
    ask(group::Dissolve{.group = handle, .id = id});
    groups_.push_back(fmt::format("#more{}", groups_.size()));
    return;
  }
  std::string body = "said " + id;
  const message::Send send{Address::Must(name), body, id};
  AskNew({user, std::string(message::Send::kMethod), schema::Encode(send), name, std::move(body), {}});
}

void GroupsWorld::AskNew(Asked asked) {
  const uint64_t tag = ++last_tag_;
  asked.head = HeadOf(asked.group);
  open_.emplace(tag, std::move(asked));
  waiting_.insert(tag);
  AskAgain();
}

void GroupsWorld::AskAgain() {
  if (!frontend_->alive() || !Runs(frontend_->paused_until_ms)) return;
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    const Asked& asked = open_.at(*it);
    if (!frontend_->Knows(asked.method)) {
      ++it;
      continue;
    }
    const uint64_t tag = *it;
    it = waiting_.erase(it);
    frontend_->Ask(asked.user, tag, asked.method, asked.arguments);
  }
}

void GroupsWorld::OnAnswer(uint64_t tag, const Result<std::string>& result) {
  const auto it = open_.find(tag);
  if (it == open_.end()) return Broken("an answer to what nobody asked");
  if (!result && !IsRefusal(result.error())) {
    if (result.error().code == Code::kInternal) Broken("an internal error: " + result.error().message);
    waiting_.insert(tag);  // the same again, under the same id
    return;
  }
  if (result) ++acknowledged_;
  NoteAnswer(it->second, result);
  open_.erase(it);
}

void GroupsWorld::NoteAnswer(const Asked& asked, const Result<std::string>& result) {
  Note(fmt::format("{} of {} in {} {}: {}", asked.method, asked.user.text(), asked.group,
                   asked.other ? "about " + asked.other->text() : asked.body,
                   result ? "done" : result.error().message));
  const auto say = [&](bool member) {
    judge_.OnSaid(
        {asked.group, asked.method, asked.other.value_or(asked.user), member, asked.head, HeadOf(asked.group)});
  };
  if (asked.method == message::Send::kMethod) {
    if (!result) return say(false);
    const auto reply = schema::Decode<message::SendReply>(*result).value();
    judge_.OnSent({asked.group, asked.body, asked.user, reply.seq});
  } else if (!result) {
    return;
  } else if (asked.method == group::Create::kMethod) {
    owners_.insert_or_assign(asked.group, asked.user);
    say(true);
  } else if (asked.method == group::Join::kMethod) {
    if (schema::Decode<group::Joined>(*result).value().state == "joined") say(true);
  } else if (asked.method == group::Approve::kMethod) {
    say(true);
  } else if (asked.method == group::Leave::kMethod || asked.method == group::Kick::kMethod ||
             asked.method == group::Dissolve::kMethod) {
    say(false);
  }
}

// A push never shows what its receiver may not see; that is checked when all is known, by the records of the group.
void GroupsWorld::OnTold(const UserHandle& user, std::string_view method, std::string_view body) {
  if (method != message::NewRecord::kMethod) return;
  const auto record = schema::Decode<message::NewRecord>(body).value();
  if (!record.conversation.is_group()) return;
  judge_.OnTold(record.conversation.text(), record.seq, user);
  Note(fmt::format("{} is told of record {} of {}", user.text(), record.seq, record.conversation.text()));
}

int64_t GroupsWorld::HeadOf(const std::string& group) const {
  const message::HeadRow row{Conversation::Group(GroupHandle::Must(group))};
  return FindRow(workers_, "message", group, row).value_or(message::Head{}).head;
}

bool GroupsWorld::DeliverToBus() {
  if (!bus_.alive() || !Runs(bus_.paused_until_ms)) return false;
  std::vector<std::string> ready = network_.ReadyForBus();
  if (ready.empty()) return false;
  const std::string& identity = dice_.Pick(ready);
  bus_.OnBatch(identity, network_.TakeForBus(identity), now_);
  if (dice_.Percent(80)) bus_.Turn(now_);
  return true;
}

bool GroupsWorld::DeliverToNode() {
  std::vector<WorkerProcess*> workers;
  for (const auto& worker : workers_) {
    if (worker->alive() && Runs(worker->paused_until_ms) && network_.ReadyForNode(worker->identity())) {
      workers.push_back(worker.get());
    }
  }
  const bool frontend =
      frontend_->alive() && Runs(frontend_->paused_until_ms) && network_.ReadyForNode(frontend_->identity());
  if (workers.empty() && !frontend) return false;
  const uint64_t chosen = dice_.Below(workers.size() + (frontend ? 1 : 0));
  if (chosen < workers.size()) {
    WorkerProcess& worker = *workers[chosen];
    worker.OnBatch(network_.TakeForNode(worker.identity()), now_);
    if (dice_.Percent(70)) worker.EndTurn();
  } else {
    frontend_->OnBatch(network_.TakeForNode(frontend_->identity()), now_);
    AskAgain();
    frontend_->EndTurn();
  }
  return true;
}

void GroupsWorld::Pass(int64_t ms) {
  now_.mono_ms += ms;
  now_.wall_ms += ms;
  Revive(false);
  for (const auto& worker : workers_) {
    if (!worker->alive() || !Runs(worker->paused_until_ms)) continue;
    worker->Tick(now_);
    worker->EndTurn();
    if (const auto failure = worker->worker().failure()) Broken("a worker's store failed: " + *failure);
  }
  if (frontend_->alive() && Runs(frontend_->paused_until_ms)) {
    frontend_->Tick(now_);
    AskAgain();
    frontend_->EndTurn();
  }
  if (bus_.alive() && Runs(bus_.paused_until_ms)) bus_.Turn(now_);
}

void GroupsWorld::Revive(bool all) {
  if (!bus_.alive() && (all || now_.mono_ms >= bus_.back_ms)) bus_.Start();
  for (const auto& worker : workers_) {
    if (!worker->alive() && (all || now_.mono_ms >= worker->back_ms)) worker->Start(now_);
  }
  if (!frontend_->alive() && (all || now_.mono_ms >= frontend_->back_ms)) frontend_->Start(now_);
}

void GroupsWorld::Misfortune() {
  const size_t fate = dice_.Below(may_.size());
  if (!may_[fate]) return;
  WorkerProcess& worker = *dice_.Pick(workers_);
  // One of all lines, or of all processes.
  const uint64_t chosen = dice_.Below(workers_.size() + 2);
  const int64_t until_ms = now_.mono_ms + dice_.Between(10, 6'000);
  const std::string& line = chosen == workers_.size() && frontend_->alive() ? frontend_->identity() : worker.identity();
  switch (fate) {
    case kWorkerKilled:
      if (!worker.alive()) return;
      Note(worker.identity() + " is killed");
      worker.Kill(dice_.Percent(30));
      worker.back_ms = now_.mono_ms + dice_.Between(0, 3'000);
      return;
    case kBusKilled:
      if (!bus_.alive()) return;
      Note("the bus is killed");
      bus_.Kill();
      network_.BusKilled(dice_);
      bus_.back_ms = now_.mono_ms + dice_.Between(0, 4'000);
      return;
    case kFrontendKilled:
      if (!frontend_->alive()) return;
      Note("the frontend is killed");
      frontend_->Kill(dice_.Percent(30));
      frontend_->back_ms = now_.mono_ms + dice_.Between(0, 3'000);
      return;
    case kLineStalls:
      if (!worker.alive()) return;
      Note("the line of " + line + " stalls");
      return network_.Stall(line, until_ms);
    case kLineBreaks:
      if (!worker.alive()) return;
      Note("the line of " + line + " breaks");
      return network_.Break(line, now_.mono_ms + dice_.Between(kNoticedMs, 6'000));
    case kPaused:
      Note("something is stopped for a while");
      (chosen < workers_.size()    ? worker.paused_until_ms
       : chosen == workers_.size() ? frontend_->paused_until_ms
                                   : bus_.paused_until_ms) = until_ms;
      return;
    default:
      return;
  }
}

bool GroupsWorld::AtRest() const {
  if (!open_.empty() || !frontend_->idle() || !frontend_->attached()) return false;
  for (const auto& worker : workers_) {
    if (!worker->alive() || !worker->idle()) return false;
  }
  bool empty = true;
  for (const char* module : {"group", "message"}) {
    ForEach<module::IntentRow>(module, [&](const module::IntentRow&, const module::Intent&) { empty = false; });
  }
  return empty;
}

void GroupsWorld::Mend() {
  network_.Mend();
  Revive(true);
  bus_.paused_until_ms = 0;
  for (const auto& worker : workers_) worker->paused_until_ms = 0;
  frontend_->paused_until_ms = 0;
  const int64_t by_ms = now_.mono_ms + kRestMaxMs;
  while (!broken_) {
    Pass(kTickMs);
    bool moved = true;
    while (moved && !broken_) {
      moved = StepSlowWork(workers_, dice_, now_);
      moved = DeliverToBus() || moved;
      moved = DeliverToNode() || moved;
    }
    if (AtRest()) break;
    if (now_.mono_ms >= by_ms) return Broken("it does not come to rest after everything was mended");
  }
  if (!broken_) Check();
}

template <class Row, class Fn>
void GroupsWorld::ForEach(const std::string& module, Fn fn) const {
  for (const auto& worker : workers_) {
    if (worker->module_name() != module) continue;
    const std::unique_ptr<store::KeyValue> kv = store::OpenMemory(worker->disk());
    const auto it = kv->Iterate();
    for (it->Seek(""); it->valid(); it->Next()) {
      Row row;
      if (!store::ReadKey(it->key(), row)) continue;
      fn(row, schema::Decode<typename Row::Value>(it->value()).value());
    }
  }
}

void GroupsWorld::Check() {
  for (const std::string& name : groups_) {
    if (const auto broken = judge_.Check(name, FindAll(name))) Broken(*broken);
  }
}

GroupsJudge::Found GroupsWorld::FindAll(const std::string& name) const {
  GroupsJudge::Found found;
  ForEach<group::GroupRow>("group", [&](const auto& row, const auto& value) {
    if (row.group.text() == name) found.group = value;
  });
  ForEach<group::MemberRow>("group", [&](const auto& row, const auto& value) {
    if (row.group.text() == name) found.group_roles[row.user.text()] = NameOf(value.role);
  });
  ForEach<group::StandingRow>("group", [&](const auto& row, const auto& value) {
    if (row.group.text() == name && value.role) found.standing.insert(row.user.text());
  });
  ForEach<message::MemberRow>("message", [&](const auto& row, const auto& value) {
    if (row.conversation.text() == name) found.message_roles[row.user.text()] = NameOf(value.role);
  });
  ForEach<message::ListRow>("message", [&](const auto& row, const auto& value) {
    if (row.conversation.text() == name && !value.off && !value.coming) found.listed.insert(row.user.text());
  });
  ForEach<message::RecordRow>("message", [&](const auto& row, const auto& value) {
    if (row.conversation.text() == name) found.records[static_cast<int64_t>(row.seq)] = value;
  });
  for (const auto& [seq, record] : found.records) Note(fmt::format("record {} of {}: {}", seq, name, TextOf(record)));
  for (const UserHandle& user : users_) {
    if (frontend_->Hears(user, "conv:" + name)) found.heard.insert(user.text());
  }
  return found;
}

}  // namespace parley::sim
