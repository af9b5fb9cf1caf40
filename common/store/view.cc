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
  const std::string* value = Find(key);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

const std::string* View::Find(std::string_view key) {
  if (const auto it = overlay_.find(key); it != overlay_.end()) {
    const std::optional<std::string>& value = it->second.value();
    return value ? &*value : nullptr;
  }
  if (const std::string* cached = cache_.Get(key)) return cached;
  std::optional<std::string> value = store_.Get(key);
  if (!value) return nullptr;
  // While a batch is on its way to the store, what was read may be from before or after: but then the key is in the
  // overlay, and was answered from there.
  cache_.Remember(key, *value);
  found_ = *std::move(value);
  return &found_;
}

void View::Put(std::string key, std::optional<std::string> value) {
  const auto [place, is_new] = overlay_.try_emplace(std::move(key));
  const bool was_dirty = !is_new && place->second.turn == turn_;
  undo_.push_back({place, is_new ? std::nullopt : std::optional(std::move(place->second)), was_dirty});
  if (!was_dirty) dirty_.push_back(place);
  place->second = Pending{std::move(value), nullptr, turn_};
}

void View::Rollback() {
  for (; !undo_.empty(); undo_.pop_back()) {
    Undo& undo = undo_.back();
    // Undone in reverse, so what became dirty last is last.
    if (!undo.was_dirty) dirty_.pop_back();
    if (undo.before) {
      undo.place->second = *std::move(undo.before);
    } else {
      overlay_.erase(undo.place);
    }
  }
}

View::Turn View::TakeTurn() {
  undo_.clear();
  Turn turn;
  turn.number = turn_++;
  turn.batch.reserve(dirty_.size());
  // In order of keys, neighbours are inserted where the search of the one before has just been.
  std::ranges::sort(dirty_, {}, [](const Overlay::iterator& place) -> const std::string& { return place->first; });
  for (const Overlay::iterator& place : dirty_) {
    Pending& pending = place->second;
    turn.batch.push_back({place->first, std::move(pending.own)});
    pending.taken = &turn.batch.back();
  }
  turn.places = std::exchange(dirty_, {});
  return turn;
}

void View::Committed(const Turn& turn) {
  for (size_t i = 0; i < turn.batch.size(); ++i) {
    cache_.Update(turn.batch[i].key, turn.batch[i].value);
    // Not erased before: what is put again, and even undone again, keeps its place.
    if (turn.places[i]->second.turn == turn.number) overlay_.erase(turn.places[i]);
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
    if (pending->second.value()) {
      key_ = pending->first;
      value_ = *pending->second.value();
      valid_ = true;
      return;
    }
    bound = pending->first;  // deleted: go on beyond it
    inclusive = false;
  }
}

}  // namespace parley::store
