// Which ids of changes are certainly new, without asking the store: proving that a row is absent costs it a search in
// memory and one in each of its files, and nearly every id is new.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

#include "common/base/slot.h"
#include "common/module/host.h"
#include "common/store/kv.h"

namespace parley::module {

// A Bloom filter that grows: what was added is there, what was not is seldom. Forgets what was added long ago, and is
// right for it only as long as that is meant.
class IdFilter {
 public:
  // `kept_ms`: how long it is needed.
  void Add(uint64_t hash, int64_t now_ms, int64_t kept_ms);
  [[nodiscard]] bool Has(uint64_t hash) const;
  // What was added before `before_ms` is needed no more.
  void Forget(int64_t before_ms);
  [[nodiscard]] size_t bytes() const;

 private:
  struct Block {
    std::array<uint64_t, 8> words{};  // one line of the processor's cache
  };
  struct Generation {
    std::vector<Block> blocks;
    size_t room = 0;                    // for so many more
    int64_t first_ms = 0, last_ms = 0;  // when something was added
  };
  std::deque<Generation> generations_;  // each twice as large as the one before, up to a bound
};

// Knows the ids of a slot once it has read the slot's rows, on a helper thread; until then every id may be there.
class KnownIds {
 public:
  // Both must outlive it.
  KnownIds(store::KeyValue& store, Executor& helpers) : store_(store), helpers_(helpers) {}
  ~KnownIds() { *alive_ = false; }
  KnownIds(const KnownIds&) = delete;
  KnownIds& operator=(const KnownIds&) = delete;

  // This worker became primary of the slot, or is no longer. What is written from now on is added by Add().
  void Gain(Slot slot);
  void Lose(Slot slot);
  // `key` is that of a ClientIdRow or RequestIdRow which is about to be written.
  void Add(std::string_view key, int64_t now_ms);
  // False: there is no row of that key, neither stored nor about to be.
  [[nodiscard]] bool MayHave(Slot slot, std::string_view key) const { return !read_[slot] || filter_.Has(Hash64(key)); }
  void Tick(int64_t now_ms);

 private:
  // Some slots, read by a helper.
  struct Reading {
    std::vector<std::pair<Slot, uint64_t>> slots;  // with the turn in which each was gained
    size_t done = 0;                               // so many of them were read
    std::vector<uint64_t> hashes;
  };
  void ReadMore(int64_t now_ms);
  void OnRead(const Reading& reading, int64_t now_ms);

  store::KeyValue& store_;
  Executor& helpers_;
  IdFilter filter_;
  std::array<bool, kSlots> read_{};
  std::array<uint64_t, kSlots> gains_{};  // how often each was gained: what was read for an earlier time is stale
  std::set<Slot> unread_;
  bool reading_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace parley::module
