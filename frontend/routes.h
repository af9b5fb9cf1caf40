// Which method goes where: the tables of all modules, as the bus told them, and what session.methods tells of them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/caller.h"
#include "common/wire/control.h"
#include "common/wire/envelope.h"
#include "frontend/limits.h"
#include "frontend/method_stats.h"

namespace parley::frontend {

struct Route {
  std::string module, method;
  Access access = Access::kModule;
  wire::Lane lane = wire::Lane::kRealtime;
  std::vector<wire::KeyRule> key;
  bool for_clients = false;  // not a route between modules, not attach or detach
  bool audited = false;      // tries of users who may not call it are the module's to refuse
  uint16_t number = 0;       // as MethodStats numbers it
};

// Immutable: a new notice makes a new table, and calls on their way keep theirs.
class RouteTable {
 public:
  RouteTable(const wire::RoutesNotice& notice, MethodStats& stats);

  // Null: no such method.
  [[nodiscard]] const Route* Find(std::string_view method) const;
  [[nodiscard]] const std::vector<const Route*>& attach() const { return attach_; }
  [[nodiscard]] const std::vector<const Route*>& detach() const { return detach_; }
  // The encoded MethodsReply, session.* included. An empty module: of all.
  [[nodiscard]] std::string_view Methods(std::string_view module) const;

 private:
  TextMap<Route> routes_;
  std::vector<const Route*> attach_, detach_;
  TextMap<std::string> methods_;  // by module
};

// What is wrong with the arguments where no key was found: names them.
[[nodiscard]] std::string WantedKey(const Route& route, const schema::Value& arguments);

}  // namespace parley::frontend
