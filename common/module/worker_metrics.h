// What is measured of a worker: the requests that it answered, and its commits.
#pragma once

#include <functional>
#include <map>
#include <string_view>

#include "common/metrics/method_tally.h"
#include "common/module/observer.h"

namespace parley::module {

class WorkerMetrics final : public WorkerObserver {
 public:
  // `clock_us`: the time at which answers leave.
  explicit WorkerMetrics(std::function<int64_t()> clock_us) : clock_us_(std::move(clock_us)) {}

  void OnReleased(const std::vector<Served>& served) override;
  void OnCommit(size_t requests, size_t rows) override;
  void Report(metrics::Exposition& out) const;

 private:
  const std::function<int64_t()> clock_us_;
  std::map<std::string_view, metrics::MethodTally> methods_;  // names are the routes' own
  metrics::Distribution commit_requests_, commit_rows_;
};

}  // namespace parley::module
