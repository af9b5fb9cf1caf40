// A process's place on the bus: registration, heartbeats both ways, and knowing when the bus is another than before.
// Decisions only; sockets are in sockets.h, calls and their retries in calls.h.
#pragma once

#include <optional>
#include <string>

#include "common/base/now.h"
#include "common/wire/control.h"
#include "common/wire/envelope.h"

namespace parley::wire {

// Where a node's envelopes go: appended to this turn's batch for the bus.
class BusPort {
 public:
  virtual ~BusPort() = default;
  virtual void Send(const Envelope& envelope) = 0;
  // The same for envelopes that are already encoded, back to back.
  virtual void SendEncoded(std::string_view envelopes) = 0;
  // Gathered or waiting for the bus to take it: a sender that can pause should do so when this is large.
  [[nodiscard]] virtual size_t pending_bytes() const { return 0; }
};

// What a node hears. All calls come from inside Node::OnBatch and Node::Tick.
class NodeListener {
 public:
  virtual ~NodeListener() = default;
  // Registered, for the first time or again. All that the bus knew of this node (subscriptions, requests on their way)
  // may be gone: ask again, subscribe again. `bus_boot` tells one life of the bus from another.
  virtual void OnRegistered(const std::string& bus_boot) = 0;
  // Nothing heard for kBusSilentMs, or the bus asked who this is. Until OnRegistered, what is sent is lost.
  virtual void OnBusLost() = 0;
  // The bus will not have this node; it says why. The process should end.
  virtual void OnRefused(const std::string& reason) = 0;
  // Everything else.
  virtual void OnEnvelope(const Envelope& envelope) = 0;
  // What to tell of this process with a heartbeat, about every kFiguresEveryMs: encoded Figures, or nothing.
  virtual std::string TellFigures(const Now&, int64_t /*up_ms*/) { return {}; }
};

inline constexpr int64_t kRegisterEveryMs = 200;
inline constexpr int64_t kHeartbeatEveryMs = 500;
inline constexpr int64_t kFiguresEveryMs = 1'000;
inline constexpr int64_t kBusSilentMs = 3'000;

class Node {
 public:
  // `port` and `listener` must outlive it.
  Node(Registration registration, BusPort& port, NodeListener& listener);

  // The identity of its socket: role/name/boot.
  [[nodiscard]] std::string identity() const;
  [[nodiscard]] NodeId id() const { return id_; }
  [[nodiscard]] bool registered() const { return registered_; }
  [[nodiscard]] const std::string& bus_boot() const { return bus_boot_; }

  // Sends through the port while registered; drops otherwise, and counts.
  void Send(const Envelope& envelope);
  void SendEncoded(std::string_view envelopes);
  // One ZeroMQ message from the bus.
  void OnBatch(std::string_view batch, const Now& now);
  // At least every 100 ms.
  void Tick(const Now& now);
  // What a registration from now on says of the slots in this node's store.
  void SetHeld(std::vector<SlotEpoch> held, std::vector<SlotEpoch> copies);
  // Tells the bus to send nothing new here, also one that restarts meanwhile. Stays registered: replies still go out.
  void Leave();

  [[nodiscard]] uint64_t dropped() const { return dropped_; }
  [[nodiscard]] uint64_t malformed() const { return malformed_; }

 private:
  void Register(const Now& now);
  void Lose(const Now& now);

  Registration registration_;
  std::string encoded_registration_;
  BusPort& port_;
  NodeListener& listener_;
  NodeId id_;
  bool registered_ = false;
  std::string bus_boot_;
  int64_t heard_ms_ = 0;
  int64_t next_register_ms_ = 0;
  int64_t next_heartbeat_ms_ = 0;
  int64_t next_figures_ms_ = 0;
  std::optional<int64_t> started_ms_;
  bool leaving_ = false;
  uint64_t dropped_ = 0;
  uint64_t malformed_ = 0;
};

}  // namespace parley::wire
