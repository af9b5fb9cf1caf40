// Moves slots between the workers of a module that are there, so that each has its share by capacity, and one that
// wants to leave, or is drained, has none. As few as possible, a few at a time; while a slot moves it is served.
//
// A move: the new worker copies the slot while the old one serves it (kCopy … kCaughtUp); the bus parks what comes for
// it and has the old worker give the rest away (kRelease … kTaken); then the slot is the new worker's, durably, under
// the next epoch. Up to that last step everything can be taken back: whoever dies or is late, the old worker goes on.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "bus/coordinator.h"
#include "bus/delivery.h"
#include "bus/modules.h"
#include "bus/peers.h"

namespace parley::bus {

class MovesListener {
 public:
  // The slot is another's: tell it, and everybody. `epoch` is durable.
  virtual void OnHanded(Module& module, Slot slot, Peer& from, Peer& to, Epoch epoch, const Now& now) = 0;
  // The slot's primary stopped serving it and serves it again: its soft state is gone.
  virtual void OnResumed(Module& module, Slot slot, const Now& now) = 0;

 protected:
  ~MovesListener() = default;
};

class Moves {
 public:
  static constexpr int kAtOnce = 8;              // per module
  static constexpr int64_t kHandOverMs = 5'000;  // between kRelease and kTaken
  static constexpr int64_t kPauseMs = 10'000;    // a worker that could not take a slot is asked no more for so long
  static constexpr int64_t kSteadyMs = 500;      // workers that come are given so long before slots move to them

  // All must outlive it.
  Moves(Peers& peers, Modules& modules, Coordinator& coordinator, Delivery& delivery, MovesListener& listener)
      : peers_(peers), modules_(modules), coordinator_(coordinator), delivery_(delivery), listener_(listener) {}

  // kCaughtUp, kTaken, kCopyEnd of a worker.
  void OnStep(Peer& from, const wire::Envelope& envelope, const Now& now);
  // kPull, kPart: from worker to worker.
  void OnPassOn(const Peer& from, const wire::Envelope& envelope, std::string_view bytes);
  // It wants to leave: its slots go first.
  void OnEvacuate(Peer& worker, const Now& now);
  // The worker leaves, is gone, or begins anew: its moves are off. `alive`: it can still be told.
  void OnGone(Peer& worker, const Now& now);
  void Tick(const Now& now);

  [[nodiscard]] size_t size() const { return moves_.size(); }
  // The worker that the slot moves to; null where it stays.
  [[nodiscard]] const Peer* TakerOf(const Module& module, Slot slot) const;
  // Moved since the bus started.
  [[nodiscard]] uint64_t done() const { return done_; }

 private:
  struct Move {
    Module* module = nullptr;
    Slot slot = 0;
    Peer* from = nullptr;
    Peer* to = nullptr;
    int64_t released_ms = 0;  // 0: being copied
  };
  struct Holder {
    Peer* peer = nullptr;
    bool leaves = false;  // it is to have no slots: it wants to leave, or is drained
    bool takes = false;   // slots may move to it
    int slots = 0;        // once the moves under way are over
    int target = 0;
  };

  void Plan(Module& module, const Now& now);
  // As many moves as may be under way at a time; returns how many are.
  int StartSome(Module& module, std::vector<Holder>& holders);
  // Says in the log that slots of a module move, and how it stands when none does any more.
  void TellWave(Module& module, const std::vector<Holder>& holders, int under_way);
  [[nodiscard]] bool Leaves(const Peer& worker) const;
  [[nodiscard]] std::vector<Holder> HoldersOf(Module& module, const Now& now) const;
  void Start(Module& module, Slot slot, Peer& from, Peer& to);
  // Takes the move back; the old worker serves on.
  void CallOff(int64_t number, const Now& now);
  static void Say(Peer& to, wire::Kind kind, int64_t move, Slot slot, const std::string& peer = {});

  Peers& peers_;
  Modules& modules_;
  Coordinator& coordinator_;
  Delivery& delivery_;
  MovesListener& listener_;
  std::map<int64_t, Move> moves_;
  std::set<const Module*> told_;  // of these it is in the log that their slots move
  int64_t last_move_ = 0;
  uint64_t done_ = 0;
};

}  // namespace parley::bus
