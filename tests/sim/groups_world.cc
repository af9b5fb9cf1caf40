#include "tests/sim/groups_world.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

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
  if (roll < 420) {
    if (dice_.Percent(50) ? DeliverToBus() || DeliverToNode() : DeliverToNode() || DeliverToBus()) return;
  } else if (roll < 600) {
    if (StepHelpers()) return;
  } else if (roll < 690) {
    return Act();
  } else if (roll < 715) {
    return Misfortune();
  }
  constexpr std::array<int64_t, 7> kPauses = {1, 1, 2, 5, 20, 50, 150};
  Pass(dice_.Pick(kPauses));
}

void GroupsWorld::Act() {
  if (open_.size() >= kOpenMax) return;
  const UserHandle& user = dice_.Pick(users_);
  const UserHandle& other = dice_.Pick(users_);
  const std::string& name = dice_.Pick(groups_);
  const GroupHandle handle = GroupHandle::Must(name);
  const std::string id = fmt::format("i{}", last_tag_ + 1);
  const auto ask = [&](const auto& request) {
    using Request = std::decay_t<decltype(request)>;
    AskNew(user, Request::kMethod, schema::Encode(request), name, {});
  };
  const uint64_t roll = dice_.Below(100);
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
  AskNew(user, message::Send::kMethod, schema::Encode(send), name, std::move(body));
}

void GroupsWorld::AskNew(const UserHandle& user, std::string_view method, std::string arguments,
                         const std::string& group, std::string body) {
  const uint64_t tag = ++last_tag_;
  open_.emplace(tag, Asked{user, std::string(method), std::move(arguments), group, std::move(body)});
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
  if (result) {
    ++acknowledged_;
    if (!it->second.body.empty()) {
      const auto reply = schema::Decode<message::SendReply>(*result).value();
      promised_.push_back({it->second.group, it->second.body, it->second.user, reply.seq});
    }
  }
  open_.erase(it);
}

