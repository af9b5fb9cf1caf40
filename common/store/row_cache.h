// Rows that were read lately, as the store has them. A row that is written again and again (the head of a busy
// conversation) is then found without asking the store, whose search in memory costs more than everything else a
// handler does.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/base/slot.h"

namespace parley::store {

// Two generations: what is used moves to the young one; when that is full, the old one is forgotten.
class RowCache {
 public:
  explicit RowCache(size_t bytes_max) : generation_bytes_max_(bytes_max / 2) {}

  // Until the next call of any method.
  [[nodiscard]] const std::string* Get(std::string_view key);
  // The store has this value.
  void Remember(std::string_view key, const std::string& value);
  // The store has changed. Only rows that are known already are kept: most rows are written once and not read soon.
  void Update(const std::string& key, const std::optional<std::string>& value);

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view key) const { return Hash64(key); }
  };
  using Rows = std::unordered_map<std::string, std::string, Hash, std::equal_to<>>;

  const size_t generation_bytes_max_;
  size_t young_bytes_ = 0;
  Rows young_, old_;
};

}  // namespace parley::store
