// What a frontend shows of itself (common/metrics/server.h).
#include "common/metrics/families.h"
#include "frontend/server.h"

namespace parley::frontend {
namespace {

using metrics::Family;
using enum metrics::FamilyType;

constexpr Family kRequests{"parley_client_requests_total", kCounter, "Requests of clients that were answered here."};
constexpr Family kRequestSeconds{"parley_client_request_seconds", kSeconds,
                                 "From reading a request to writing its answer, as clients see it."};
constexpr Family kConnections{"parley_connections", kGauge, "Connections of clients."};
constexpr Family kConnectionsMax{"parley_connections_max", kGauge, "How many there may be."};
constexpr Family kSessions{"parley_sessions", kGauge, "Connections that are logged in."};
constexpr Family kOnTheirWay{"parley_client_requests_open", kGauge, "Requests of clients that modules are at."};
constexpr Family kUnsent{"parley_client_unsent_bytes", kGauge, "What waits for clients to read it."};
constexpr Family kReceived{"parley_client_received_bytes_total", kCounter, "Received from clients."};
constexpr Family kSent{"parley_client_sent_bytes_total", kCounter, "Sent to clients."};
constexpr Family kEvents{"parley_events_total", kCounter, "Events that came over the bus."};
constexpr Family kPushes{"parley_pushes_total", kCounter, "Notifications that events became, one for each session."};
constexpr Family kResyncs{"parley_resyncs_total", kCounter, "How often sessions were told to pull what they missed."};

}  // namespace

void MethodStats::Report(metrics::Exposition& out) const {
  for (const Method& method : methods_) {
    if (method.tally != nullptr) method.tally->Report(out, kRequests, kRequestSeconds, method.name);
  }
}

std::string Gateway::NotReady() const {
  if (leaving_) return "it is leaving";
  if (draining_) return "it is drained by an operator";
  if (!node_.registered()) return "the bus does not answer";
  if (routes_ == nullptr) return "the bus has not told it the modules' methods yet";
  return {};
}

void Gateway::Report(metrics::Exposition& out) const {
  stats_.Report(out);
  out.Add(kConnections, static_cast<uint64_t>(sessions_.size()));
  out.Add(kSessions, logged_in_);
  out.Add(kOnTheirWay, static_cast<uint64_t>(pending_.size()));
  out.Add(kUnsent, static_cast<uint64_t>(sessions_.waiting_bytes()));
  out.Add(kReceived, counts_.received_bytes);
  out.Add(kSent, counts_.sent_bytes);
  out.Add(kEvents, counts_.events);
  out.Add(kPushes, counts_.pushes);
  out.Add(kResyncs, counts_.resyncs);
  out.Add(metrics::kAskedAgain, calls_.resent());
  out.Add(metrics::kDropped, sessions_.dropped(), {{"reason", "slow_client"}});
  out.Add(metrics::kDropped, counts_.malformed_events, {{"reason", "malformed_event"}});
  out.Add(metrics::kDropped, node_.dropped(), {{"reason", "bus_lost"}});
}

std::string Server::NotReady() const {
  if (std::string reason = gateway_->NotReady(); !reason.empty()) return reason;
  return listener_ == nullptr ? "it does not listen yet" : "";
}

void Server::Report(metrics::Exposition& out) const {
  gateway_->Report(out);
  out.Add(kConnectionsMax, static_cast<uint64_t>(options_.connections_max));
  out.Add(metrics::kBusSent, bus_->sent_bytes());
  out.Add(metrics::kBusReceived, bus_->received_bytes());
}

}  // namespace parley::frontend
