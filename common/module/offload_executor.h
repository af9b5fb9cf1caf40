// Helper threads as a worker sees them, with how long work waits there and how long it takes.
#pragma once

#include "common/io/offload.h"
#include "common/metrics/distribution.h"
#include "common/module/host.h"

namespace parley::module {

class OffloadExecutor final : public Executor {
 public:
  OffloadExecutor(io::Loop& loop, int threads, size_t queued_max)
      : queued_max_(queued_max), offload_(loop, threads, queued_max) {}

  bool Run(std::function<void()> work, std::function<void()> then) override;

  [[nodiscard]] size_t queued() const { return offload_.queued(); }
  [[nodiscard]] size_t queued_max() const { return queued_max_; }
  [[nodiscard]] int threads() const { return offload_.threads(); }
  [[nodiscard]] uint64_t refused() const { return refused_; }
  // Of the work that is done.
  [[nodiscard]] const metrics::Distribution& waits() const { return waits_; }
  [[nodiscard]] const metrics::Distribution& times() const { return times_; }

 private:
  const size_t queued_max_;
  uint64_t refused_ = 0;
  metrics::Distribution waits_, times_;
  io::Offload offload_;  // last, so that it ends first
};

}  // namespace parley::module