// A push never shows what its receiver may not see; that is checked when all is known, by the records of the group.
void GroupsWorld::OnTold(const UserHandle& user, std::string_view method, std::string_view body) {
  if (method != message::NewRecord::kMethod) return;
  const auto record = schema::Decode<message::NewRecord>(body).value();
  if (!record.conversation.is_group()) return;
  told_[{record.conversation.text(), record.seq}].insert(user);
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

bool GroupsWorld::StepHelpers() {
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
  switch (fate) {
    case kWorkerKilled:
      if (!worker.alive()) return;
      worker.Kill(dice_.Percent(30));
      worker.back_ms = now_.mono_ms + dice_.Between(0, 3'000);
      return;
    case kBusKilled:
      if (!bus_.alive()) return;
      bus_.Kill();
      bus_died_ = true;
      network_.BusKilled(dice_);
      bus_.back_ms = now_.mono_ms + dice_.Between(0, 4'000);
      return;
    case kFrontendKilled:
      if (!frontend_->alive()) return;
      frontend_->Kill(dice_.Percent(30));
      frontend_->back_ms = now_.mono_ms + dice_.Between(0, 3'000);
      return;
    case kLineStalls:
      if (worker.alive()) network_.Stall(worker.identity(), now_.mono_ms + dice_.Between(10, 6'000));
      return;
    case kLineBreaks:
      // Long enough for the bus to notice.
      if (worker.alive()) network_.Break(worker.identity(), now_.mono_ms + dice_.Between(1'200, 6'000));
      return;
    case kPaused:
      worker.paused_until_ms = now_.mono_ms + dice_.Between(10, 6'000);
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
      moved = StepHelpers();
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
  for (const std::string& name : groups_) CheckGroup(name);
}

void GroupsWorld::CheckGroup(const std::string& name) {
  using Names = std::set<std::string>;
  std::map<std::string, std::string> group_roles, message_roles;
  Names standing, listed, heard;
  std::optional<group::Group> group;
  const auto role_text = [](auto role) {
    for (const auto& [value, text] : NamesOf(role)) {
      if (value == role) return std::string(text);
    }
    return std::string();
  };
  ForEach<group::GroupRow>("group", [&](const auto& row, const auto& value) {
    if (row.group.text() == name) group = value;
  });
  ForEach<group::MemberRow>("group", [&](const auto& row, const auto& value) {
    if (row.group.text() == name) group_roles[row.user.text()] = role_text(value.role);
  });
  ForEach<group::StandingRow>("group", [&](const auto& row, const auto& value) {
    if (row.group.text() == name && value.role) standing.insert(row.user.text());
  });
  ForEach<message::MemberRow>("message", [&](const auto& row, const auto& value) {
    if (row.conversation.text() == name) message_roles[row.user.text()] = role_text(value.role);
  });
  ForEach<message::ListRow>("message", [&](const auto& row, const auto& value) {
    if (row.conversation.text() == name && !value.off) listed.insert(row.user.text());
  });
  std::map<int64_t, message::Stored> records;
  ForEach<message::RecordRow>("message", [&](const auto& row, const auto& value) {
    if (row.conversation.text() == name) records[static_cast<int64_t>(row.seq)] = value;
  });
  const std::string topic = "conv:" + name;
  for (const UserHandle& user : users_) {
    if (frontend_->Hears(user, topic)) heard.insert(user.text());
  }

  // What the records say, from the beginning.
  Names inside;
  std::set<std::string> bodies;
  int64_t expected = 0;
  bool dissolved = false;
  for (const auto& [seq, record] : records) {
    if (seq != ++expected) return Broken(name + ": the records are not dense");
    if (dissolved) return Broken(name + ": a record after the end");
    // Told to whoever was in it, or has just left it, and to nobody else.
    Names may_hear = inside;
    if (record.happened) {
      const std::string who = record.happened->user.value_or(record.from).text();
      switch (record.happened->event) {
        case message::GroupEvent::kCreated:
        case message::GroupEvent::kJoined:
          if (!inside.insert(who).second) return Broken(name + ": somebody joins twice");
          may_hear.insert(who);
          break;
        case message::GroupEvent::kLeft:
        case message::GroupEvent::kKicked:
          if (inside.erase(who) == 0) return Broken(name + ": somebody leaves who was not there");
          break;
        case message::GroupEvent::kDissolved:
          dissolved = true;
          break;
        default:
          break;
      }
    } else {
      if (!inside.contains(record.from.text())) return Broken(name + ": a message of nobody in it");
      if (!bodies.insert(record.body.value_or("")).second) return Broken(name + ": a message is there twice");
    }
    for (const UserHandle& user : told_[{name, seq}]) {
      // A bus that dies may take the word with it that a session is to hear a group no more; it counts again once the
      // session has been attached anew.
      if (!bus_died_ && !may_hear.contains(user.text())) {
        return Broken(fmt::format("{}: {} was told of record {}, who was not in it", name, user.text(), seq));
      }
    }
  }
  for (const Promised& promise : promised_) {
    if (promise.group != name) continue;
    const auto record = records.find(promise.seq);
    if (record == records.end() || record->second.body != promise.body || record->second.from != promise.user) {
      return Broken(name + ": acknowledged and lost: " + promise.body);
    }
  }

  if (group.has_value() != !records.empty()) return Broken(name + ": a group without records, or the other way round");
  if (!group) return;
  if (group->dissolved != dissolved) return Broken(name + ": dissolved in one module and not in the other");
  if (dissolved) inside.clear();
  Names of_group, of_message;
  int owners = 0;
  for (const auto& [user, role] : group_roles) {
    of_group.insert(user);
    owners += role == "owner" ? 1 : 0;
  }
  for (const auto& [user, role] : message_roles) of_message.insert(user);
  if (!dissolved && owners != 1) return Broken(name + ": not one owner");
  if (!dissolved && group->members != std::ssize(of_group)) return Broken(name + ": miscounted");
  if (of_group != inside) return Broken(name + ": the group's members are not those of the records");
  if (group_roles != message_roles) return Broken(name + ": the message module's members are not the group's");
  if (standing != inside) return Broken(name + ": the group module's lists are not the members'");
  if (listed != inside) return Broken(name + ": the message module's lists are not the members'");
  if (heard != inside) return Broken(name + ": the sessions that hear it are not the members'");
}

}  // namespace parley::sim
