// Requests whose slot has no primary now: they wait for one, within bounds of time, count and bytes.
#pragma once

#include <map>
#include <vector>

#include "bus/modules.h"
#include "bus/waiting.h"

namespace parley::bus {

class Parking {
 public:
  explicit Parking(int64_t park_ms) : park_ms_(park_ms) {}

  enum class Verdict : uint8_t { kParked, kDuplicate, kFull };
  Verdict Park(Waiting& waiting, int64_t now_ms);  // takes it when it is kParked
  // What waits for this slot, in the order of arrival; it no longer waits.
  std::vector<Waiting> Take(Module& module, Slot slot);
  // Calls `each` with those given up.
  template <class Each>
  void Expire(int64_t now_ms, Each&& each) {
    for (auto it = lines_.begin(); it != lines_.end();) {
      WaitingLine& line = it->second;
      const size_t count = line.count(), bytes = line.bytes();
      line.Expire(now_ms, each);
      count_ -= count - line.count();
      bytes_ -= bytes - line.bytes();
      it = line.empty() ? lines_.erase(it) : std::next(it);
    }
  }

  [[nodiscard]] size_t count() const { return count_; }
  [[nodiscard]] size_t bytes() const { return bytes_; }

 private:
  const int64_t park_ms_;
  std::map<std::pair<Module*, Slot>, WaitingLine> lines_;
  size_t count_ = 0, bytes_ = 0;
};

}  // namespace parley::bus
