// The shape of each module, made in a file of its own: each takes a compiler long.
#pragma once

#include <memory>

#include "common/module/host.h"
#include "tests/conformance/all_modules.h"

namespace parley::conformance {

// A host that owns no slot: modules are asked for their routes only.
[[nodiscard]] module::Host& Nowhere();

// The module itself, without any messages and rows yet.
template <class M>
ModuleShape ShapeOfModule(typename M::Options options = {}) {
  ModuleShape shape;
  shape.name = M::kName;
  shape.module = std::make_unique<M>(Nowhere(), std::move(options));
  return shape;
}

[[nodiscard]] ModuleShape User();
[[nodiscard]] ModuleShape Message();
[[nodiscard]] ModuleShape Friends();
[[nodiscard]] ModuleShape Group();
[[nodiscard]] ModuleShape Admin();

}  // namespace parley::conformance
