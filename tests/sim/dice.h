// All chance in a simulated run comes from here, so that a seed is the whole of it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace parley::sim {

class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}

  uint64_t Next();  // splitmix64
  uint64_t Below(uint64_t n) { return Next() % n; }
  int64_t Between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(Below(static_cast<uint64_t>(high - low) + 1));
  }
  bool Percent(uint64_t percent) { return Below(100) < percent; }
  template <class List>
  auto& Pick(List& list) {
    return list[Below(list.size())];
  }

 private:
  uint64_t state_;
};

// From here on the random numbers of this process (request ids too) follow from the seed.
void SeedRandomIds(uint64_t seed);

}  // namespace parley::sim
