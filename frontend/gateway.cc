// What clients say, and what they are answered. Directives, events and the bus are in gateway_bus.cc.
#include "frontend/gateway.h"

#include <algorithm>

#include "common/base/log.h"
#include "common/base/slot.h"
#include "common/schema/utf8.h"
#include "common/wire/route_key.h"
#include "frontend/messages.h"

namespace parley::frontend {
namespace {

// A response is a little more than its result.
constexpr size_t kResultBytesMax = limits::kResponseBytesMax - 32;
// Answers that a client does not read stay here. Beyond this, it has to read before it asks for more.
constexpr size_t kUnreadBytesMax = 4 * 1024 * 1024;
// Beyond this, requests of the background lane wait here: theirs are the large answers.
constexpr size_t kUnreadForBackgroundMax = 512 * 1024;
// Those of requests that were under way by then still come. Beyond this, the large ones of them are let go.
constexpr size_t kKeptBytesMax = 16 * 1024 * 1024;
constexpr size_t kLargeResultBytes = 4 * 1024;
constexpr int64_t kBusyRetryMs = 500;
constexpr size_t kKeptOpenCapacity = 16;
constexpr int64_t kSweepMs = 5'000;
// Clients that are sent away come back from so long on (a load balancer has to see it), over so long; where they are
// many, over so long that those who take them in get this many a second, but no longer than is bearable.
constexpr int64_t kReturnFirstMs = 500, kReturnMs = 2'000, kReturnMaxMs = 20'000;
constexpr int64_t kReturnsPerSecond = 2'000;

auto FindOpen(const Session& session, uint32_t ticket) {
  return std::ranges::find(session.open, ticket, &OpenRequest::ticket);
}

// Why a session may not call a method that its role is too low for.
Error RoleTooLow(const Session& session) {
  if (session.user == nullptr) return {Code::kUnauthenticated, "log in first", 0};
  return {Code::kForbidden, "only administrators may do that", 0};
}

}  // namespace

Gateway::Gateway(const GatewayOptions& options, wire::Registration registration, wire::BusPort& port, GatewayHost& host,
                 const Now& now)
    : options_(options),
      host_(host),
      now_(now),
      node_(registration, port, *this),
      calls_(node_),
      sessions_(options.out),
      deadlines_(options.timeouts, now.mono_ms),
      users_(options.user_rate, options.user_burst),
      addresses_(options.address_connections_max),
      attachments_(calls_, sessions_, now, *this),
      traces_(registration.name),
      random_(options.seed) {}

void Gateway::Open(Session& session, std::string address, bool no_room) {
  sessions_.Add(session);
  session.heard_ms = now_.mono_ms;
  if (draining_) return Close(session, Draining(kReturnMs));
  if (no_room) return Close(session, {"overloaded", "this server has as many connections as it can take", 1'000});
  deadlines_.Update(session, now_.mono_ms);
  if (!address.empty()) Introduce(session, std::move(address));
}

void Gateway::Introduce(Session& session, std::string address) {
  if (!session.is_open()) return;
  session.address = std::move(address);
  session.address_held = addresses_.Hold(session.address);
  if (!session.address_held) {
    Close(session, {"overloaded", "too many connections from " + session.address, 1'000});
  }
}

void Gateway::Reject(Session& session, std::string problem) { Close(session, {"protocol", std::move(problem), 0}); }

void Gateway::OnBytes(Session& session, std::string_view bytes) {
  if (!session.is_open() || session.half_closed) return;
  session.heard_ms = now_.mono_ms;
  counts_.received_bytes += bytes.size();
  const bool was_incomplete = session.inbound.incomplete();
  const std::string_view problem =
      session.inbound.Feed(bytes, now_.mono_ms, [&](std::string_view message) { return OnMessage(session, message); });
  if (!session.is_open()) return;
  if (!problem.empty()) return Close(session, {"protocol", std::string(problem), 0});
  if (session.inbound.incomplete() && !was_incomplete) deadlines_.Update(session, now_.mono_ms);
}

void Gateway::OnHalfClose(Session& session) {
  if (!session.is_open() || session.half_closed) return;
  session.half_closed = true;
  session.inbound.Clear();
  if (session.open.empty()) return Close(session, {});
  session.leaving = std::make_unique<wire::Close>();
}

void Gateway::OnGone(Session& session) {
  if (session.is_open()) Unidentify(session);
  if (session.address_held) addresses_.Drop(session.address);
  session.address_held = false;
  deadlines_.Remove(session);
  pending_bytes_ -= turns_.Forget(session.number);
  sessions_.Remove(session);
}

void Gateway::OnSent(Session& session, size_t bytes) {
  sessions_.Sent(session, bytes);
  counts_.sent_bytes += bytes;
  if (session.out != nullptr) {
    if (bytes > 0 || session.blocked_ms == 0) session.blocked_ms = std::max<int64_t>(now_.mono_ms, 1);
    if (bytes > 0) session.closing_ms = now_.mono_ms;
    if (sessions_.TooMuch(session)) Close(session, {"slow", "too much waits for this connection to be read", 0});
    deadlines_.Update(session, now_.mono_ms);
    return StartWaiting(session);
  }
  session.blocked_ms = 0;
  StartWaiting(session);
  if (session.lost_pushes && session.is_open()) {
    session.lost_pushes = false;
    ResyncNow(session);
  }
}

// False when the session reads no more.
bool Gateway::OnMessage(Session& session, std::string_view bytes) {
  const schema::RpcMessage message = schema::ParseRpc(parser_, bytes, limits::kDepthMax);
  switch (message.status) {
    case schema::RpcMessage::Status::kGood:
      if (message.kind == schema::RpcKind::kResponse) {
        Close(session, {"protocol", "a client sends requests and notifications, not responses", 0});
        return false;
      }
      OnRequest(session, message);
      break;
    case schema::RpcMessage::Status::kBadRequest:
      ++counts_.requests;
      Refuse(session, {message.msgid, 0, OpenRequest::Kind::kRequest}, {Code::kBadRequest, message.problem, 0});
      break;
    case schema::RpcMessage::Status::kIgnored:
      break;
    case schema::RpcMessage::Status::kProtocol:
      Close(session, {"protocol", message.problem, 0});
      break;
  }
  return session.is_open();
}

void Gateway::OnRequest(Session& session, const schema::RpcMessage& message) {
  const bool notification = message.kind == schema::RpcKind::kNotification;
  OpenRequest request{message.msgid, ++session.last_ticket,
                      notification ? OpenRequest::Kind::kNotification : OpenRequest::Kind::kRequest, 0,
                      static_cast<uint32_t>(now_.mono_us)};
  ++(notification ? counts_.notifications : counts_.requests);
  if (!notification && session.HasOpen(message.msgid)) {
    return Refuse(session, request, {Code::kBadRequest, "msgid: the request before it is still open", 0});
  }
  if (session.open.size() >= static_cast<size_t>(options_.in_flight_max)) {
    return Refuse(session, request,
                  {Code::kOverloaded,
                   "at most " + std::to_string(options_.in_flight_max) + " requests of a connection may be open", 100});
  }
  if (session.out_bytes() > kUnreadBytesMax) {
    return Refuse(session, request, {Code::kOverloaded, "read the answers that wait for you first", 100});
  }
  if (session.user != nullptr) {
    if (const int64_t wait_ms = users_.Take(*session.user, now_.mono_ms); wait_ms > 0) {
      return Refuse(session, request, {Code::kRateLimited, "too many requests", wait_ms});
    }
  }
  if (message.method.starts_with("session.")) request.method = stats_.Find(message.method);
  if (AnswerOwn(session, request, message)) return;
  const Result<const Route*> route = Admit(session, message.method);
  if (!route) return Refuse(session, request, route.error());
  request.method = (*route)->number;
  Forward(session, request, **route, message);
}

// session.*, the frontend's own.
bool Gateway::AnswerOwn(Session& session, const OpenRequest& request, const schema::RpcMessage& message) {
  if (!message.method.starts_with("session.")) return false;
  if (message.method == Ping::kMethod) {
    if (const Result<Ping> ping = schema::Decode<Ping>(message.params); !ping) {
      Refuse(session, request, ping.error());
    } else {
      session.open.push_back(request);
      if (request.kind == OpenRequest::Kind::kRequest) session.open.back().kind = OpenRequest::Kind::kPing;
      // Answered at once when nothing else is open; as a notification, there is nothing to wait for.
      Settle(session, request.kind == OpenRequest::Kind::kNotification ? request.ticket : 0);
    }
    return true;
  }
  if (message.method == Hello::kMethod) {
    if (const Result<Hello> hello = schema::Decode<Hello>(message.params); !hello) {
      Refuse(session, request, hello.error());
    } else {
      HelloReply reply{"Parley", PARLEY_VERSION, 1, options_.timeouts.idle_ms, {}};
      reply.limits = {static_cast<int64_t>(limits::kRequestBytesMax), static_cast<int64_t>(limits::kBodyMax),
                      options_.in_flight_max, options_.user_rate, limits::kPageMax};
      WriteResult(session, request, schema::Encode(reply));
    }
    return true;
  }
  if (message.method == Methods::kMethod) {
    const Result<Methods> asked = schema::Decode<Methods>(message.params);
    if (!asked) {
      Refuse(session, request, asked.error());
    } else if (routes_ == nullptr) {
      Refuse(session, request, {Code::kUnavailable, "the bus is not reachable yet", kBusyRetryMs});
    } else {
      WriteResult(session, request, routes_->Methods(asked->module.value_or("")));
    }
    return true;
  }
  if (message.method == Trace::kMethod) {
    OnTrace(session, request, message);
    return true;
  }
  return false;
}

// The names of processes and their times are for operators.
void Gateway::OnTrace(Session& session, const OpenRequest& request, const schema::RpcMessage& message) {
  if (session.role() < Trace::kAccess) return Refuse(session, request, RoleTooLow(session));
  const Result<Trace> trace = schema::Decode<Trace>(message.arguments);
  if (!trace) return Refuse(session, request, trace.error());
  const Result<const Route*> route = Admit(session, trace->method);
  if (!route) return Refuse(session, request, route.error());
  schema::RpcMessage traced = message;
  traced.method = trace->method;
  traced.arguments = message.arguments.Find("arguments");
  static constexpr std::string_view kEmptyMap = "\x80";
  traced.params = trace->arguments ? std::string_view(trace->arguments->bytes) : kEmptyMap;
  if (trace->arguments && traced.arguments.type() != schema::Type::kMap) {
    return Refuse(session, request, {Code::kBadRequest, "arguments: must be a map", 0});
  }
  Forward(session, request, **route, traced, wire::kTraced);
}

Result<const Route*> Gateway::Admit(const Session& session, std::string_view method) const {
  if (!schema::IsUtf8(method)) return Fail(Code::kBadRequest, "method: must be valid UTF-8");
  if (draining_) return Fail(Code::kUnavailable, "this server takes nothing more; connect again", kBusyRetryMs);
  if (routes_ == nullptr) return Fail(Code::kUnavailable, "the bus is not reachable yet", kBusyRetryMs);
  const Route* route = routes_->Find(method);
  if (route == nullptr || !route->for_clients) return Fail(Code::kUnsupported, "no such method");
  if (session.role() >= route->access) return route;
  if (session.user != nullptr && route->audited) return route;
  return Fail(RoleTooLow(session));
}

void Gateway::Forward(Session& session, const OpenRequest& request, const Route& route,
                      const schema::RpcMessage& message, uint8_t flags) {
  const std::string_view caller = session.user == nullptr ? std::string_view() : session.user->handle.text();
  const std::optional<std::string> key = wire::FindKey(route.key, message.arguments, caller);
  if (!key) return Refuse(session, request, {Code::kBadRequest, WantedKey(route, message.arguments), 0});
  // A token is not to be guessed, and lets its owner in whatever others try at the password.
  const bool by_token =
      std::ranges::any_of(route.key, [](const wire::KeyRule& rule) { return rule.kind == wire::KeyKind::kTokenOwner; });
  const bool login = route.access == Access::kAnonymous && session.user == nullptr && !by_token;
  if (login) {
    if (const int64_t wait_ms = guard_.DelayMs(session.address, *key, now_.mono_ms); wait_ms > 0) {
      return Refuse(session, request, {Code::kRateLimited, "too many failed logins", wait_ms});
    }
  }
  const size_t bytes = message.params.size() + wire::kHeaderBytes;
  if (congested_ || pending_bytes_ + bytes > options_.request_bytes_max) {
    return Refuse(session, request, {Code::kOverloaded, "the server is busy", kBusyRetryMs});
  }

  wire::Envelope envelope;
  envelope.lane = route.lane;
  envelope.flags = flags;
  if (request.kind == OpenRequest::Kind::kNotification) envelope.flags |= wire::kNotify;
  envelope.slot = SlotOf(*key);
  envelope.role = session.role();
  envelope.connection = session.number;
  envelope.module = route.module;
  envelope.method = route.method;
  envelope.user = caller;
  envelope.session = session.id;
  envelope.address = session.address;
  envelope.body = message.params;
  session.open.push_back(request);
  if (route.lane == wire::Lane::kBackground) {
    Turns::Waiting waiting{request.ticket, {}, now_.mono_ms + limits::kDeadlineMs};
    wire::Append(waiting.envelope, envelope);
    pending_bytes_ += waiting.envelope.size();
    turns_.Wait(session.number, std::move(waiting));
    return StartWaiting(session);
  }
  pending_bytes_ += bytes;
  Start({session.number, request.ticket, static_cast<uint32_t>(bytes), false, login ? std::move(*key) : std::string()},
        envelope, request, limits::kDeadlineMs);
}

void Gateway::Start(Pending pending, wire::Envelope& envelope, const OpenRequest& request, int64_t ttl_ms) {
  if ((envelope.flags & wire::kTraced) != 0) {
    envelope.request = pending.trace = RequestId::Random();
    traces_.Begin(envelope, now_.wall_us - WaitedUs(request), now_.wall_us);
  }
  calls_.Start(envelope, ttl_ms, now_, *this, pending_.Put(std::move(pending)));
}

// As many of the session's background requests as may be under way, while it reads what it is answered.
void Gateway::StartWaiting(Session& session) {
  while (session.is_open() && session.out_bytes() <= kUnreadForBackgroundMax) {
    const std::optional<Turns::Waiting> next = turns_.Next(session.number);
    if (!next) return;
    std::optional<wire::Envelope> request = wire::BatchReader(next->envelope).Next();
    const auto open = FindOpen(session, next->ticket);
    PARLEY_CHECK(request && open != session.open.end());
    Start({session.number, next->ticket, static_cast<uint32_t>(next->envelope.size()), true, {}}, *request, *open,
          std::max<int64_t>(next->deadline_ms - now_.mono_ms, 1));
  }
}

void Gateway::ExpireWaiting() {
  turns_.Expire(now_.mono_ms, [&](uint64_t number, const Turns::Waiting& waiting) {
    pending_bytes_ -= waiting.envelope.size();
    Session* session = sessions_.Find(number);
    if (session == nullptr) return;
    const auto open = FindOpen(*session, waiting.ticket);
    if (open == session->open.end()) return;
    Refuse(*session, OpenRequest(*open),
           {Code::kOverloaded, "it waited too long for its turn; read the answers that wait for you", kBusyRetryMs});
  });
}

void Gateway::OnCallReply(uint64_t tag, const wire::CallReply& reply) {
  const Pending pending = pending_.Take(static_cast<uint32_t>(tag));
  pending_bytes_ -= pending.bytes;
  if (pending.trace.empty()) {
    OnAnswer(pending, reply);
  } else {
    const std::string told = traces_.End(pending.trace, reply, now_.wall_us);
    OnAnswer(pending, {std::nullopt, told, reply.directives, reply.epoch});
  }
  if (!pending.background) return;
  turns_.Done(pending.session);
  if (Session* session = sessions_.Find(pending.session)) StartWaiting(*session);
}

void Gateway::OnAnswer(const Pending& pending, const wire::CallReply& reply) {
  Result<wire::Directives> directives;
  if (!reply.directives.empty()) directives = schema::Decode<wire::Directives>(reply.directives);
  if (!directives) {
    LogError("A module's directives cannot be read: {}", directives.error().message);
    directives = wire::Directives{};
  }
  Session* session = sessions_.Find(pending.session);
  if (session == nullptr || !session->is_open()) {
    // The client left while it was logging in: the module believes that the session is connected.
    if (const auto& identify = directives->identify) {
      attachments_.Detach({identify->user, identify->session, {}, pending.session});
    }
    return;
  }
  const auto open = FindOpen(*session, pending.ticket);
  PARLEY_CHECK(open != session->open.end());
  const OpenRequest request = *open;
  if (reply.error) {
    if (reply.error->code == Code::kUnauthenticated && !pending.account.empty()) {
      guard_.Failed(session->address, pending.account, now_.mono_ms);
    }
    return Refuse(*session, request, *reply.error);
  }
  bool identified = false;
  if (const auto& identify = directives->identify) {
    const bool was_anonymous = session->user == nullptr;
    if (!Identify(*session, *identify)) {
      attachments_.Detach({identify->user, identify->session, session->address, session->number});
      return Refuse(*session, request, {Code::kConflict, "this connection is logged in already", 0});
    }
    identified = was_anonymous;
    if (!pending.account.empty()) guard_.Succeeded(session->address, pending.account);
  }
  Obey(*session, *directives, true);
  if (identified && attachments_.Attach(*session)) {
    // Answered when the modules know of the session: what the client then reads, and what it is pushed, leave no gap.
    session->held = std::make_unique<HeldAnswer>(
        HeldAnswer{request, std::string(reply.result), now_.mono_ms + options_.timeouts.attach_ms});
    deadlines_.Update(*session, now_.mono_ms);
  } else {
    Answer(*session, request, reply.result);
  }
  if (directives->close) Close(*session, *directives->close);
}

void Gateway::Answer(Session& session, const OpenRequest& request, std::string_view result) {
  WriteResult(session, request, result);
  Settle(session, request.ticket);
}

void Gateway::Refuse(Session& session, const OpenRequest& request, const Error& error) {
  WriteError(session, request, error);
  Settle(session, request.ticket);
}

void Gateway::WriteResult(Session& session, const OpenRequest& request, std::string_view result) {
  if (request.kind == OpenRequest::Kind::kNotification) {
    return stats_.Answered(request.method, WaitedUs(request), std::nullopt);
  }
  if (result.size() > kResultBytesMax) {
    const std::string reference = RandomText(9);
    LogError("A result of {} bytes is more than a response may have. reference={}", result.size(), reference);
    return WriteError(session, request, {Code::kInternal, "the result is too large; reference " + reference, 0});
  }
  if (result.size() > kLargeResultBytes && session.out_bytes() > kKeptBytesMax) {
    return WriteError(session, request, {Code::kTimeout, "too many answers wait to be read; ask again", 0});
  }
  stats_.Answered(request.method, WaitedUs(request), std::nullopt);
  schema::AppendResponse(sessions_.Tail(session), request.msgid, result);
}

void Gateway::WriteError(Session& session, const OpenRequest& request, const Error& error) {
  ++counts_.errors;
  stats_.Answered(request.method, WaitedUs(request), error.code);
  if (request.kind == OpenRequest::Kind::kNotification) return;
  schema::AppendErrorResponse(sessions_.Tail(session), request.msgid, error);
}

void Gateway::Settle(Session& session, uint32_t ticket) {
  std::erase_if(session.open, [&](const OpenRequest& request) { return request.ticket == ticket; });
  size_t pings = 0;
  while (pings < session.open.size() && session.open[pings].kind == OpenRequest::Kind::kPing) {
    OpenRequest ping = session.open[pings];
    ping.kind = OpenRequest::Kind::kRequest;
    WriteResult(session, ping, schema::Encode(PingReply{now_.wall_ms}));
    ++pings;
  }
  session.open.erase(session.open.begin(), session.open.begin() + static_cast<std::ptrdiff_t>(pings));
  if (!session.open.empty()) return;
  if (session.open.capacity() > kKeptOpenCapacity) std::vector<OpenRequest>().swap(session.open);
  if (session.leaving != nullptr && session.is_open()) Close(session, wire::Close(*session.leaving));
}

void Gateway::Tick() {
  node_.Tick(now_);
  calls_.Tick(now_);
  attachments_.Tick();
  ExpireWaiting();
  deadlines_.Advance(now_.mono_ms, [&](Session& session) { OnDue(session); });
  if (now_.mono_ms - swept_ms_ >= kSweepMs) {
    swept_ms_ = now_.mono_ms;
    users_.Sweep(now_.mono_ms);
    guard_.Sweep(now_.mono_ms);
  }
  if (draining_ && now_.mono_ms - drain_began_ms_ >= options_.timeouts.drain_ms) {
    sessions_.ForEach([&](Session& session) {
      if (session.is_open() && session.leaving != nullptr) Close(session, wire::Close(*session.leaving));
    });
  }
}

void Gateway::Drain() {
  leaving_ = true;
  SendClientsAway();
}

void Gateway::SendClientsAway() {
  if (draining_) return;
  draining_ = true;
  drain_began_ms_ = now_.mono_ms;
  const auto clients = static_cast<int64_t>(sessions_.size());
  const int64_t spread_ms = std::clamp(clients * 1'000 / kReturnsPerSecond, kReturnMs, kReturnMaxMs);
  sessions_.ForEach([&](Session& session) {
    if (!session.is_open()) return;
    const wire::Close close = Draining(spread_ms);
    if (session.open.empty()) return Close(session, close);
    // After a half-close nobody needs to be told.
    if (session.leaving == nullptr) session.leaving = std::make_unique<wire::Close>(close);
  });
}

// Not all of them at the same moment again.
wire::Close Gateway::Draining(int64_t spread_ms) {
  return {"draining", "this server takes no more clients", kReturnFirstMs + Jitter(spread_ms)};
}

bool Gateway::drained() const {
  if (!draining_ || sessions_.size() > 0) return false;
  return attachments_.on_their_way() == 0 || now_.mono_ms - drain_began_ms_ >= options_.timeouts.drain_ms;
}

}  // namespace parley::frontend
