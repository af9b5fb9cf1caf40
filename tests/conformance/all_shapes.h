// Every message and row of the whole system, in one list each.
#pragma once

#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/conformance/all_modules.h"

namespace parley::conformance {

inline std::vector<RowShape> AllRows() {
  std::vector<RowShape> rows = KitRows();
  for (ModuleShape& module : AllModules()) std::ranges::move(module.rows, std::back_inserter(rows));
  return rows;
}

// Each type once.
inline std::vector<Shape> AllShapes() {
  std::vector<Shape> all = BusMessages();
  const auto add = [&](std::vector<Shape> shapes) { std::ranges::move(shapes, std::back_inserter(all)); };
  for (ModuleShape& module : AllModules()) {
    add(std::move(module.requests));
    add(std::move(module.replies));
    add(std::move(module.events));
  }
  SessionShape session = SessionMethods();
  add(std::move(session.requests));
  add(std::move(session.replies));
  add(std::move(session.events));
  for (RowShape& row : AllRows()) all.push_back(std::move(row.value));
  std::set<std::string> seen;
  std::erase_if(all, [&](const Shape& shape) { return !seen.insert(shape.name).second; });
  return all;
}

}  // namespace parley::conformance
