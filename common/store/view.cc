#include "common/store/view.h"

#include "common/base/check.h"
#include "common/base/ids.h"

namespace parley::store {
namespace {

// The first key after all keys that start with `prefix`.
std::string EndOf(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xFF') end.pop_back();
  PARLEY_CHECK(!end.empty());
  end.back() = static_cast<char>(static_cast<uint8_t>(end.back()) + 1);
  return end;
}

}  // namespace

std::optional<std::string> View::Get(std::string_view key) {
  if (const auto it = overlay_.find(key); it != overlay_.end()) return it->second.value;
  if (const std::string* cached = cache_.Get(key)) return *cached;
  std::optional<std::string> value = store_.Get(key);
  // While a batch is on its way to the store, what was read may be from before or after: but then the key is in the
  // overlay, and was answered from there.
  if (value) cache_.Remember(key, *value);
  return value;
}

void View::Put(std::string key, std::optional<std::string> value) {
  const auto it = overlay_.find(key);
  const bool was_dirty = it != overlay_.end() && it->second.turn == turn_;
  undo_.push_back({key, it == overlay_.end() ? std::nullopt : std::optional(it->second), was_dirty});
  if (!was_dirty) dirty_.push_back(key);
  if (it == overlay_.end()) {
    overlay_.emplace(std::move(key), Pending{std::move(value), turn_});
  } else {
    it->second = Pending{std::move(value), turn_};
  }
}

void View::Rollback() {
  for (; !undo_.empty(); undo_.pop_back()) {
    Undo& undo = undo_.back();
    if (undo.before) {
      overlay_[undo.key] = *std::move(undo.before);
    } else {
      overlay_.erase(undo.key);
    }
    // Undone in reverse, so what became dirty last is last.
    if (!undo.was_dirty) dirty_.pop_back();
  }
}

View::Turn View::TakeTurn() {
  undo_.clear();
  Turn turn;
  turn.number = turn_++;
  turn.batch.reserve(dirty_.size());
  // In order of keys, neighbours are inserted where the search of the one before has just been.
  std::ranges::sort(dirty_);
  for (std::string& key : dirty_) {
    const auto it = overlay_.find(key);
    PARLEY_CHECK(it != overlay_.end());
    turn.batch.push_back({std::move(key), it->second.value});
  }
  dirty_.clear();
  return turn;
}

void View::Committed(const Turn& turn) {
  for (const Write& write : turn.batch) {
    cache_.Update(write.key, write.value);
    const auto it = overlay_.find(write.key);
    if (it != overlay_.end() && it->second.turn == turn.number) overlay_.erase(it);
  }
}

void View::Corrupt(std::string_view key, std::string_view what) {
  store_.Poison("corrupt row " + ToHex(key) + ": " + std::string(what));
}

View::Cursor::Cursor(View& view, std::string_view prefix, std::string_view from, Order order)
    : view_(view), prefix_(prefix), order_(order), stored_(view.store_.Iterate()) {
  if (order_ == Order::kAscending) {
    const std::string start(from.empty() ? prefix : from);
    stored_->Seek(start);
    Settle(start, true);
  } else {
    const std::string start = from.empty() ? EndOf(prefix) : std::string(from);
    stored_->SeekBack(start);
    Settle(start, true);
  }
}

void View::Cursor::Next() {
  const std::string from = key_;
  Settle(from, false);
}

// Finds the nearest visible key at (inclusive) or beyond `from`.
void View::Cursor::Settle(std::string_view from, bool inclusive) {
  std::string bound(from);
  const auto inside = [&](std::string_view key) { return key.starts_with(prefix_); };
  const bool up = order_ == Order::kAscending;
  for (;;) {
    // Neither source may offer a key on the near side of the bound.
    const auto passed = [&](std::string_view key) {
      return up ? (inclusive ? key < bound : key <= bound) : (inclusive ? key > bound : key >= bound);
    };
    while (stored_->valid() && passed(stored_->key())) up ? stored_->Next() : stored_->Previous();
    // Going down from the end of the prefix, the first keys met may lie beyond it.
    while (!up && stored_->valid() && stored_->key() > prefix_ && !inside(stored_->key())) stored_->Previous();
    const bool has_stored = stored_->valid() && inside(stored_->key());

    auto& overlay = view_.overlay_;
    auto pending = overlay.end();
    if (up) {
      pending = inclusive ? overlay.lower_bound(bound) : overlay.upper_bound(bound);
    } else {
      auto above = inclusive ? overlay.upper_bound(bound) : overlay.lower_bound(bound);
      while (above != overlay.begin()) {
        --above;
        if (inside(above->first)) {
          pending = above;
          break;
        }
        if (above->first < prefix_) break;
      }
    }
    const bool has_pending = pending != overlay.end() && inside(pending->first);

    if (!has_stored && !has_pending) {
      valid_ = false;
      return;
    }
    const bool take_pending =
        has_pending && (!has_stored || (up ? pending->first <= stored_->key() : pending->first >= stored_->key()));
    if (!take_pending) {
      key_ = stored_->key();
      value_ = stored_->value();
      valid_ = true;
      return;
    }
    if (pending->second.value) {
      key_ = pending->first;
      value_ = *pending->second.value;
      valid_ = true;
      return;
    }
    bound = pending->first;  // deleted: go on beyond it
    inclusive = false;
  }
}

}  // namespace parley::store
