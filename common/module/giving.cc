#include "common/module/giving.h"

#include "common/module/ownership.h"
#include "common/module/slot_rows.h"

namespace parley::module {

Giving::Giving(int64_t move, Slot slot) : move_(move), slot_(slot), next_(1, static_cast<char>(slot)) {}

std::optional<Giving::Part> Giving::Get(int64_t number, store::KeyValue& store) {
  if (part_ && part_->number == number) return part_;
  if (number != (part_ ? part_->number + 1 : 1)) return std::nullopt;
  const bool all = released_ && commits_left_ == 0;
  if (!Behind() && !all) return std::nullopt;
  Part part;
  part.number = number;
  Fill(part, store);
  part.behind = Behind();
  part.last = all && !part.behind;
  part_ = std::move(part);
  return part_;
}

void Giving::Fill(Part& part, store::KeyValue& store) {
  while (!dirty_.empty() && part.rows.size() < kPartBytes) {
    const std::string& key = *dirty_.begin();
    AppendRow(part.rows, key, store.Get(key));
    dirty_.erase(dirty_.begin());
  }
  if (scanned_ || part.rows.size() >= kPartBytes) return;
  const auto it = store.Iterate();
  for (it->Seek(next_); it->valid() && it->key()[0] == static_cast<char>(slot_); it->Next()) {
    if (part.rows.size() >= kPartBytes) {
      next_ = it->key();
      return;
    }
    if (MovesWithSlot(it->key())) AppendRow(part.rows, it->key(), std::string(it->value()));
  }
  scanned_ = true;
}

void Giving::OnCommitted(const store::Batch& batch) {
  for (const store::Write& write : batch) {
    if (write.key[0] != static_cast<char>(slot_) || !MovesWithSlot(write.key)) continue;
    if (scanned_ || write.key < next_) dirty_.insert(write.key);
  }
  if (commits_left_ > 0) --commits_left_;
}

void Giving::Release(int commits) {
  released_ = true;
  commits_left_ = commits;
}

}  // namespace parley::module
