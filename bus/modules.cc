#include "bus/modules.h"

#include "bus/limits.h"

namespace parley::bus {

Module* Modules::Learn(std::string_view name) {
  if (Module* known = Find(name)) return known;
  if (modules_.size() >= kModulesMax) return nullptr;
  auto module = std::make_unique<Module>();
  module->name = name;
  return modules_.emplace(name, std::move(module)).first->second.get();
}

}  // namespace parley::bus
