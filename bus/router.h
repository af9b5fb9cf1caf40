// The bus without its socket: batches in, batches out. Reads each envelope's header once and hands it to whom it
// concerns: Membership for what nodes say of themselves, Delivery for requests and replies, and events go by topic.
//
// Single-threaded, no clocks: the caller passes `now`, never going back. Whatever a node sends costs only that node.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bus/cluster_store.h"
#include "bus/coordinator.h"
#include "bus/counters.h"
#include "bus/delivery.h"
#include "bus/membership.h"
#include "bus/modules.h"
#include "bus/operator.h"
#include "bus/outbound.h"
#include "bus/peers.h"
#include "bus/topics.h"

namespace parley::metrics {
class Exposition;
}

namespace parley::bus {

struct RouterOptions {
  std::string boot;           // this life of the bus
  int64_t settle_ms = 1'000;  // how long the first workers of a module are waited for
  int64_t park_ms = 8'000;    // how long a request waits for a primary
  std::string name = "bus-1";
  std::string host = {};
};

class Router {
 public:
  // `store` must outlive it.
  Router(const RouterOptions& options, ClusterStore& store);

  // Reads what an earlier life stored. First, once.
  Result<void> Load();

  // One message of a peer.
  void OnBatch(std::string_view identity, std::string_view batch, const Now& now);
  // At every turn; does its work every kTickMs.
  void Tick(const Now& now);
  // Sends what was gathered. Peers that are found to be gone are given up.
  void Flush(Outbound& outbound, const Now& now);

  // Set once the store failed: the process must end, and nothing unwritten was told to anyone.
  [[nodiscard]] const std::optional<Error>& failure() const { return membership_.failure(); }
  [[nodiscard]] const Counters& counters() const { return counters_; }
  // Adds what the bus counts, and what there is now.
  void Report(metrics::Exposition& out) const;
  [[nodiscard]] const Peers& peers() const { return peers_; }
  [[nodiscard]] const Topics& topics() const { return topics_; }
  [[nodiscard]] const Parking& parking() const { return delivery_.parking(); }

 private:
  void OnEnvelope(Peer& from, const wire::Envelope& envelope, std::string_view bytes, const Now& now);
  void OnTopics(Peer& frontend, const wire::Envelope& envelope);
  void OnPublish(Peer& worker, const wire::Envelope& event, std::string_view bytes);
  void OnMalformed(std::string_view identity, const Peer* from, std::string_view batch);

  ClusterStore& store_;
  Counters counters_;
  Peers peers_;
  Modules modules_;
  Topics topics_;
  Coordinator coordinator_;
  Delivery delivery_;
  Membership membership_;
  Operator operator_;
  int64_t next_tick_ms_ = 0;
  uint64_t event_mark_ = 0;
  std::vector<std::string_view> event_topics_;  // kept for its memory
};

}  // namespace parley::bus
