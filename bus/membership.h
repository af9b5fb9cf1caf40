// Nodes that come, fall silent, leave and are gone; and what the others are told of it.
//
// Two processes of one name: the bus cannot know at once whether the older one is dead. It is dead if sending to it
// fails, or if it is silent for kSilentMs; then the newcomer takes its place. It is alive if it is heard from kProbeMs
// after the newcomer first asked; then the newcomer is refused, and its operator reads why. Nodes repeat their
// registration until answered, so waiting is saying nothing.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bus/coordinator.h"
#include "bus/delivery.h"
#include "bus/modules.h"
#include "bus/moves.h"
#include "bus/peers.h"
#include "bus/topics.h"
#include "common/base/now.h"

namespace parley::bus {

class Membership : private MovesListener {
 public:
  // All must outlive it. `boot` is this life of the bus.
  Membership(std::string boot, Peers& peers, Modules& modules, Topics& topics, Coordinator& coordinator,
             ClusterStore& store, Delivery& delivery)
      : boot_(std::move(boot)),
        peers_(peers),
        modules_(modules),
        topics_(topics),
        coordinator_(coordinator),
        store_(store),
        delivery_(delivery),
        moves_(peers, modules, coordinator, delivery, *this) {}

  // What the store remembers of route tables.
  void Load(const std::vector<wire::ModuleRoutes>& routes);

  void OnRegister(std::string_view identity, std::string_view body, const Now& now);
  void OnHeard(Peer& peer, const Now& now);
  void OnLeaving(Peer& peer, const Now& now);
  // It cannot be reached. The record is freed.
  void OnGone(Peer& peer, std::string_view why, const Now& now);
  void Tick(const Now& now);

  // To one that is not registered, once per turn: register first, or, you may not and why.
  void TellUnknown(std::string_view identity);
  void Refuse(std::string_view identity, const std::string& reason);
  // What is to be told to those that are no peers: identity and batch.
  std::vector<std::pair<std::string, std::string>> TakeStrangers() { return std::exchange(strangers_, {}); }

  [[nodiscard]] Moves& moves() { return moves_; }
  [[nodiscard]] const Moves& moves() const { return moves_; }
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

 private:
  // MovesListener
  void OnHanded(Module& module, Slot slot, Peer& from, Peer& to, Epoch epoch, const Now& now) override;
  void OnResumed(Module& module, Slot slot, const Now& now) override;

  void SendAssignment(Peer& worker);
  void Contend(Peer& holder, std::string_view identity, wire::Registration registration, const Now& now);
  void Accept(std::string_view identity, wire::Registration registration, const Now& now);
  void Welcome(Peer& peer);
  void SendRoutes(Peer& frontend);
  void SendDown(Peer& frontend);
  void LearnRoutes(const wire::Registration& worker);
  void Apply(const Grant& grant, const Now& now);
  void DropSlots(Peer& worker, bool gone, const Now& now);
  void TellAll(const wire::SlotsNotice& notice);
  void TellStranger(std::string_view identity, const wire::Envelope& envelope);
  void Fail(const Error& error);

  const std::string boot_;
  Peers& peers_;
  Modules& modules_;
  Topics& topics_;
  Coordinator& coordinator_;
  ClusterStore& store_;
  Delivery& delivery_;
  Moves moves_;
  std::vector<std::pair<std::string, std::string>> strangers_;
  int64_t next_heartbeat_ms_ = 0;
  std::optional<Error> failure_;
};

}  // namespace parley::bus
