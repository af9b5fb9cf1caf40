#include "bus/moves.h"

#include <algorithm>

#include "bus/limits.h"
#include "common/base/check.h"
#include "common/base/log.h"

namespace parley::bus {

using wire::Kind;

void Moves::Say(Peer& to, Kind kind, int64_t move, Slot slot, const std::string& peer) {
  const std::string body = schema::Encode(wire::MoveStep{move, slot, peer, {}});
  wire::Envelope envelope;
  envelope.kind = kind;
  envelope.slot = slot;
  envelope.body = body;
  to.pipe.Append(envelope);
}

const Peer* Moves::TakerOf(const Module& module, Slot slot) const {
  for (const auto& [number, move] : moves_) {
    if (move.module == &module && move.slot == slot) return move.to;
  }
  return nullptr;
}

void Moves::OnPassOn(const Peer& from, const wire::Envelope& envelope, std::string_view bytes) {
  Peer* to = peers_.Find(envelope.target);
  // What is lost here is asked for again.
  if (to == nullptr || to->module != from.module || to->pipe.full()) return;
  wire::StampSource(to->pipe.Append(bytes), from.id);
}

void Moves::OnStep(Peer& from, const wire::Envelope& envelope, const Now& now) {
  const Result<wire::MoveStep> step = schema::Decode<wire::MoveStep>(envelope.body);
  if (!step) {
    LogWarn("{} sent a step of a move that cannot be read: {}.", from.registration.name, step.error().message);
    return;
  }
  const auto it = moves_.find(step->move);
  if (it == moves_.end() || it->second.to != &from) return;  // it was called off
  Move& move = it->second;
  SlotRoute& route = move.module->slots[move.slot];
  switch (envelope.kind) {
    case Kind::kCaughtUp:
      if (move.released_ms != 0) return;
      move.released_ms = now.mono_ms;
      route.handing_over = true;
      delivery_.ParkSlotOf(*move.from, now);
      // Behind the last request that the old worker gets for it.
      return Say(*move.from, Kind::kRelease, step->move, move.slot);
    case Kind::kTaken: {
      if (move.released_ms == 0) return;
      const Move done = move;
      const Result<Epoch> epoch = coordinator_.Hand(done.module->name, done.slot, done.to->registration);
      if (!epoch) return;  // the store failed, and with it the bus
      moves_.erase(it);
      ++done_;
      route = SlotRoute{done.to, *epoch, done.to->id, false, false};
      return listener_.OnHanded(*done.module, done.slot, *done.from, *done.to, *epoch, now);
    }
    case Kind::kCopyEnd:
      LogWarn("{} can't take slot {} of {} now: {}.", from.registration.name, move.slot, move.module->name,
              step->problem);
      from.slots_from_ms = now.mono_ms + kPauseMs;
      return CallOff(step->move, now);
    default:
      return;
  }
}

void Moves::CallOff(int64_t number, const Now& now) {
  const auto it = moves_.find(number);
  PARLEY_CHECK(it != moves_.end());
  const Move move = it->second;
  moves_.erase(it);
  Say(*move.to, Kind::kCopyEnd, number, move.slot);
  Say(*move.from, Kind::kResume, number, move.slot);
  SlotRoute& route = move.module->slots[move.slot];
  if (!route.handing_over) return;
  route.handing_over = false;
  if (route.primary == nullptr) return;
  delivery_.Unpark(*move.module, {{move.slot, static_cast<int64_t>(route.epoch)}}, now);
  listener_.OnResumed(*move.module, move.slot, now);
}

void Moves::OnGone(Peer& worker, const Now& now) {
  std::vector<int64_t> off;
  for (const auto& [number, move] : moves_) {
    if (move.from == &worker || move.to == &worker) off.push_back(number);
  }
  for (const int64_t number : off) CallOff(number, now);
}

void Moves::OnEvacuate(Peer& worker, const Now& now) {
  if (!worker.evacuating) LogInfo("{} wants to leave: its slots move to others first.", worker.registration.name);
  worker.evacuating = true;
  const std::vector<Holder> holders = HoldersOf(*worker.module, now);
  // One that takes none at the moment may later. Until then this one serves.
  if (std::ranges::any_of(holders, [](const Holder& holder) { return !holder.leaves; })) return;
  // Those that asked before, when this one would still have taken theirs, need not ask again.
  wire::Envelope nobody;
  nobody.kind = Kind::kNobody;
  for (const Holder& holder : holders) {
    if (!holder.peer->evacuating) continue;
    OnGone(*holder.peer, now);
    holder.peer->pipe.Append(nobody);
  }
}

void Moves::Tick(const Now& now) {
  std::vector<int64_t> late, off;
  for (const auto& [number, move] : moves_) {
    // Nobody knows when one that is silent is heard again, and only so many slots move at a time. One that is to have
    // no slots gets none, but for those that it has nearly got.
    if (!move.from->takes_requests() || !move.to->takes_requests() || (move.released_ms == 0 && Leaves(*move.to))) {
      off.push_back(number);
    } else if (move.released_ms != 0 && now.mono_ms - move.released_ms >= kHandOverMs)
      late.push_back(number);
  }
  for (const int64_t number : off) CallOff(number, now);
  for (const int64_t number : late) {
    Peer& to = *moves_.at(number).to;
    LogWarn("{} was too slow to take slot {} of {} over.", to.registration.name, moves_.at(number).slot,
            moves_.at(number).module->name);
    to.slots_from_ms = now.mono_ms + kPauseMs;
    CallOff(number, now);
  }
  for (const auto& [name, module] : modules_.all()) Plan(*module, now);
}

bool Moves::Leaves(const Peer& worker) const {
  return worker.evacuating || coordinator_.IsDrained(worker.registration.name);
}

// The workers of the module that are there, by name, so that the same ones are planned for in the same way.
std::vector<Moves::Holder> Moves::HoldersOf(Module& module, const Now& now) const {
  std::vector<Holder> holders;
  peers_.ForEach([&](Peer& peer) {
    if (peer.module != &module || !peer.takes_requests()) return;
    const bool leaves = Leaves(peer);
    holders.push_back({&peer, leaves, !leaves && now.mono_ms >= peer.slots_from_ms, 0, 0});
  });
  std::ranges::sort(holders, {}, [](const Holder& holder) { return holder.peer->registration.name; });
  return holders;
}

void Moves::Plan(Module& module, const Now& now) {
  std::vector<Holder> holders = HoldersOf(module, now);
  if (holders.size() < 2 && !told_.contains(&module)) return;
  TellWave(module, holders, StartSome(module, holders));
}

int Moves::StartSome(Module& module, std::vector<Holder>& holders) {
  std::array<const Move*, kSlots> moving{};
  int under_way = 0;
  for (const auto& [number, move] : moves_) {
    if (move.module != &module) continue;
    moving[move.slot] = &move;
    ++under_way;
  }
  const auto holder_of = [&](const Peer* peer) {
    return std::ranges::find(holders, peer, [](const Holder& holder) { return holder.peer; });
  };
  if (holders.size() < 2) return under_way;
  for (size_t slot = 0; slot < module.slots.size(); ++slot) {
    const auto holder = holder_of(moving[slot] != nullptr ? moving[slot]->to : module.slots[slot].primary);
    if (holder != holders.end()) ++holder->slots;
  }

  // One that takes none at the moment keeps what it has; one that is to leave keeps nothing.
  std::vector<int64_t> capacities;
  std::vector<int> have;
  int total = 0;
  for (Holder& holder : holders) {
    if (holder.takes) {
      capacities.push_back(holder.peer->registration.capacity);
      have.push_back(holder.slots);
    } else if (!holder.leaves) {
      holder.target = holder.slots;
      continue;
    }
    total += holder.slots;
  }
  if (capacities.empty()) return under_way;
  const std::vector<int> counts = SlotCounts(capacities, total, have);
  size_t next = 0;
  for (Holder& holder : holders) {
    if (holder.takes) holder.target = counts[next++];
  }

  const auto surplus = [](const Holder& holder) { return holder.slots - holder.target; };
  for (size_t slot = 0; slot < module.slots.size() && under_way < kAtOnce; ++slot) {
    const auto giver = holder_of(module.slots[slot].primary);
    if (giver == holders.end() || moving[slot] != nullptr || surplus(*giver) <= 0) continue;
    const auto taker = std::ranges::min_element(holders, {}, surplus);
    if (surplus(*taker) >= 0) break;
    Start(module, static_cast<Slot>(slot), *giver->peer, *taker->peer);
    --giver->slots;
    ++taker->slots;
    ++under_way;
  }
  return under_way;
}

void Moves::TellWave(Module& module, const std::vector<Holder>& holders, int under_way) {
  if (under_way > 0) {
    if (told_.insert(&module).second) LogInfo("Slots of {} move between its workers.", module.name);
    return;
  }
  if (told_.erase(&module) == 0) return;
  std::string counts;
  for (const Holder& holder : holders) {
    const auto has = [&](const SlotRoute& route) { return route.primary == holder.peer; };
    counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", holder.peer->registration.name,
                          std::ranges::count_if(module.slots, has));
  }
  LogInfo("No slots of {} move any more: {}.", module.name, counts);
}

void Moves::Start(Module& module, Slot slot, Peer& from, Peer& to) {
  const int64_t number = ++last_move_;
  moves_.emplace(number, Move{&module, slot, &from, &to, 0});
  Say(to, Kind::kCopy, number, slot, fmt::format("{:016x}", from.id.value));
}

}  // namespace parley::bus
