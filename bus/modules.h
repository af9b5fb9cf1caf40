// The modules the bus knows of, their route tables, and who is primary of each of their slots right now.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/base/ids.h"
#include "common/base/slot.h"
#include "common/wire/control.h"

namespace parley::bus {

struct Peer;

// Lets a map of strings be searched by a view.
struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const noexcept { return Hash64(text); }
};

// Where the requests of a slot go. The coordinator decides it; this is what it comes to.
struct SlotRoute {
  Peer* primary = nullptr;  // null: nobody now; requests are parked
  Epoch epoch = 0;
  NodeId granted_to;            // the last primary, also after it left
  bool down_announced = false;  // nodes were told that it is gone
  bool handing_over = false;    // the primary gives the rest of it away: requests are parked
};

struct Module {
  std::string name;
  std::vector<wire::RouteRow> routes;
  std::array<SlotRoute, kSlots> slots;
};

// Modules are never removed: pointers to them stay.
class Modules {
 public:
  [[nodiscard]] Module* Find(std::string_view name) {
    // The next envelope is often for the same module.
    if (last_ != nullptr && last_->name == name) return last_;
    const auto it = modules_.find(name);
    if (it == modules_.end()) return nullptr;
    return last_ = it->second.get();
  }
  // The module of that name, made if need be; nothing when there are too many.
  Module* Learn(std::string_view name);
  [[nodiscard]] const auto& all() const { return modules_; }

 private:
  std::unordered_map<std::string, std::unique_ptr<Module>, TextHash, std::equal_to<>> modules_;
  Module* last_ = nullptr;
};

}  // namespace parley::bus
