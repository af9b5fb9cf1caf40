#include "common/module/idempotence.h"

#include "common/base/limits.h"

namespace parley::module {

void IdempotenceSweep::Step(store::View& view, const std::array<Epoch, kSlots>& owned, const Now& now, int rows_max) {
  const auto slot = static_cast<Slot>(slot_);
  bool more = false;
  if (owned[slot] != 0) {
    std::vector<std::string> old;
    int rows = 0;
    view.Scan(store::TablePrefix(slot, table_), from_, store::Order::kAscending,
              [&](std::string_view key, std::string_view bytes) {
                if (++rows > rows_max) {
                  from_ = key;
                  more = true;
                  return false;
                }
                const Result<Done> done = schema::Decode<Done>(bytes);
                if (!done) {
                  view.Corrupt(key, done.error().message);
                  return false;
                }
                if (done->time_ms < now.wall_ms - limits::kRequestIdKeptMs) old.emplace_back(key);
                return true;
              });
    for (std::string& key : old) view.Put(std::move(key), std::nullopt);
  }
  if (more) return;
  from_.clear();
  if (table_ == ClientIdRow::kTable) {
    table_ = RequestIdRow::kTable;
  } else {
    table_ = ClientIdRow::kTable;
    slot_ = (slot_ + 1) % kSlots;
  }
}

}  // namespace parley::module
