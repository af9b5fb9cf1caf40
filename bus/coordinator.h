// Decides which worker is primary of which slot, and remembers it: nothing it returns is news that a crash could undo.
//
// The first workers of a module that come within the settling time share its slots in proportion to their capacities,
// but for those that they hold already from before this bus; to workers that come later slots are moved (moves.h). A
// worker that comes back under its name, with its data folder, gets its own slots
// again: in a new life of its process under the next epoch, in the same life (the bus restarted, or the connection
// broke) under the same one. Epochs only grow.
//
// A node that is drained, by its name, gets no slots that it does not have; what it has it keeps and serves.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bus/cluster_store.h"
#include "common/base/now.h"

namespace parley::bus {

// All the slots of one worker.
struct Grant {
  std::string module;
  std::string worker;
  bool fresh = false;  // the epochs are new
  std::vector<wire::SlotEpoch> slots;
};

class Coordinator {
 public:
  // `store` must outlive it.
  Coordinator(ClusterStore& store, int64_t settle_ms) : store_(store), settle_ms_(settle_ms) {}

  void Load(const ClusterStore::Contents& contents);

  // A worker wants to serve. An error is a sentence for the one who started it: it may not. Otherwise its grant, or
  // nothing while the module is still settling.
  Result<std::optional<Grant>> Admit(const wire::Registration& worker, const Now& now);
  // The slot is `to`'s from now on, under the next epoch, durably. An error: the store failed.
  Result<Epoch> Hand(const std::string& module, Slot slot, const wire::Registration& to);
  // All the slots of a worker, as they stand.
  [[nodiscard]] Grant GrantTo(const std::string& module, const std::string& worker) const;
  // It leaves or is gone. What it owns stays its own.
  void Forget(const std::string& module, const std::string& worker);
  // Shares out the modules that have settled: a grant for each worker there, also for those that get nothing.
  std::vector<Grant> Tick(const Now& now);

  // Drains a node or takes that back, whether or not it is there; durable on return.
  Result<void> SetDrained(const std::string& node, bool drained);
  [[nodiscard]] bool IsDrained(const std::string& node) const { return drained_.contains(node); }
  // All slots that were ever granted, by module and slot, with the last grant of each.
  [[nodiscard]] std::vector<SlotRow> Slots() const;
  [[nodiscard]] int64_t SlotsOf(const std::string& worker) const;

  // Set once a write failed: the process must end, nothing is decided any more.
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

 private:
  struct Candidate {
    int64_t capacity = 1;
    std::string store, boot;
    std::vector<wire::SlotEpoch> held, copies;
  };
  struct Share {
    bool assigned = false;
    std::array<SlotRow, kSlots> slots;
    int64_t settled_ms = 0;                    // while not assigned: when it will be
    std::map<std::string, Candidate> present;  // by name, which makes the sharing the same every time
  };

  Result<void> CheckStore(const Share& share, const wire::Registration& worker) const;
  static Result<void> CheckHeld(const Share& share, const wire::Registration& worker);
  Result<Grant> Return(Share& share, const wire::Registration& worker);
  std::vector<Grant> Split(const std::string& module, Share& share);
  Result<void> Save(Share& share, const std::vector<SlotRow>& rows);
  static Grant GrantOf(const Share& share, const std::string& module, const std::string& worker, bool fresh);

  ClusterStore& store_;
  const int64_t settle_ms_;
  std::map<std::string, Share> shares_;  // by module
  std::set<std::string> drained_;
  std::optional<Error> failure_;
};

// `total` slots in proportion to the capacities: whole parts first, the rest by largest remainder; among equals, those
// that have more now, then earlier ones.
[[nodiscard]] std::vector<int> SlotCounts(const std::vector<int64_t>& capacities, int total = kSlots,
                                          const std::vector<int>& now = {});

}  // namespace parley::bus
