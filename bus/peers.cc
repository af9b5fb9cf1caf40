#include "bus/peers.h"

#include "common/base/check.h"

namespace parley::bus {

Peer* Peers::FindName(const std::string& name) const {
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : it->second;
}

Peer& Peers::Add(std::string identity, wire::Registration registration, int64_t now_ms) {
  auto peer = std::make_unique<Peer>(std::move(identity), std::move(registration), now_ms);
  Peer& added = *peer;
  PARLEY_CHECK(by_name_.emplace(added.registration.name, &added).second);
  PARLEY_CHECK(by_id_.emplace(added.id, std::move(peer)).second);
  return added;
}

void Peers::Remove(Peer& peer) {
  by_name_.erase(peer.registration.name);
  by_id_.erase(NodeId{peer.id});
}

}  // namespace parley::bus
