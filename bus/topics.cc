#include "bus/topics.h"

#include "bus/limits.h"

namespace parley::bus {

bool Topics::Subscribe(Peer& peer, std::string_view topic) {
  auto& own = topics_[&peer];
  if (own.contains(topic)) return true;
  if (own.size() >= kTopicsPerPeerMax) return false;
  auto it = peers_.find(topic);
  if (it == peers_.end()) it = peers_.emplace(topic, std::vector<Peer*>()).first;
  it->second.push_back(&peer);
  own.insert(it->first);
  return true;
}

void Topics::Unsubscribe(Peer& peer, std::string_view topic) {
  const auto own = topics_.find(&peer);
  if (own == topics_.end() || own->second.erase(topic) == 0) return;
  Remove(peer, topic);
}

void Topics::Remove(Peer& peer, std::string_view topic) {
  const auto it = peers_.find(topic);
  std::erase(it->second, &peer);
  if (it->second.empty()) peers_.erase(it);
}

void Topics::Forget(Peer& peer) {
  const auto own = topics_.find(&peer);
  if (own == topics_.end()) return;
  for (const std::string_view topic : own->second) Remove(peer, topic);
  topics_.erase(own);
}

const std::vector<Peer*>& Topics::Of(std::string_view topic) const {
  static const std::vector<Peer*> kNobody;
  const auto it = peers_.find(topic);
  return it == peers_.end() ? kNobody : it->second;
}

size_t Topics::CountOf(Peer& peer) const {
  const auto own = topics_.find(&peer);
  return own == topics_.end() ? 0 : own->second.size();
}

}  // namespace parley::bus
