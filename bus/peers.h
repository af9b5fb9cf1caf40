// The nodes that are registered here: one record each, found by id or by name.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "bus/lanes.h"
#include "bus/pipe.h"
#include "common/base/ids.h"
#include "common/wire/control.h"

namespace parley::bus {

// A process that asks to register under the name of another that may still be alive (membership.h).
struct Contender {
  std::string identity;
  wire::Registration registration;
  int64_t since_ms = 0;
};

struct Peer {
  Peer(std::string its_identity, wire::Registration its_registration, int64_t now_ms)
      : identity(std::move(its_identity)),
        id(NodeId::OfIdentity(identity)),
        registration(std::move(its_registration)),
        heard_ms(now_ms),
        lanes(registration) {}

  [[nodiscard]] bool is_worker() const { return registration.role == "worker"; }
  // Whether a worker is given requests now. One that is silent may be stopped or cut off: what it would be given waits
  // here, where it is given up in time, rather than there.
  [[nodiscard]] bool takes_requests() const { return !suspended && !leaving; }

  const std::string identity;
  const NodeId id;
  wire::Registration registration;
  Module* module = nullptr;  // of a worker
  int64_t heard_ms;
  bool suspended = false;  // not heard for kSilentMs
  bool leaving = false;
  bool evacuating = false;    // a worker: its slots are to move to others
  int64_t slots_from_ms = 0;  // a worker: no slot moves to it before
  Pipe pipe;
  Lanes lanes;              // of a worker
  uint64_t event_mark = 0;  // the last event it got: one event reaches it once, whatever its topics
  std::string figures;      // encoded, as it told them last
  std::optional<Contender> contender;
};

// Records stay where they are until removed.
class Peers {
 public:
  [[nodiscard]] Peer* Find(NodeId id) const {
    const auto it = by_id_.find(id);
    return it == by_id_.end() ? nullptr : it->second.get();
  }
  [[nodiscard]] Peer* FindName(const std::string& name) const;
  Peer& Add(std::string identity, wire::Registration registration, int64_t now_ms);
  void Remove(Peer& peer);

  [[nodiscard]] size_t size() const { return by_id_.size(); }
  // In no order. Nothing may be added or removed meanwhile.
  template <class Each>
  void ForEach(Each&& each) const {
    for (const auto& [id, peer] : by_id_) each(*peer);
  }

 private:
  std::unordered_map<NodeId, std::unique_ptr<Peer>> by_id_;
  std::unordered_map<std::string, Peer*> by_name_;
};

}  // namespace parley::bus
