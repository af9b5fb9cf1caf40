#include "bus/membership.h"

#include "bus/limits.h"
#include "bus/operator.h"
#include "bus/registration.h"
#include "common/base/check.h"
#include "common/base/log.h"

namespace parley::bus {
namespace {

// `body` must outlive the envelope.
wire::Envelope Control(wire::Kind kind, std::string_view body) {
  wire::Envelope envelope;
  envelope.kind = kind;
  envelope.body = body;
  return envelope;
}

std::string HexOf(NodeId id) { return fmt::format("{:016x}", id.value); }

}  // namespace

void Membership::Load(const std::vector<wire::ModuleRoutes>& routes) {
  for (const wire::ModuleRoutes& row : routes) {
    if (Module* module = modules_.Learn(row.module)) module->routes = row.routes;
  }
}

void Membership::Fail(const Error& error) {
  if (!failure_) failure_ = error;
}

void Membership::OnRegister(std::string_view identity, std::string_view body, const Now& now) {
  if (failure_) return;
  Result<wire::Registration> registration = ReadRegistration(identity, body);
  if (!registration) {
    Refuse(identity, registration.error().message);
    return;
  }
  if (Peer* peer = peers_.Find(NodeId::OfIdentity(identity))) {
    // It lost us, or our welcome is on its way. What it subscribed before, it will subscribe again.
    topics_.Forget(*peer);
    peer->registration.held = registration->held;
    peer->registration.copies = registration->copies;
    if (peer->is_worker()) moves_.OnGone(*peer, now);
    Welcome(*peer);
    if (!peer->is_worker() || peer->leaving) return;
    const Result<std::optional<Grant>> grant = coordinator_.Admit(peer->registration, now);
    if (grant && *grant) Apply(**grant, now);
    return;
  }
  if (Peer* holder = peers_.FindName(registration->name)) {
    Contend(*holder, identity, *std::move(registration), now);
    return;
  }
  Accept(identity, *std::move(registration), now);
}

void Membership::Contend(Peer& holder, std::string_view identity, wire::Registration registration, const Now& now) {
  const bool known = holder.contender && holder.contender->identity == identity;
  const int64_t since_ms = known ? holder.contender->since_ms : now.mono_ms;
  if (!holder.leaving && holder.heard_ms >= since_ms + kProbeMs) {
    holder.contender.reset();
    Refuse(identity, "another process named " + holder.registration.name + " is running on " +
                         holder.registration.host + ": stop it first, or choose another --name");
    return;
  }
  holder.contender = Contender{std::string(identity), std::move(registration), since_ms};
  if (holder.suspended) {
    OnGone(holder, "it is silent and another process has its name", now);
    return;
  }
  // If it is dead, sending this fails.
  holder.pipe.Append(Control(wire::Kind::kHeartbeat, {}));
}

void Membership::Accept(std::string_view identity, wire::Registration registration, const Now& now) {
  if (peers_.size() >= kPeersMax) {
    Refuse(identity, "the bus has " + std::to_string(kPeersMax) + " nodes, and takes no more");
    return;
  }
  Module* module = nullptr;
  std::optional<Grant> grant;
  if (registration.role == "worker") {
    module = modules_.Learn(registration.module);
    if (module == nullptr) {
      Refuse(identity, "the bus knows " + std::to_string(kModulesMax) + " modules, and takes no more");
      return;
    }
    Result<std::optional<Grant>> admitted = coordinator_.Admit(registration, now);
    if (coordinator_.failure()) {
      Fail(*coordinator_.failure());
      return;
    }
    if (!admitted) {
      Refuse(identity, admitted.error().message);
      return;
    }
    grant = *std::move(admitted);
  }
  Peer& peer = peers_.Add(std::string(identity), std::move(registration), now.mono_ms);
  peer.module = module;
  peer.slots_from_ms = now.mono_ms + Moves::kSteadyMs;
  LogInfo("{} joined from {} ({} {}).", peer.registration.name, peer.registration.host,
          peer.is_worker() ? peer.registration.module : peer.registration.role, peer.registration.version);
  Welcome(peer);
  if (!peer.is_worker()) return;
  LearnRoutes(peer.registration);
  if (grant) Apply(*grant, now);
}

void Membership::Welcome(Peer& peer) {
  peer.pipe.Append(Control(wire::Kind::kWelcome, schema::Encode(wire::Welcome{boot_, PARLEY_VERSION})));
  if (peer.is_worker()) return;
  SendRoutes(peer);
  SendDown(peer);
  TellDrain(peer, coordinator_.IsDrained(peer.registration.name));
}

void Membership::SendRoutes(Peer& frontend) {
  wire::RoutesNotice notice;
  for (const auto& [name, module] : modules_.all()) {
    if (!module->routes.empty()) notice.modules.push_back({name, module->routes});
  }
  frontend.pipe.Append(Control(wire::Kind::kRoutes, schema::Encode(notice)));
}

// What a frontend that was there would have been told: it keeps nobody's login waiting for these.
void Membership::SendDown(Peer& frontend) {
  for (const auto& [name, module] : modules_.all()) {
    if (module->routes.empty()) continue;
    wire::SlotsNotice notice{name, false, {}};
    for (size_t slot = 0; slot < module->slots.size(); ++slot) {
      SlotRoute& route = module->slots[slot];
      if (route.primary != nullptr) continue;
      route.down_announced = true;
      notice.slots.push_back({static_cast<int64_t>(slot), static_cast<int64_t>(route.epoch)});
    }
    if (!notice.slots.empty()) frontend.pipe.Append(Control(wire::Kind::kSlots, schema::Encode(notice)));
  }
}

void Membership::LearnRoutes(const wire::Registration& worker) {
  Module* module = modules_.Find(worker.module);
  if (module->routes == worker.routes) return;
  if (Result<void> saved = store_.SaveRoutes({worker.module, worker.routes}); !saved) {
    Fail(saved.error());
    return;
  }
  module->routes = worker.routes;
  peers_.ForEach([&](Peer& peer) {
    if (!peer.is_worker()) SendRoutes(peer);
  });
}

void Membership::Apply(const Grant& grant, const Now& now) {
  Peer* worker = peers_.FindName(grant.worker);
  PARLEY_CHECK(worker != nullptr && worker->is_worker() && !worker->leaving);
  Module& module = *worker->module;
  wire::SlotsNotice notice{module.name, true, {}};
  for (const wire::SlotEpoch& slot : grant.slots) {
    SlotRoute& route = module.slots[static_cast<size_t>(slot.slot)];
    const auto epoch = static_cast<Epoch>(slot.epoch);
    PARLEY_CHECK(epoch > 0 && epoch >= route.epoch);
    PARLEY_CHECK(route.primary == nullptr || route.primary == worker);
    if (grant.fresh || route.down_announced) notice.slots.push_back(slot);
    route = SlotRoute{worker, epoch, worker->id, false, false};
  }
  SendAssignment(*worker);
  delivery_.Unpark(module, grant.slots, now);
  TellAll(notice);
}

void Membership::SendAssignment(Peer& worker) {
  const Grant grant = coordinator_.GrantTo(worker.module->name, worker.registration.name);
  worker.pipe.Append(Control(wire::Kind::kAssign, schema::Encode(wire::Assignment{grant.slots})));
}

void Membership::OnHanded(Module& module, Slot slot, Peer& from, Peer& to, Epoch epoch, const Now& now) {
  LogDebug("Slot {} of {} is {}'s, epoch {}.", slot, module.name, to.registration.name, epoch);
  SendAssignment(to);
  SendAssignment(from);
  const wire::SlotEpoch now_at{slot, static_cast<int64_t>(epoch)};
  delivery_.Unpark(module, {now_at}, now);
  TellAll({module.name, true, {now_at}});
}

void Membership::OnResumed(Module& module, Slot slot, const Now&) {
  TellAll({module.name, true, {{slot, static_cast<int64_t>(module.slots[slot].epoch)}}});
}

void Membership::TellAll(const wire::SlotsNotice& notice) {
  if (notice.slots.empty()) return;
  const std::string body = schema::Encode(notice);
  peers_.ForEach([&](Peer& peer) { peer.pipe.Append(Control(wire::Kind::kSlots, body)); });
}

void Membership::OnHeard(Peer& peer, const Now& now) {
  peer.heard_ms = now.mono_ms;
  if (!peer.suspended) return;
  peer.suspended = false;
  LogInfo("{} is heard again.", peer.registration.name);
  if (peer.is_worker() && !peer.leaving) delivery_.UnparkAllOf(peer, now);
}

void Membership::OnLeaving(Peer& peer, const Now& now) {
  if (!peer.leaving) {
    peer.leaving = true;
    LogInfo("{} is leaving.", peer.registration.name);
    if (peer.is_worker()) {
      coordinator_.Forget(peer.registration.module, peer.registration.name);
      DropSlots(peer, false, now);
      moves_.OnGone(peer, now);
    }
  }
  // Behind the last request that it gets.
  peer.pipe.Append(Control(wire::Kind::kLeaving, {}));
}

// While a leaving worker finishes what it has, nobody need ask again; when it is gone, whoever is not answered must.
void Membership::DropSlots(Peer& worker, bool gone, const Now& now) {
  wire::SlotsNotice notice{worker.module->name, false, {}};
  for (size_t slot = 0; slot < worker.module->slots.size(); ++slot) {
    SlotRoute& route = worker.module->slots[slot];
    if (route.granted_to != worker.id) continue;
    route.primary = nullptr;
    route.handing_over = false;
    if (!gone) continue;
    route.down_announced = true;
    notice.slots.push_back({static_cast<int64_t>(slot), static_cast<int64_t>(route.epoch)});
  }
  delivery_.ParkAllOf(worker, now);
  TellAll(notice);
}

void Membership::OnGone(Peer& peer, std::string_view why, const Now& now) {
  LogInfo("{} is gone: {}.", peer.registration.name, why);
  std::optional<Contender> contender = std::move(peer.contender);
  const bool was_worker = peer.is_worker();
  const std::string id = HexOf(peer.id);
  if (was_worker) {
    coordinator_.Forget(peer.registration.module, peer.registration.name);
    DropSlots(peer, true, now);
    moves_.OnGone(peer, now);
  }
  topics_.Forget(peer);
  peers_.Remove(peer);
  if (!was_worker) {
    const std::string body = schema::Encode(wire::NodeGone{id});
    peers_.ForEach([&](Peer& other) {
      if (other.is_worker()) other.pipe.Append(Control(wire::Kind::kNodeGone, body));
    });
  }
  if (contender) Accept(contender->identity, std::move(contender->registration), now);
}

void Membership::Tick(const Now& now) {
  for (const Grant& grant : coordinator_.Tick(now)) Apply(grant, now);
  moves_.Tick(now);
  if (coordinator_.failure()) Fail(*coordinator_.failure());
  const bool beat = now.mono_ms >= next_heartbeat_ms_;
  if (beat) next_heartbeat_ms_ = now.mono_ms + kHeartbeatMs;
  peers_.ForEach([&](Peer& peer) {
    if (!peer.suspended && now.mono_ms - peer.heard_ms > kSilentMs) {
      peer.suspended = true;
      LogWarn("{} is silent for {} ms: what is for it waits here.", peer.registration.name, kSilentMs);
    }
    // Whatever waits in the pipe shows as well that we are here.
    if (beat && peer.pipe.empty()) peer.pipe.Append(Control(wire::Kind::kHeartbeat, {}));
  });
}

void Membership::TellUnknown(std::string_view identity) { TellStranger(identity, Control(wire::Kind::kUnknown, {})); }

void Membership::Refuse(std::string_view identity, const std::string& reason) {
  LogWarn("Refused to register {}: {}.", identity.substr(0, 200), reason);
  TellStranger(identity, Control(wire::Kind::kRefused, schema::Encode(wire::Refused{reason})));
}

void Membership::TellStranger(std::string_view identity, const wire::Envelope& envelope) {
  // It asks again anyway.
  if (strangers_.size() >= kStrangersMax) return;
  std::string batch;
  wire::Append(batch, envelope);
  strangers_.emplace_back(identity, std::move(batch));
}

}  // namespace parley::bus
