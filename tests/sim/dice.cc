#include "tests/sim/dice.h"

#include <sodium.h>

#include <cstring>

#include "common/base/check.h"
#include "common/base/ids.h"

namespace parley::sim {
namespace {

Dice source(0);
bool drawn_from = false;

uint32_t Random32() {
  drawn_from = true;
  return static_cast<uint32_t>(source.Next());
}

void Fill(void* const out, const size_t size) {
  drawn_from = true;
  auto* at = static_cast<unsigned char*>(out);
  for (size_t i = 0; i < size; i += sizeof(uint64_t)) {
    const uint64_t number = source.Next();
    std::memcpy(at + i, &number, std::min(sizeof number, size - i));
  }
}

const char* Name() { return "parley-sim"; }

randombytes_implementation seeded{Name, Random32, nullptr, nullptr, Fill, nullptr};

// Request ids are drawn in stocks: what an earlier run left of one must not reach into the next.
void UseUpStock() {
  constexpr int kStock = 256;
  drawn_from = false;
  int taken = 0;
  while (!drawn_from) {
    static_cast<void>(RequestId::Random());
    PARLEY_CHECK(++taken <= kStock + 1);
  }
  for (int i = 1; i < kStock; ++i) static_cast<void>(RequestId::Random());
}

}  // namespace

uint64_t Dice::Next() {
  state_ += 0x9E3779B97F4A7C15ULL;
  uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

void SeedRandomIds(uint64_t seed) {
  [[maybe_unused]] static const bool installed = [] {
    PARLEY_CHECK(randombytes_set_implementation(&seeded) == 0);
    return true;
  }();
  UseUpStock();
  source = Dice(seed);
}

}  // namespace parley::sim
