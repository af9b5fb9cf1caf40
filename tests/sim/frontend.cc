#include "tests/sim/frontend.h"

#include <algorithm>

#include "common/wire/publication.h"
#include "common/wire/route_key.h"
#include "tests/sim/device.h"

namespace parley::sim {

void Frontend::Start(const Now& now) {
  wire::Registration registration;
  registration.role = "frontend";
  registration.name = name_;
  registration.host = "sim";
  registration.version = PARLEY_VERSION;
  registration.boot = std::to_string(++lives_);
  wire::BusPort& port = *this;
  wire::NodeListener& listener = *this;
  node_ = std::make_unique<wire::Node>(registration, port, listener);
  calls_ = std::make_unique<wire::Calls>(*node_);
  identity_ = node_->identity();
  network_.Open(identity_);
  paused_until_ms = 0;
  Tick(now);
  EndTurn();
}

void Frontend::Kill(bool host) {
  const std::map<uint64_t, Device*> connections = std::exchange(connections_, {});
  open_.clear();
  routes_.clear();
  calls_.reset();
  node_.reset();
  saying_.clear();
  network_.End(identity_, host);
  for (const auto& [number, device] : connections) device->OnDisconnected();
}

void Frontend::OnBatch(std::string_view batch, const Now& now) {
  now_ = now;
  node_->OnBatch(batch, now);
}

void Frontend::Tick(const Now& now) {
  now_ = now;
  node_->Tick(now);
  calls_->Tick(now);
  constexpr int64_t kGraceMs = 100;
  for (const auto& [tag, open] : open_) {
    if (now.mono_ms >= open.deadline_ms + kGraceMs) judge_.Broken("a request has no answer after its deadline");
  }
  if (open_.size() != calls_->open()) judge_.Broken(name_ + " leaks calls");
}

void Frontend::EndTurn() {
  if (!saying_.empty()) network_.Say(identity_, std::exchange(saying_, {}));
}

uint64_t Frontend::Connect(Device& device) {
  const bool first = ConnectionsOf(device.user()) == 0;
  connections_.emplace(++last_connection_, &device);
  if (first) SendTopics(wire::Kind::kSubscribe, {wire::UserTopic(device.user())});
  return last_connection_;
}

void Frontend::Disconnect(uint64_t connection) {
  const auto it = connections_.find(connection);
  if (it == connections_.end()) return;
  Device* device = it->second;
  connections_.erase(it);
  std::erase_if(open_, [&](const auto& entry) {
    if (entry.second.connection != connection) return false;
    calls_->Forget(entry.second.request);
    return true;
  });
  if (ConnectionsOf(device->user()) == 0) SendTopics(wire::Kind::kUnsubscribe, {wire::UserTopic(device->user())});
  device->OnDisconnected();
}

int Frontend::ConnectionsOf(const UserHandle& user) const {
  return static_cast<int>(
      std::ranges::count_if(connections_, [&](const auto& entry) { return entry.second->user() == user; }));
}

void Frontend::SendTopics(wire::Kind kind, std::vector<std::string> topics) {
  const std::string body = schema::Encode(wire::Topics{std::move(topics)});
  wire::Envelope envelope;
  envelope.kind = kind;
  envelope.body = body;
  node_->Send(envelope);
}

void Frontend::Call(uint64_t connection, uint64_t tag, std::string_view method, std::string_view arguments) {
  Device& device = *connections_.at(connection);
  const auto route = routes_.find(method);
  if (route == routes_.end()) {
    return device.OnAnswer(tag, Fail(Code::kUnavailable, "no such method yet", 100));
  }
  schema::Parser parser;
  const Result<schema::Value> parsed = parser.Parse(arguments);
  const std::string session = "s" + std::to_string(connection);
  wire::Envelope request;
  request.module = method.substr(0, method.find('.'));
  request.method = method;
  request.user = device.user().text();
  request.slot = SlotOf(wire::FindKey(route->second.key, *parsed, request.user).value_or(""));
  request.lane = static_cast<wire::Lane>(route->second.lane);
  request.role = Access::kUser;
  request.session = session;
  request.address = "192.0.2.1";
  request.connection = connection;
  request.body = arguments;
  const uint64_t call = ++last_call_;
  const RequestId id = calls_->Start(request, ttl_ms_, now_, *this, call);
  open_.emplace(call, Open{connection, tag, id, now_.mono_ms + ttl_ms_});
}

void Frontend::OnCallReply(uint64_t tag, const wire::CallReply& reply) {
  const auto node = open_.extract(tag);
  if (node.empty()) return judge_.Broken("a request was answered twice");
  const Open& open = node.mapped();
  const auto connection = connections_.find(open.connection);
  if (connection == connections_.end()) return judge_.Broken("a request outlived its connection");
  Result<std::string> result(std::string(reply.result));
  if (reply.error) result = Fail(*reply.error);
  connection->second->OnAnswer(open.tag, result);
}

void Frontend::OnRegistered(const std::string&) {
  std::vector<std::string> topics;
  for (const auto& [number, device] : connections_) topics.push_back(wire::UserTopic(device->user()));
  SendTopics(wire::Kind::kSubscribe, std::move(topics));
  calls_->OnRegistered(now_);
  for (const auto& [number, device] : connections_) device->OnResync();
}

void Frontend::OnEnvelope(const wire::Envelope& envelope) {
  switch (envelope.kind) {
    case wire::Kind::kReply:
    case wire::Kind::kMoved:
      calls_->OnEnvelope(envelope, now_);
      return;
    case wire::Kind::kSlots:
      calls_->OnSlots(schema::Decode<wire::SlotsNotice>(envelope.body).value(), now_);
      return;
    case wire::Kind::kRoutes: {
      const auto notice = schema::Decode<wire::RoutesNotice>(envelope.body).value();
      for (const wire::ModuleRoutes& module : notice.modules) {
        for (const wire::RouteRow& row : module.routes) routes_.insert_or_assign(row.method, row);
      }
      return;
    }
    case wire::Kind::kEvent:
      return OnEvent(envelope);
    case wire::Kind::kDropped:
      for (const auto& [number, device] : connections_) device->OnResync();
      return;
    case wire::Kind::kDrain:  // nobody drains frontends here: it is told so when it is welcomed
      return;
    default:
      judge_.Broken("a frontend was sent what is not for frontends");
  }
}

void Frontend::OnEvent(const wire::Envelope& event) {
  const Result<wire::Publication> head = wire::DecodeHead(event.extra);
  if (!head) return judge_.Broken("an event cannot be read");
  for (const auto& [number, device] : connections_) {
    if (event.target == node_->id() && event.connection == number) continue;
    const std::string topic = wire::UserTopic(device->user());
    if (std::ranges::find(head->topics, topic) == head->topics.end()) continue;
    device->OnPush(event.method, event.body);
  }
}

}  // namespace parley::sim
