#include "common/module/worker_metrics.h"

#include "common/metrics/families.h"
#include "common/module/worker.h"

namespace parley::module {
namespace {

using metrics::Family;
using enum metrics::FamilyType;

// No route has this name, since it has no '.'.
constexpr std::string_view kUnknownMethod = "unknown";

constexpr Family kServed{"parley_served_requests_total", kCounter, "Requests that this worker answered."};
constexpr Family kServedSeconds{"parley_served_request_seconds", kSeconds,
                                "From a request's turn in this worker until its answer left, durable."};
constexpr Family kCommitRequests{"parley_commit_requests", kAmounts, "Requests that share one commit."};
constexpr Family kCommitRows{"parley_commit_rows", kAmounts, "Rows that one commit writes."};
constexpr Family kSlotsServed{"parley_slots_served", kGauge, "Slots that this worker is primary of."};
constexpr Family kSlotsHeld{"parley_slots_held", kGauge, "The same, and those that are being handed over."};
constexpr Family kWaiting{"parley_waiting_requests", kGauge,
                          "Requests that wait for another module, for a helper thread, or for the outbox."};
constexpr Family kBackground{"parley_background_requests", kGauge, "Background requests that wait for their turn."};
constexpr Family kOutbox{"parley_outbox_intents", kGauge, "What other slots and modules are still to be told."};

}  // namespace

void WorkerMetrics::OnReleased(const std::vector<Served>& served) {
  const int64_t now_us = clock_us_();
  for (const Served& one : served) {
    const std::string_view method = one.route == nullptr ? kUnknownMethod : std::string_view(one.route->row.method);
    methods_[method].Add(one.error, now_us - one.since_us);
  }
}

void WorkerMetrics::OnCommit(size_t requests, size_t rows) {
  commit_requests_.Add(static_cast<int64_t>(requests));
  commit_rows_.Add(static_cast<int64_t>(rows));
}

void WorkerMetrics::Report(metrics::Exposition& out) const {
  for (const auto& [method, tally] : methods_) tally.Report(out, kServed, kServedSeconds, method);
  out.Add(kCommitRequests, commit_requests_);
  out.Add(kCommitRows, commit_rows_);
}

void Worker::Report(metrics::Exposition& out) const {
  out.Add(kSlotsServed, static_cast<uint64_t>(slots()));
  out.Add(kSlotsHeld, static_cast<uint64_t>(held()));
  out.Add(kWaiting, static_cast<uint64_t>(awaiting_.size()));
  out.Add(kBackground, static_cast<uint64_t>(background_.size()));
  out.Add(kOutbox, static_cast<uint64_t>(outbox_.size()));
  out.Add(metrics::kAskedAgain, calls_.resent());
  out.Add(metrics::kDropped, node_.dropped(), {{"reason", "bus_lost"}});
}

}  // namespace parley::module
