// What a worker tells whoever measures it. It holds no clock itself: times are of the turn in which something began.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/base/error.h"
#include "common/module/route.h"

namespace parley::module {

// A request that was answered.
struct Served {
  const Route* route = nullptr;  // null: no such method
  std::optional<Code> error;     // none: it went well
  int64_t since_us = 0;          // when the worker began with it, as Now::mono_us
};

class WorkerObserver {
 public:
  // The answers leave now; what they report is durable.
  virtual void OnReleased(const std::vector<Served>& served) = 0;
  // A commit begins, of what so many requests wrote.
  virtual void OnCommit(size_t requests, size_t rows) = 0;

 protected:
  ~WorkerObserver() = default;
};

}  // namespace parley::module
