#include "common/store/row_cache.h"

namespace parley::store {
namespace {

// About what a hash node costs beside the bytes.
constexpr size_t kNodeBytes = 96;

}  // namespace

const std::string* RowCache::Get(std::string_view key) {
  if (const auto it = young_.find(key); it != young_.end()) return &it->second;
  const auto it = old_.find(key);
  if (it == old_.end()) return nullptr;
  const std::string value = std::move(it->second);
  old_.erase(it);
  Remember(key, value);
  const auto moved = young_.find(key);
  return moved == young_.end() ? nullptr : &moved->second;
}

void RowCache::Remember(std::string_view key, const std::string& value) {
  young_bytes_ += key.size() + value.size() + kNodeBytes;
  if (young_bytes_ > generation_bytes_max_) {
    old_ = std::exchange(young_, Rows());
    young_bytes_ = key.size() + value.size() + kNodeBytes;
  }
  young_.insert_or_assign(std::string(key), value);
}

void RowCache::Update(const std::string& key, const std::optional<std::string>& value) {
  for (Rows* rows : {&young_, &old_}) {
    const auto it = rows->find(key);
    if (it == rows->end()) continue;
    if (value) {
      it->second = *value;
    } else {
      rows->erase(it);
    }
    return;
  }
}

}  // namespace parley::store
