// What the bus must remember over its own restart: who is primary of which slot, with epochs, and the route tables, so
// that a frontend which registers before the workers still knows every method.
//
// Rows of the bus's data folder (common/store/key.h):
//   slot 's' module   SlotGrant    the slot's primary, or the last one
//   00   'r' module   ModuleRoutes the methods of a module, as its last worker registered them
//   00   'd' node     Drained      a node, by its name, that is given nothing new until that is taken back
#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/base/slot.h"
#include "common/store/kv.h"
#include "common/wire/control.h"

namespace parley::bus {

struct SlotRow {
  std::string module;
  Slot slot = 0;
  Epoch epoch = 0;
  std::string worker;  // the primary's name …
  std::string store;   // … its data folder …
  std::string boot;    // … and the life of the process that the epoch was granted to
  bool operator==(const SlotRow&) const = default;
};

class ClusterStore {
 public:
  struct Contents {
    std::vector<SlotRow> slots;
    std::vector<wire::ModuleRoutes> routes;
    std::vector<std::string> drained;
  };

  // `store` must outlive it.
  explicit ClusterStore(store::KeyValue& store) : store_(store) {}

  // kInternal when a row cannot be read: the folder is damaged, or not the bus's.
  Result<Contents> Load();
  // Each is all or nothing, and durable on return. After a failure nothing more is written: the process must end.
  Result<void> SaveSlots(std::span<const SlotRow> rows);
  Result<void> SaveRoutes(const wire::ModuleRoutes& routes);
  Result<void> SaveDrained(const std::string& node, bool drained);

 private:
  store::KeyValue& store_;
};

}  // namespace parley::bus
