// The shape of each module, made in a file of its own: each takes a compiler long.
#pragma once

#include <functional>

#include "common/module/host.h"
#include "tests/conformance/all_modules.h"

namespace parley::conformance {

// Modules are asked for their routes only.
class NoHost final : public module::Host {
 public:
  const Now& now() const override { return now_; }
  bool Owns(Slot) const override { return false; }
  void InSlot(Slot, const std::function<void(module::Context&)>&) override {}

 private:
  Now now_;
};

inline module::Host& Nowhere() {
  static NoHost host;
  return host;
}

[[nodiscard]] ModuleShape User();
[[nodiscard]] ModuleShape Message();
[[nodiscard]] ModuleShape Friends();
[[nodiscard]] ModuleShape Group();
[[nodiscard]] ModuleShape Admin();

}  // namespace parley::conformance
