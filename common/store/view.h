// What handlers read and write: the store, with the writes that are not yet committed on top. Writes of one turn become
// one batch. No IO but reads of the store; one thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/slot.h"
#include "common/schema/codec.h"
#include "common/store/key.h"
#include "common/store/kv.h"
#include "common/store/row_cache.h"

namespace parley::store {

enum class Order : uint8_t { kAscending, kDescending };

class View {
 public:
  explicit View(KeyValue& store, size_t cache_bytes = size_t{16} << 20) : store_(store), cache_(cache_bytes) {}

  [[nodiscard]] std::optional<std::string> Get(std::string_view key);
  // The same without a copy: null where there is none, and good until the next call of any method.
  [[nodiscard]] const std::string* Find(std::string_view key);
  void Put(std::string key, std::optional<std::string> value);
  // Calls `fn(key, value)` for each key that starts with `prefix`, from `from` (inclusive; empty: from the end where
  // the order begins), until it returns false. `fn` may write.
  template <class Fn>
  void Scan(std::string_view prefix, std::string_view from, Order order, Fn fn) {
    for (Cursor cursor(*this, prefix, from, order); cursor.valid(); cursor.Next()) {
      if (!fn(cursor.key(), cursor.value())) return;
    }
  }

  // Everything put since Mark() is undone by Rollback(). One level.
  void Mark() { undo_.clear(); }
  void Rollback();
  [[nodiscard]] bool changed_since_mark() const { return !undo_.empty(); }

  // The writes since the last call, one per key; they stay visible until Committed(turn), and are read where they are
  // in its batch: which may be moved meanwhile, but not changed.
  struct Turn;
  [[nodiscard]] Turn TakeTurn();
  void Committed(const Turn& turn);
  [[nodiscard]] bool has_writes() const { return !dirty_.empty(); }

  // A stored value cannot be read: loud, and the end of this store.
  void Corrupt(std::string_view key, std::string_view what);
  [[nodiscard]] KeyValue& store() { return store_; }

  // Merges the overlay with the store. Invalidated by nothing: it looks again after each step.
  class Cursor {
   public:
    Cursor(View& view, std::string_view prefix, std::string_view from, Order order);
    [[nodiscard]] bool valid() const { return valid_; }
    void Next();
    [[nodiscard]] const std::string& key() const { return key_; }
    [[nodiscard]] const std::string& value() const { return value_; }

   private:
    void Settle(std::string_view from, bool inclusive);
    View& view_;
    std::string prefix_;
    Order order_;
    std::unique_ptr<KeyValue::Iterator> stored_;
    bool valid_ = false;
    std::string key_, value_;
  };

 private:
  struct Pending {
    std::optional<std::string> own;
    const Write* taken = nullptr;  // where the value is while it is being committed
    uint64_t turn = 0;
    [[nodiscard]] const std::optional<std::string>& value() const { return taken == nullptr ? own : taken->value; }
  };
  using Overlay = std::map<std::string, Pending, std::less<>>;
  struct Undo {
    Overlay::iterator place;
    std::optional<Pending> before;
    bool was_dirty = false;
  };

 public:
  struct Turn {
    uint64_t number = 0;
    Batch batch;
    std::vector<Overlay::iterator> places;  // of each write
  };

 private:
  KeyValue& store_;
  RowCache cache_;  // of committed values
  Overlay overlay_;
  std::vector<Overlay::iterator> dirty_;  // what was put in the current turn, each once
  std::vector<Undo> undo_;
  uint64_t turn_ = 1;
  std::string found_;  // in the store, by Find
};

// A view of one slot, in rows. What a handler gets.
class SlotView {
 public:
  SlotView(View& view, Slot slot) : view_(view), slot_(slot) {}

  template <class Row>
  [[nodiscard]] std::optional<typename Row::Value> Get(const Row& row) {
    const std::string key = KeyOf(slot_, row);
    const std::string* bytes = view_.Find(key);
    if (bytes == nullptr) return std::nullopt;
    return Read<typename Row::Value>(key, *bytes);
  }
  template <class Row>
  [[nodiscard]] bool Has(const Row& row) {
    return view_.Find(KeyOf(slot_, row)) != nullptr;
  }
  template <class Row>
  void Put(const Row& row, const typename Row::Value& value) {
    view_.Put(KeyOf(slot_, row), schema::Encode(value));
  }
  template <class Row>
  void Delete(const Row& row) {
    view_.Put(KeyOf(slot_, row), std::nullopt);
  }
  // `fn(const Row&, const Row::Value&)` -> bool (go on), over the rows whose key begins with `parts`.
  template <class Row, class Fn, class... Parts>
  void Scan(Order order, Fn fn, const Parts&... parts) {
    ScanFromKey<Row>(PrefixOf<Row>(slot_, parts...), "", order, fn);
  }
  // The same, beginning with the row `from` (inclusive; it need not exist).
  template <class Row, class Fn, class... Parts>
  void ScanFrom(const Row& from, Order order, Fn fn, const Parts&... parts) {
    ScanFromKey<Row>(PrefixOf<Row>(slot_, parts...), KeyOf(slot_, from), order, fn);
  }

  [[nodiscard]] Slot slot() const { return slot_; }
  [[nodiscard]] View& view() { return view_; }

 private:
  template <class V>
  std::optional<V> Read(std::string_view key, std::string_view bytes) {
    Result<V> value = schema::Decode<V>(bytes);
    if (value) return *std::move(value);
    view_.Corrupt(key, value.error().message);
    return std::nullopt;
  }
  template <class Row, class Fn>
  void ScanFromKey(std::string_view prefix, std::string_view from, Order order, Fn& fn) {
    view_.Scan(prefix, from, order, [&](std::string_view key, std::string_view bytes) {
      Row row;
      if (!ReadKey(key, row)) {
        view_.Corrupt(key, "not a key of its table");
        return false;
      }
      const auto value = Read<typename Row::Value>(key, bytes);
      return value && fn(std::as_const(row), *value);
    });
  }

  View& view_;
  Slot slot_;
};

}  // namespace parley::store
