#include "frontend/attachments.h"

#include <algorithm>

#include "common/base/log.h"
#include "common/base/slot.h"

namespace parley::frontend {
namespace {

Identity IdentityOf(const Session& session) {
  return {session.user->handle, session.id, session.address, session.number};
}

}  // namespace

const Route* Attachments::AttachRoute(std::string_view method) const {
  if (routes_ == nullptr) return nullptr;
  for (const Route* route : routes_->attach()) {
    if (route->method == method) return route;
  }
  return nullptr;
}

RequestId Attachments::Start(const Route& route, const Identity& identity, int64_t ttl_ms, uint32_t tag) {
  wire::Envelope request;
  request.lane = route.lane;
  request.slot = SlotOf(identity.user.text());
  request.role = Access::kModule;
  request.connection = identity.connection;
  request.module = route.module;
  request.method = route.method;
  request.user = identity.user.text();
  request.session = identity.session;
  request.address = identity.address;
  return calls_.Start(request, ttl_ms, now_, *this, tag);
}

void Attachments::StartAttach(Session& session, const Route& route, bool paced) {
  AttachCall call;
  call.session = session.number;
  call.method = route.method;
  call.paced = paced;
  if (paced) ++paced_on_their_way_;
  const uint32_t tag = calls_on_their_way_.Put(std::move(call));
  session.attaching.push_back(tag);
  const RequestId id = Start(route, IdentityOf(session), kAttachMs, tag);
  calls_on_their_way_.at(tag).request = id;
}

bool Attachments::IsDown(const std::string& module, Slot slot) const {
  const auto it = down_.find(module);
  return it != down_.end() && it->second[slot];
}

void Attachments::CallLater(const Session& session, const Route& route) {
  (IsDown(route.module, session.user_slot) ? owed_ : waiting_).emplace(session.number, route.method);
}

bool Attachments::Attach(Session& session) {
  if (routes_ == nullptr) return false;
  bool any = false;
  for (const Route* route : routes_->attach()) {
    if (IsDown(route->module, session.user_slot)) {
      owed_.emplace(session.number, route->method);
      continue;
    }
    StartAttach(session, *route, false);
    any = true;
  }
  return any;
}

void Attachments::ForgetCalls(Session& session) {
  for (const uint32_t tag : session.attaching) {
    const AttachCall call = calls_on_their_way_.Take(tag);
    calls_.Forget(call.request);
    if (call.paced) --paced_on_their_way_;
  }
  session.attaching.clear();
  session.attaching.shrink_to_fit();
}

void Attachments::Cancel(Session& session) {
  ForgetCalls(session);
  session.resync_after_attach = false;
  owed_.erase(owed_.lower_bound({session.number, ""}), owed_.lower_bound({session.number + 1, ""}));
}

void Attachments::Detach(const Identity& identity) {
  if (routes_ == nullptr) return;
  for (const Route* route : routes_->detach()) {
    AttachCall call;
    call.detach = true;
    call.identity = identity;
    call.method = route->method;
    StartDetach(std::move(call));
  }
}

void Attachments::StartDetach(AttachCall call) {
  const Route* route = routes_->Find(call.method);
  if (route == nullptr) return;  // the module has no such route any more
  ++call.tries;
  const Identity identity = call.identity;
  const uint32_t tag = calls_on_their_way_.Put(std::move(call));
  Start(*route, identity, kDetachMs, tag);
}

void Attachments::OnCallReply(uint64_t tag, const wire::CallReply& reply) {
  AttachCall call = calls_on_their_way_.Take(static_cast<uint32_t>(tag));
  if (call.paced) --paced_on_their_way_;
  const bool again = reply.error && reply.error->code != Code::kUnsupported;
  if (reply.error) {
    LogDebug("{} failed: {}", call.method, reply.error->message);
  }
  if (call.detach) {
    if (again && call.tries < kDetachTriesMax) retries_.push_back({now_.mono_ms + kRetryMs, std::move(call)});
    return;
  }
  Session* session = sessions_.Find(call.session);
  PARLEY_CHECK(session != nullptr);  // Cancel forgets the calls of those who left
  std::erase(session->attaching, static_cast<uint32_t>(tag));
  if (again) {
    retries_.push_back({now_.mono_ms + kRetryMs, std::move(call)});
  } else if (!reply.error) {
    listener_.OnAttached(*session, reply.directives);
  }
  if (session->attaching.empty()) {
    session->attaching.shrink_to_fit();
    if (session->user != nullptr) listener_.OnAttachesDone(*session);
  }
  Pump();
}

void Attachments::SetRoutes(std::shared_ptr<const RouteTable> routes) {
  const std::shared_ptr<const RouteTable> before = std::move(routes_);
  routes_ = std::move(routes);
  for (const Route* route : routes_->attach()) {
    const bool known = before != nullptr && std::any_of(before->attach().begin(), before->attach().end(),
                                                        [&](const Route* old) { return old->method == route->method; });
    if (known) continue;
    sessions_.ForEach([&](Session& session) {
      if (session.user != nullptr) CallLater(session, *route);
    });
  }
  Pump();
}

void Attachments::OnSlots(const wire::SlotsNotice& notice) {
  std::bitset<kSlots> changed;
  for (const wire::SlotEpoch& slot : notice.slots) {
    if (slot.slot >= 0 && slot.slot < kSlots) changed.set(static_cast<size_t>(slot.slot));
  }
  std::bitset<kSlots>& down = down_[notice.module];
  down = notice.up ? down & ~changed : down | changed;
  if (!notice.up || routes_ == nullptr) return;
  for (const Route* route : routes_->attach()) {
    if (route->module != notice.module) continue;
    sessions_.ForEach([&](Session& session) {
      if (session.user == nullptr || !changed[session.user_slot]) return;
      // Whatever it was to hear since it logged in went by.
      if (owed_.erase({session.number, route->method}) > 0) session.resync_after_attach = true;
      waiting_.emplace(session.number, route->method);
    });
  }
  Pump();
}

void Attachments::OnBusChanged() {
  down_.clear();  // it says anew which slots are down
  AttachAll();
}

void Attachments::AttachAll() {
  waiting_.clear();  // all of them are in what follows
  owed_.clear();
  sessions_.ForEach([&](Session& session) {
    if (session.user == nullptr) return;
    ForgetCalls(session);  // their answers may be older than what was lost
    session.resync_after_attach = true;
    if (routes_ == nullptr || routes_->attach().empty()) {
      listener_.OnAttachesDone(session);
      return;
    }
    for (const Route* route : routes_->attach()) waiting_.emplace(session.number, route->method);
  });
  Pump();
}

void Attachments::Pump() {
  while (!waiting_.empty() && paced_on_their_way_ < kOnTheirWayMax) {
    const auto [number, method] = *waiting_.begin();
    waiting_.erase(waiting_.begin());
    Session* session = sessions_.Find(number);
    const Route* route = AttachRoute(method);
    if (session == nullptr || session->user == nullptr || route == nullptr) continue;
    if (IsDown(route->module, session->user_slot)) {
      CallLater(*session, *route);
      continue;
    }
    StartAttach(*session, *route, true);
  }
}

void Attachments::Tick() {
  while (!retries_.empty() && retries_.front().due_ms <= now_.mono_ms) {
    AttachCall call = std::move(retries_.front().call);
    retries_.pop_front();
    if (call.detach) {
      StartDetach(std::move(call));
      continue;
    }
    Session* session = sessions_.Find(call.session);
    if (session == nullptr || session->user == nullptr) continue;
    session->resync_after_attach = true;
    if (const Route* route = AttachRoute(call.method)) CallLater(*session, *route);
  }
  Pump();
}

}  // namespace parley::frontend
