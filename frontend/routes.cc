#include "frontend/routes.h"

#include <algorithm>

#include "common/base/log.h"
#include "common/schema/codec.h"
#include "frontend/messages.h"

namespace parley::frontend {
namespace {

constexpr std::string_view kOwnModule = "session";
// What fits the length bytes of an envelope.
constexpr size_t kNameBytesMax = 255;

template <class M>
MethodRow OwnRow() {
  return {std::string(M::kMethod), std::string(NameOf(M::kAccess)), std::string(M::kDoc), schema::Describe<M>()};
}

bool IsKnown(const wire::RouteRow& row) {
  return row.access >= 0 && row.access <= static_cast<int64_t>(Access::kModule) && row.lane >= 0 &&
         row.lane <= static_cast<int64_t>(wire::Lane::kInternal);
}

}  // namespace

RouteTable::RouteTable(const wire::RoutesNotice& notice, MethodStats& stats) {
  std::vector<std::pair<std::string, MethodRow>> rows;
  for (MethodRow row : {OwnRow<Hello>(), OwnRow<Ping>(), OwnRow<frontend::Methods>(), OwnRow<Trace>()}) {
    rows.emplace_back(kOwnModule, std::move(row));
  }
  for (const wire::ModuleRoutes& module : notice.modules) {
    for (const wire::RouteRow& row : module.routes) {
      if (!IsKnown(row) || row.method.size() > kNameBytesMax || module.module.size() > kNameBytesMax) {
        LogWarn("Ignoring a route that this frontend does not understand: {}.", row.method.substr(0, kNameBytesMax));
        continue;
      }
      Route route{
          module.module, row.method, static_cast<Access>(row.access), static_cast<wire::Lane>(row.lane), row.key, false,
          false,         0};
      route.for_clients =
          route.access != Access::kModule && !row.attach && !row.detach && !row.method.starts_with("session.");
      route.audited = row.audited;
      if (route.for_clients) {
        route.number = stats.NumberOf(row.method);
        rows.emplace_back(module.module,
                          MethodRow{row.method, std::string(NameOf(route.access)), row.doc, row.arguments});
      }
      const auto [it, added] = routes_.emplace(row.method, std::move(route));
      if (!added) continue;
      if (row.attach) attach_.push_back(&it->second);
      if (row.detach) detach_.push_back(&it->second);
    }
  }
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.second.name < b.second.name; });
  MethodsReply all;
  TextMap<MethodsReply> by_module;
  for (const auto& [module, row] : rows) {
    all.methods.push_back(row);
    by_module[module].methods.push_back(row);
  }
  methods_.emplace("", schema::Encode(all));
  for (const auto& [module, reply] : by_module) methods_.emplace(module, schema::Encode(reply));
}

const Route* RouteTable::Find(std::string_view method) const {
  const auto it = routes_.find(method);
  return it == routes_.end() ? nullptr : &it->second;
}

std::string_view RouteTable::Methods(std::string_view module) const {
  static const std::string kNone = schema::Encode(MethodsReply{});
  const auto it = methods_.find(module);
  return it == methods_.end() ? std::string_view(kNone) : std::string_view(it->second);
}

std::string WantedKey(const Route& route, const schema::Value& arguments) {
  std::string names;
  for (const wire::KeyRule& rule : route.key) {
    if (rule.argument.empty()) continue;
    if (!arguments.Find(rule.argument).is_nil()) return rule.argument + ": must be text";
    if (!names.empty()) names += " or ";
    names += rule.argument;
  }
  return names + ": missing";
}

}  // namespace parley::frontend
