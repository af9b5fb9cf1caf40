#include "bus/cluster_store.h"

#include "common/store/key.h"

namespace parley::bus {
namespace {

struct SlotGrant {
  int64_t epoch = 0;
  std::string worker, store, boot;
  static constexpr auto kFields = std::tuple{
      schema::Required("epoch", &SlotGrant::epoch, {}, schema::AtLeast(1)),
      schema::Required("worker", &SlotGrant::worker),
      schema::Required("store", &SlotGrant::store),
      schema::Required("boot", &SlotGrant::boot),
  };
};

struct SlotGrantRow {
  static constexpr char kTable = 's';
  std::string module;
  static constexpr auto kKey = std::tuple{&SlotGrantRow::module};
};

struct RoutesRow {
  static constexpr char kTable = 'r';
  std::string module;
  static constexpr auto kKey = std::tuple{&RoutesRow::module};
};

struct Drained {
  static constexpr std::tuple<> kFields{};
};

struct DrainedRow {
  static constexpr char kTable = 'd';
  std::string node;
  static constexpr auto kKey = std::tuple{&DrainedRow::node};
};

Error Damaged(std::string_view what, const std::string& why) {
  return {Code::kInternal, "a stored row of the bus cannot be read: " + std::string(what) + ": " + why, 0};
}

}  // namespace

Result<ClusterStore::Contents> ClusterStore::Load() {
  Contents contents;
  const auto it = store_.Iterate();
  for (it->Seek(""); it->valid(); it->Next()) {
    const std::string_view key = it->key();
    if (key.size() < 2) continue;
    if (SlotGrantRow row; key[1] == SlotGrantRow::kTable) {
      if (!store::ReadKey(key, row)) return Fail(Damaged("a slot", "its key is malformed"));
      const Result<SlotGrant> grant = schema::Decode<SlotGrant>(it->value());
      if (!grant) return Fail(Damaged("a slot of " + row.module, grant.error().message));
      contents.slots.push_back({row.module, static_cast<Slot>(key[0]), static_cast<Epoch>(grant->epoch), grant->worker,
                                grant->store, grant->boot});
    } else if (key[1] == RoutesRow::kTable) {
      TRY_ASSIGN(wire::ModuleRoutes routes, schema::Decode<wire::ModuleRoutes>(it->value()));
      contents.routes.push_back(std::move(routes));
    } else if (DrainedRow drained; key[1] == DrainedRow::kTable) {
      if (!store::ReadKey(key, drained)) return Fail(Damaged("a drained node", "its key is malformed"));
      contents.drained.push_back(std::move(drained.node));
    }
  }
  if (const auto failure = store_.failure()) return Fail(Code::kInternal, *failure);
  return contents;
}

Result<void> ClusterStore::SaveSlots(std::span<const SlotRow> rows) {
  store::Batch batch;
  for (const SlotRow& row : rows) {
    const SlotGrant grant{static_cast<int64_t>(row.epoch), row.worker, row.store, row.boot};
    batch.push_back({store::KeyOf(row.slot, SlotGrantRow{row.module}), schema::Encode(grant)});
  }
  return store_.Commit(batch);
}

Result<void> ClusterStore::SaveRoutes(const wire::ModuleRoutes& routes) {
  return store_.Commit({{store::KeyOf(0, RoutesRow{routes.module}), schema::Encode(routes)}});
}

Result<void> ClusterStore::SaveDrained(const std::string& node, bool drained) {
  std::optional<std::string> value;
  if (drained) value = schema::Encode(Drained{});
  return store_.Commit({{store::KeyOf(0, DrainedRow{node}), std::move(value)}});
}

}  // namespace parley::bus
