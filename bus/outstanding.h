// The requests a worker was given and has not answered: what its window is counted by. An open-addressing table, since
// every request and every reply passes through it.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "common/base/ids.h"

namespace parley::bus {

struct Tally {
  int64_t requests = 0;
  int64_t bytes = 0;
};

// A request of a node as one number. Request ids are random, so two requests of one number are as good as impossible,
// and would only be counted as one. Never 0.
[[nodiscard]] uint64_t RequestKey(NodeId source, const RequestId& request);

class Outstanding {
 public:
  // False when that request is there already: given to the worker again, it counts once.
  bool Add(NodeId source, const RequestId& request, uint32_t bytes, bool internal, int64_t forget_ms);
  // False when it is not there: answered before, or forgotten.
  bool Remove(NodeId source, const RequestId& request);
  // Forgets what was not answered by its `forget_ms`; returns how many.
  size_t Expire(int64_t now_ms);

  [[nodiscard]] const Tally& windowed() const { return windowed_; }
  [[nodiscard]] const Tally& internal() const { return internal_; }

 private:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
  struct Entry {
    uint64_t key = 0;  // 0: free
    int64_t forget_ms = 0;
    uint32_t bytes = 0;
    bool internal = false;
  };
  [[nodiscard]] size_t Find(uint64_t key) const;  // its place, or the free place where it would go
  void Erase(size_t at);
  void Grow();
  Tally& TallyOf(const Entry& entry) { return entry.internal ? internal_ : windowed_; }

  std::vector<Entry> table_ = std::vector<Entry>(64);  // a power of two, at most half full
  size_t used_ = 0;
  int64_t earliest_ms_ = kNever;  // no entry is forgotten before
  Tally windowed_, internal_;
};

}  // namespace parley::bus
