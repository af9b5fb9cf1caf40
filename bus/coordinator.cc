#include "bus/coordinator.h"

#include <algorithm>
#include <numeric>

#include "common/base/check.h"
#include "common/base/log.h"

namespace parley::bus {

std::vector<int> SlotCounts(const std::vector<int64_t>& capacities, int total, const std::vector<int>& now) {
  const int64_t sum = std::accumulate(capacities.begin(), capacities.end(), int64_t{0});
  PARLEY_CHECK(sum > 0);
  std::vector<int> counts;
  std::vector<size_t> by_remainder;
  int left = total;
  for (size_t i = 0; i < capacities.size(); ++i) {
    counts.push_back(static_cast<int>(total * capacities[i] / sum));
    left -= counts.back();
    by_remainder.push_back(i);
  }
  const auto rank = [&](size_t i) { return std::pair(total * capacities[i] % sum, now.empty() ? 0 : now[i]); };
  std::ranges::stable_sort(by_remainder, [&](size_t a, size_t b) { return rank(a) > rank(b); });
  for (int i = 0; i < left; ++i) ++counts[by_remainder[static_cast<size_t>(i)]];
  return counts;
}

void Coordinator::Load(const ClusterStore::Contents& contents) {
  drained_.insert(contents.drained.begin(), contents.drained.end());
  for (const SlotRow& row : contents.slots) {
    Share& share = shares_[row.module];
    share.assigned = true;
    share.slots[row.slot] = row;
  }
}

Grant Coordinator::GrantOf(const Share& share, const std::string& module, const std::string& worker, bool fresh) {
  Grant grant{module, worker, fresh, {}};
  for (const SlotRow& row : share.slots) {
    if (row.worker == worker) grant.slots.push_back({row.slot, static_cast<int64_t>(row.epoch)});
  }
  return grant;
}

Result<void> Coordinator::CheckStore(const Share& share, const wire::Registration& worker) const {
  for (const SlotRow& row : share.slots) {
    if (row.worker == worker.name && row.store != worker.store) {
      return Fail(Code::kConflict, worker.name +
                                       " was started with another data folder than before, and what it owned is in the "
                                       "old one: start it with that one, or under a new name");
    }
    if (row.worker != worker.name && !row.worker.empty() && row.store == worker.store) {
      return Fail(Code::kConflict, "this data folder belongs to " + row.worker + ": start it under that name, or " +
                                       worker.name + " with a folder of its own");
    }
  }
  for (const auto& [name, candidate] : share.present) {
    if (name != worker.name && candidate.store == worker.store) {
      return Fail(Code::kConflict, "this data folder is in use by " + name);
    }
  }
  return {};
}

// What a worker holds in a later epoch than this bus knows of, or in one that was granted to another, this bus knows
// nothing about: it has lost its own store, or is another cluster's. A copy is of an epoch that the bus granted.
Result<void> Coordinator::CheckHeld(const Share& share, const wire::Registration& worker) {
  const auto check = [&](const wire::SlotEpoch& held, bool copy) -> Result<void> {
    if (held.slot < 0 || held.slot >= kSlots) return Fail(Code::kBadRequest, "held: there is no such slot");
    const SlotRow& row = share.slots[static_cast<size_t>(held.slot)];
    const auto epoch = static_cast<Epoch>(held.epoch);
    if (!share.assigned || epoch < row.epoch || (epoch == row.epoch && (copy || row.worker == worker.name))) return {};
    return Fail(
        Code::kConflict,
        fmt::format("its data folder holds slot {} of {} in epoch {}, and this bus gave that slot to {} in epoch "
                    "{}: the folder is of another cluster, or the bus has lost its own data folder. Nothing was "
                    "changed",
                    held.slot, worker.module, epoch, row.worker, row.epoch));
  };
  for (const wire::SlotEpoch& held : worker.held) TRY(check(held, false));
  for (const wire::SlotEpoch& copied : worker.copies) TRY(check(copied, true));
  return {};
}

Result<Epoch> Coordinator::Hand(const std::string& module, Slot slot, const wire::Registration& to) {
  Share& share = shares_.at(module);
  SlotRow row = share.slots[slot];
  ++row.epoch;
  row.worker = to.name;
  row.store = to.store;
  row.boot = to.boot;
  TRY(Save(share, {row}));
  return row.epoch;
}

Grant Coordinator::GrantTo(const std::string& module, const std::string& worker) const {
  return GrantOf(shares_.at(module), module, worker, false);
}

Result<std::optional<Grant>> Coordinator::Admit(const wire::Registration& worker, const Now& now) {
  if (failure_) return Fail(*failure_);
  Share& share = shares_[worker.module];
  TRY(CheckStore(share, worker));
  TRY(CheckHeld(share, worker));
  if (share.assigned) {
    share.present[worker.name] = {worker.capacity, worker.store, worker.boot, worker.held, worker.copies};
    TRY_ASSIGN(Grant grant, Return(share, worker));
    return std::optional(std::move(grant));
  }
  if (share.present.empty()) share.settled_ms = now.mono_ms + settle_ms_;
  share.present[worker.name] = {worker.capacity, worker.store, worker.boot, worker.held, worker.copies};
  return std::optional<Grant>();
}

Result<Grant> Coordinator::Return(Share& share, const wire::Registration& worker) {
  std::vector<SlotRow> changed;
  for (const SlotRow& row : share.slots) {
    if (row.worker != worker.name || row.boot == worker.boot) continue;
    changed.push_back(row);
    changed.back().boot = worker.boot;
    ++changed.back().epoch;
  }
  if (!changed.empty()) TRY(Save(share, changed));
  Grant grant = GrantOf(share, worker.module, worker.name, !changed.empty());
  return grant;
}

void Coordinator::Forget(const std::string& module, const std::string& worker) {
  const auto it = shares_.find(module);
  if (it != shares_.end()) it->second.present.erase(worker);
}

std::vector<Grant> Coordinator::Tick(const Now& now) {
  std::vector<Grant> grants;
  for (auto& [module, share] : shares_) {
    if (failure_) break;
    if (share.assigned || share.present.empty() || now.mono_ms < share.settled_ms) continue;
    std::ranges::move(Split(module, share), std::back_inserter(grants));
  }
  return grants;
}

std::vector<Grant> Coordinator::Split(const std::string& module, Share& share) {
  std::map<std::string, Candidate> takers = share.present;
  std::erase_if(takers, [&](const auto& entry) { return IsDrained(entry.first); });
  if (takers.empty()) return {};  // until one of them is drained no more, or another comes
  std::vector<SlotRow> rows(kSlots);
  const auto keep = [&](const std::string& name, const Candidate& candidate, const wire::SlotEpoch& held) {
    SlotRow& row = rows[static_cast<size_t>(held.slot)];
    const auto epoch = static_cast<Epoch>(held.epoch) + 1;
    if (epoch > row.epoch) row = {module, static_cast<Slot>(held.slot), epoch, name, candidate.store, candidate.boot};
  };
  for (const auto& [name, candidate] : share.present) {
    for (const wire::SlotEpoch& held : candidate.held) keep(name, candidate, held);
  }
  // A copy counts where its original is gone.
  for (const auto& [name, candidate] : share.present) {
    for (const wire::SlotEpoch& copied : candidate.copies) keep(name, candidate, copied);
  }
  std::vector<int64_t> capacities;
  for (const auto& [name, candidate] : takers) capacities.push_back(candidate.capacity);
  const auto free = static_cast<int>(std::ranges::count(rows, Epoch{0}, &SlotRow::epoch));
  const std::vector<int> counts = SlotCounts(capacities, free);
  size_t next = 0, i = 0;
  for (const auto& [name, candidate] : takers) {
    for (int n = counts[i++]; n > 0; --n) {
      while (rows[next].epoch != 0) ++next;
      rows[next] = {module, static_cast<Slot>(next), 1, name, candidate.store, candidate.boot};
    }
  }
  if (!Save(share, rows)) return {};
  share.assigned = true;
  std::vector<Grant> grants;
  for (const auto& [name, candidate] : share.present) {
    grants.push_back(GrantOf(share, module, name, true));
    LogInfo("{} is primary of {} of the {} slots of {}.", name, grants.back().slots.size(), kSlots, module);
  }
  return grants;
}

Result<void> Coordinator::SetDrained(const std::string& node, bool drained) {
  if (failure_) return Fail(*failure_);
  if (IsDrained(node) == drained) return {};
  if (Result<void> saved = store_.SaveDrained(node, drained); !saved) {
    failure_ = saved.error();
    return saved;
  }
  drained ? static_cast<void>(drained_.insert(node)) : static_cast<void>(drained_.erase(node));
  return {};
}

std::vector<SlotRow> Coordinator::Slots() const {
  std::vector<SlotRow> rows;
  for (const auto& [module, share] : shares_) {
    if (share.assigned) rows.insert(rows.end(), share.slots.begin(), share.slots.end());
  }
  return rows;
}

int64_t Coordinator::SlotsOf(const std::string& worker) const {
  int64_t count = 0;
  for (const auto& [module, share] : shares_) count += std::ranges::count(share.slots, worker, &SlotRow::worker);
  return count;
}

// Nothing changes here unless it is on disk.
Result<void> Coordinator::Save(Share& share, const std::vector<SlotRow>& rows) {
  for (const SlotRow& row : rows) PARLEY_CHECK(row.epoch > share.slots[row.slot].epoch);
  if (Result<void> saved = store_.SaveSlots(rows); !saved) {
    failure_ = saved.error();
    return saved;
  }
  for (const SlotRow& row : rows) share.slots[row.slot] = row;
  return {};
}

}  // namespace parley::bus
