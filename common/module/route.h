// The route table of a module: one row per method, from which routing, permissions, documentation and the conformance
// tests derive. Request and reply types come from the handler's own signature, so a row cannot disagree with it:
//
//   const std::vector<Route>& FriendModule::routes() const {
//     static const std::vector<Route> kRoutes = {
//         On<&FriendModule::DoRequest>(Access::kUser, {ByCaller()}, Effect::kChanges, "Ask to be friends."),
//         On<&FriendModule::DoList>(Access::kUser, {ByCaller()}, Effect::kReads, "The caller's friends."),
//     };
//     return kRoutes;
//   }
//
// A handler is `Result<Reply> M::Do(Context&, const Request&)`, or `Task<Result<Reply>> M::Do(Context&, Request)` when
// it awaits. A request declares `using Reply` and `kMethod`, "module.name".
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/module/invocation.h"
#include "common/module/task.h"
#include "common/schema/describe.h"
#include "common/wire/control.h"
#include "common/wire/envelope.h"

namespace parley::module {

// What a method does to the state.
enum class Effect : uint8_t {
  kReads,
  // Repeating is made safe by the kit: the result is kept with the effect, under the client's `id` or the request's id.
  kChanges,
  // Repeating changes nothing more by itself (a cursor that only grows): kept as kChanges only under a client's `id`.
  kSettles,
  // Repeating is safe by itself: the handler sees to it (soft state; secrets, of which nothing must be kept).
  kRepeatable,
};

inline wire::KeyRule ByArgument(std::string name) { return {wire::KeyKind::kArgument, std::move(name)}; }
inline wire::KeyRule ByCaller() { return {wire::KeyKind::kCaller, ""}; }
inline wire::KeyRule ByPair(std::string name) { return {wire::KeyKind::kPair, std::move(name)}; }
inline wire::KeyRule ByTokenOwner(std::string name) { return {wire::KeyKind::kTokenOwner, std::move(name)}; }
inline wire::KeyRule ByPrefix(std::string name) { return {wire::KeyKind::kPrefix, std::move(name)}; }
inline wire::KeyRule ByNothing() { return {wire::KeyKind::kFixed, ""}; }

// A call that came to nothing, of a route marked `audited`.
struct Refusal {
  std::string_view method;
  const schema::Value& arguments;  // as they came, right or wrong; nil once the handler has awaited
  const Error& error;
};

class Module {
 public:
  virtual ~Module() = default;
  [[nodiscard]] virtual const std::vector<struct Route>& routes() const = 0;
  // This worker became the primary of the slot (soft state of it is empty), or is no longer.
  virtual void OnSlotGained(Slot) {}
  virtual void OnSlotLost(Slot) {}
  // A frontend is gone, and all its connections.
  virtual void OnNodeGone(NodeId) {}
  // A change was found done, by whoever had the slot before this worker, and its caller asks again: the answer never
  // arrived, and the events that were to leave with it are lost too. The answer is given again; this tells them again.
  virtual void OnAnsweredAgain(Context&, std::string_view /*result*/) {}
  // A call of a route marked `audited` was refused, be it for want of the role, or failed. Nothing that it wrote is
  // left; what is written here is durable before its caller hears of the error. Not of a call that a full disk refused.
  virtual void OnRefused(Context&, const Refusal&) {}
  // The bus is another than before. Frontends that died with the old one are never reported gone, and those that live
  // attach their sessions again: what was attached so far counts no more.
  virtual void OnBusChanged() {}
  // About every second.
  virtual void OnTick(const Now&) {}
};

struct Route {
  wire::RouteRow row;
  Effect effect = Effect::kReads;
  std::function<void(Module&, Invocation&)> run;
  std::vector<schema::Argument> reply;  // for the documentation
};

struct RouteExtras {
  wire::Lane lane = wire::Lane::kRealtime;
  bool attach = false;   // frontends call it for every session they identify …
  bool detach = false;   // … and when that session ends
  bool audited = false;  // the module hears of every call that is refused or fails, also for want of the role
};

namespace internal {

template <class T>
struct Handler;
template <class M, class Req, class Rep>
struct Handler<Result<Rep> (M::*)(Context&, const Req&)> {
  using Owner = M;
  using Request = Req;
  using Reply = Rep;
  static constexpr bool kAwaits = false;
};
template <class M, class Req, class Rep>
struct Handler<Task<Result<Rep>> (M::*)(Context&, Req)> {
  using Owner = M;
  using Request = Req;
  using Reply = Rep;
  static constexpr bool kAwaits = true;
};

template <class Request>
std::optional<std::string> ClientId(const Request& request) {
  if constexpr (requires { request.id; }) return request.id;
  return std::nullopt;
}

// The arguments after defaults, without the id: what "the same arguments" means.
template <class Request>
uint64_t HashArguments(const Request& request) {
  std::string bytes;
  schema::Writer writer(bytes);
  schema::Codec<Request>::Write(writer, request, "id");
  return Hash64(bytes);
}

}  // namespace internal

template <auto Method>
Route On(Access access, std::vector<wire::KeyRule> key, Effect effect, std::string doc, RouteExtras extras = {}) {
  using H = internal::Handler<decltype(Method)>;
  using Request = typename H::Request;
  static_assert(std::is_same_v<typename Request::Reply, typename H::Reply>);
  Route route;
  route.row.method = Request::kMethod;
  route.row.access = static_cast<int64_t>(access);
  route.row.lane = static_cast<int64_t>(access == Access::kModule ? wire::Lane::kInternal : extras.lane);
  route.row.key = std::move(key);
  route.row.attach = extras.attach;
  route.row.detach = extras.detach;
  route.row.audited = extras.audited;
  route.row.doc = std::move(doc);
  route.row.arguments = schema::Describe<Request>();
  route.effect = effect;
  route.reply = schema::Describe<typename H::Reply>();
  route.run = [effect](Module& module, Invocation& invocation) {
    auto& owner = static_cast<typename H::Owner&>(module);
    Result<Request> request = schema::Decode<Request>(invocation.arguments());
    if (!request) return invocation.Finish(Fail(std::move(request).error()));
    const std::optional<std::string> id = internal::ClientId(*request);
    if (effect == Effect::kChanges || (effect == Effect::kSettles && id)) {
      if (invocation.AnsweredBefore(id, internal::HashArguments(*request))) return;
    }
    if constexpr (H::kAwaits) {
      invocation.Await((owner.*Method)(invocation.context(), *std::move(request)));
    } else {
      invocation.Finish((owner.*Method)(invocation.context(), *request));
    }
  };
  return route;
}

}  // namespace parley::module
