#include "common/module/known_ids.h"

#include <algorithm>

#include "common/base/limits.h"
#include "common/module/idempotence.h"

namespace parley::module {
namespace {

// 12 bits of a block for each id make about one wrong guess in two hundred.
constexpr size_t kIdsPerBlock = 42;
constexpr int kProbes = 6;
constexpr size_t kFirstBlocks = 1024;       // 64 KiB
constexpr size_t kBlocksMax = 1024 * 1024;  // 64 MiB of the largest; beyond it the guesses become worse
// What one piece of work reads at most, but for the rest of a slot.
constexpr size_t kHashesPerReading = 200'000;

// Where the hash leads: a block by its low half, bits in it by its high half.
template <class Each>
void ForEachBit(uint64_t hash, Each&& each) {
  auto bits = static_cast<uint32_t>(hash >> 32);
  const uint32_t step = (bits >> 17) | 1;
  for (int i = 0; i < kProbes; ++i, bits += step) each((bits >> 6) & 7, uint64_t{1} << (bits & 63));
}

}  // namespace

void IdFilter::Add(uint64_t hash, int64_t now_ms, int64_t kept_ms) {
  if (generations_.empty()) {
    generations_.push_back({std::vector<Block>(kFirstBlocks), kFirstBlocks * kIdsPerBlock, now_ms, now_ms});
  } else if (generations_.back().room == 0) {
    // The largest one takes more than it has room for, until the one before it can be forgotten.
    const size_t blocks = std::min(2 * generations_.back().blocks.size(), kBlocksMax);
    const bool grows = blocks > generations_.back().blocks.size();
    if (grows || now_ms - generations_.back().first_ms > kept_ms) {
      generations_.push_back({std::vector<Block>(blocks), blocks * kIdsPerBlock, now_ms, now_ms});
    }
  }
  Generation& young = generations_.back();
  if (young.room > 0) --young.room;
  young.last_ms = now_ms;
  Block& block = young.blocks[hash & (young.blocks.size() - 1)];
  ForEachBit(hash, [&](uint32_t word, uint64_t bit) { block.words[word] |= bit; });
}

bool IdFilter::Has(uint64_t hash) const {
  return std::ranges::any_of(generations_, [&](const Generation& generation) {
    const Block& block = generation.blocks[hash & (generation.blocks.size() - 1)];
    bool all = true;
    ForEachBit(hash, [&](uint32_t word, uint64_t bit) { all = all && (block.words[word] & bit) != 0; });
    return all;
  });
}

void IdFilter::Forget(int64_t before_ms) {
  std::erase_if(generations_, [&](const Generation& generation) { return generation.last_ms < before_ms; });
}

size_t IdFilter::bytes() const {
  size_t bytes = 0;
  for (const Generation& generation : generations_) bytes += generation.blocks.size() * sizeof(Block);
  return bytes;
}

void KnownIds::Add(std::string_view key, int64_t now_ms) { filter_.Add(Hash64(key), now_ms, limits::kRequestIdKeptMs); }

void KnownIds::Gain(Slot slot) {
  ++gains_[slot];
  read_[slot] = false;
  unread_.insert(slot);
}

void KnownIds::Lose(Slot slot) {
  ++gains_[slot];
  read_[slot] = false;
  unread_.erase(slot);
}

void KnownIds::Tick(int64_t now_ms) {
  filter_.Forget(now_ms - limits::kRequestIdKeptMs);
  if (!reading_ && !unread_.empty()) ReadMore(now_ms);
}

void KnownIds::ReadMore(int64_t now_ms) {
  const auto reading = std::make_shared<Reading>();
  for (const Slot slot : unread_) reading->slots.emplace_back(slot, gains_[slot]);
  const auto work = [&store = store_, reading] {
    const std::unique_ptr<store::KeyValue::Iterator> at = store.Iterate();
    for (const auto& [slot, gain] : reading->slots) {
      if (reading->hashes.size() >= kHashesPerReading) return;
      for (const char table : {ClientIdRow::kTable, RequestIdRow::kTable}) {
        const std::string prefix = store::TablePrefix(slot, table);
        for (at->Seek(prefix); at->valid() && at->key().starts_with(prefix); at->Next()) {
          reading->hashes.push_back(Hash64(at->key()));
        }
      }
      ++reading->done;
    }
  };
  reading_ = helpers_.Run(work, [this, reading, now_ms, alive = alive_] {
    if (*alive) OnRead(*reading, now_ms);
  });
}

void KnownIds::OnRead(const Reading& reading, int64_t now_ms) {
  reading_ = false;
  for (const uint64_t hash : reading.hashes) filter_.Add(hash, now_ms, limits::kRequestIdKeptMs);
  for (size_t i = 0; i < reading.done; ++i) {
    const auto& [slot, gain] = reading.slots[i];
    if (gains_[slot] != gain) continue;
    read_[slot] = true;
    unread_.erase(slot);
  }
  if (!unread_.empty()) ReadMore(now_ms);
}

}  // namespace parley::module
