#include "bus/registration.h"

#include <algorithm>
#include <unordered_set>

#include "bus/limits.h"
#include "common/base/caller.h"
#include "common/wire/envelope.h"
#include "common/wire/operator.h"

namespace parley::bus {
namespace {

constexpr size_t kNameBytesMax = 64;
constexpr int64_t kCapacityMax = 1'000'000;
// Answered by the frontends themselves.
constexpr std::string_view kSessionModule = "session";

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= kNameBytesMax && std::ranges::all_of(text, IsNameByte);
}

tl::unexpected<Error> Bad(std::string message) { return Fail(Code::kBadRequest, std::move(message)); }

Result<void> CheckRoute(const std::string& module, const wire::RouteRow& route) {
  const std::string& method = route.method;
  if (method.size() > 255 || !method.starts_with(module + ".") || !IsName(method.substr(module.size() + 1))) {
    return Bad("routes: the method '" + method + "' is not of the form " + module + ".name");
  }
  if (route.access < 0 || route.access > static_cast<int64_t>(Access::kModule)) {
    return Bad("routes: " + method + " has an unknown access");
  }
  if (route.lane < 0 || route.lane > static_cast<int64_t>(wire::Lane::kInternal)) {
    return Bad("routes: " + method + " has an unknown lane");
  }
  if (route.key.empty()) return Bad("routes: " + method + " has no routing key");
  return {};
}

Result<void> CheckWorker(const wire::Registration& worker) {
  if (!IsName(worker.module)) return Bad("module: a worker must name its module");
  if (worker.module == kSessionModule) return Bad("module: 'session' belongs to the frontends");
  if (worker.module == wire::kBusModule) return Bad("module: 'bus' belongs to the bus itself");
  if (!IsName(worker.store)) return Bad("store: a worker must name its store");
  if (worker.capacity < 1 || worker.capacity > kCapacityMax) return Bad("capacity: must be from 1 to 1000000");
  if (worker.window_requests < 0 || worker.window_bytes < 0) return Bad("window: must not be negative");
  if (worker.routes.size() > kRoutesMax) return Bad("routes: at most " + std::to_string(kRoutesMax));
  std::unordered_set<std::string_view> methods;
  for (const wire::RouteRow& route : worker.routes) {
    TRY(CheckRoute(worker.module, route));
    if (!methods.insert(route.method).second) return Bad("routes: the method '" + route.method + "' is there twice");
  }
  return {};
}

}  // namespace

Result<wire::Registration> ReadRegistration(std::string_view identity, std::string_view body) {
  Result<wire::Registration> read = schema::Decode<wire::Registration>(body);
  if (!read) return Bad("the registration cannot be read: " + read.error().message);
  const wire::Registration& node = *read;
  if (node.role != "frontend" && node.role != "worker") return Bad("role: '" + node.role + "' is not known");
  if (!IsName(node.name)) return Bad("name: letters, digits, '.', '_' and '-' only, at most 64");
  if (!IsName(node.boot)) return Bad("boot: letters, digits, '.', '_' and '-' only, at most 64");
  if (identity != node.role + "/" + node.name + "/" + node.boot) {
    return Bad("the registration of " + node.name + " does not fit the identity of its socket");
  }
  if (node.role == "worker") TRY(CheckWorker(node));
  return read;
}

}  // namespace parley::bus
