// Which frontends want to hear which topic.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "bus/modules.h"

namespace parley::bus {

class Topics {
 public:
  // False when the peer has too many. Subscribing twice is harmless.
  bool Subscribe(Peer& peer, std::string_view topic);
  void Unsubscribe(Peer& peer, std::string_view topic);
  // The peer hears nothing any more.
  void Forget(Peer& peer);

  [[nodiscard]] const std::vector<Peer*>& Of(std::string_view topic) const;
  [[nodiscard]] size_t CountOf(Peer& peer) const;

 private:
  void Remove(Peer& peer, std::string_view topic);

  std::unordered_map<std::string, std::vector<Peer*>, TextHash, std::equal_to<>> peers_;
  // The texts are those of peers_' keys: a topic is there as long as somebody hears it.
  std::unordered_map<Peer*, std::unordered_set<std::string_view>> topics_;
};

}  // namespace parley::bus
