// What the bus shows of itself (common/metrics/server.h).
#include <map>

#include "bus/limits.h"
#include "bus/router.h"
#include "common/metrics/families.h"

namespace parley::bus {
namespace {

using metrics::Exposition;
using metrics::Family;
using enum metrics::FamilyType;

constexpr Family kBatches{"parley_bus_batches_total", kCounter, "Messages of nodes; each is a batch."};
constexpr Family kRequests{"parley_bus_requests_total", kCounter, "Requests that came."};
constexpr Family kReplies{"parley_bus_replies_total", kCounter, "Answers that came."};
constexpr Family kPublished{"parley_bus_published_total", kCounter, "Events that came from workers."};
constexpr Family kEvents{"parley_bus_events_total", kCounter, "Events that went to frontends."};
constexpr Family kParked{"parley_bus_parked_total", kCounter, "Requests that had to wait for a primary of their slot."};
constexpr Family kQueued{"parley_bus_queued_total", kCounter, "Requests that had to wait for a worker's window."};
constexpr Family kPeerGoneBytes{"parley_bus_peer_gone_bytes_total", kCounter,
                                "What waited to be sent to nodes that went away."};
constexpr Family kParkedRequests{"parley_bus_parked_requests", kGauge, "Requests that wait for a primary now."};
constexpr Family kParkedBytes{"parley_bus_parked_bytes", kGauge, "Their size."};
constexpr Family kNodes{"parley_bus_nodes", kGauge, "Nodes that are registered, by what they are."};
constexpr Family kSuspended{"parley_bus_nodes_suspended", kGauge, "Those of them that are silent, and given nothing."};
constexpr Family kSlotsOf{"parley_bus_slots", kGauge, "Slots of the module `of`, by whether somebody serves them now."};
constexpr Family kSlotsMoving{"parley_bus_slots_moving", kGauge, "Slots that another worker takes over now."};
constexpr Family kSlotsMoved{"parley_bus_slots_moved_total", kCounter, "Slots that another worker took over."};
constexpr Family kWindow{"parley_bus_window_requests", kGauge,
                         "Requests that a worker takes at a time, and those of other modules beside."};
constexpr Family kWindowSize{"parley_bus_window_bytes", kGauge, "Bytes of requests that a worker takes at a time."};
constexpr Family kWindowUsedRequests{"parley_bus_window_used_requests", kGauge,
                                     "Requests that a worker was given and has not answered."};
constexpr Family kWindowUsedBytes{"parley_bus_window_used_bytes", kGauge, "Their size."};
constexpr Family kInternalRequests{"parley_bus_internal_requests", kGauge,
                                   "Requests of other modules that a worker was given and has not answered."};
constexpr Family kPipeBytes{"parley_bus_unsent_bytes", kGauge, "What waits to be taken by a node."};

const Family* FamilyOf(Count what) {
  switch (what) {
    case Count::kBatches:
      return &kBatches;
    case Count::kRequests:
      return &kRequests;
    case Count::kReplies:
      return &kReplies;
    case Count::kPublished:
      return &kPublished;
    case Count::kEvents:
      return &kEvents;
    case Count::kParked:
      return &kParked;
    case Count::kQueued:
      return &kQueued;
    case Count::kPeerGoneBytes:
      return &kPeerGoneBytes;
    default:
      return nullptr;  // a drop
  }
}

void ReportModule(Exposition& out, const Module& module) {
  uint64_t served = 0;
  for (const SlotRoute& slot : module.slots) served += slot.primary != nullptr;
  out.Add(kSlotsOf, served, {{"of", module.name}, {"served", "yes"}});
  out.Add(kSlotsOf, static_cast<uint64_t>(parley::kSlots) - served, {{"of", module.name}, {"served", "no"}});
}

void ReportPeer(Exposition& out, const Peer& peer) {
  const metrics::Labels whose{{"peer", peer.registration.name}};
  out.Add(kPipeBytes, static_cast<uint64_t>(peer.pipe.bytes()), whose);
  if (!peer.is_worker()) return;
  const Outstanding& outstanding = peer.lanes.outstanding();
  out.Add(kWindowUsedRequests, outstanding.windowed().requests, whose);
  out.Add(kWindowUsedBytes, outstanding.windowed().bytes, whose);
  out.Add(kInternalRequests, outstanding.internal().requests, whose);
  const wire::Registration& said = peer.registration;
  out.Add(kWindow, said.window_requests > 0 ? said.window_requests : kWindowRequests, whose);
  out.Add(kWindowSize, said.window_bytes > 0 ? said.window_bytes : kWindowBytes, whose);
}

}  // namespace

void Router::Report(Exposition& out) const {
  for (size_t i = 0; i < static_cast<size_t>(Count::kCount_); ++i) {
    const auto what = static_cast<Count>(i);
    if (const Family* family = FamilyOf(what)) {
      out.Add(*family, counters_.Of(what));
    } else {
      out.Add(metrics::kDropped, counters_.Of(what), {{"reason", std::string(NameOf(what))}});
    }
  }
  out.Add(kParkedRequests, static_cast<uint64_t>(parking().count()));
  out.Add(kParkedBytes, static_cast<uint64_t>(parking().bytes()));
  out.Add(kSlotsMoved, membership_.moves().done());
  out.Add(kSlotsMoving, static_cast<uint64_t>(membership_.moves().size()));
  std::map<std::string, uint64_t> nodes;
  uint64_t suspended = 0;
  peers_.ForEach([&](const Peer& peer) {
    ++nodes[peer.is_worker() ? peer.registration.module : peer.registration.role];
    suspended += peer.suspended;
    ReportPeer(out, peer);
  });
  for (const auto& [what, count] : nodes) out.Add(kNodes, count, {{"of", what}});
  out.Add(kSuspended, suspended);
  for (const auto& [name, module] : modules_.all()) ReportModule(out, *module);
}

}  // namespace parley::bus
