#include "tests/sim/groups_frontend.h"

#include <algorithm>

#include "common/base/slot.h"
#include "common/schema/codec.h"
#include "common/wire/route_key.h"

namespace parley::sim {
namespace {

constexpr int64_t kTtlMs = 10'000;
constexpr std::string_view kAttach = "message.attach";

}  // namespace

void GroupFrontend::Start(const Now& now) {
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
  for (auto& [user, session] : sessions_) session = Session{{wire::UserTopic(user)}, false, false, {}};
  Tick(now);
  EndTurn();
}

void GroupFrontend::Kill(bool host) {
  routes_.clear();
  attaching_.clear();
  calls_.reset();
  node_.reset();
  saying_.clear();
  network_.End(identity_, host);
  for (const auto& [call, tag] : std::exchange(asked_, {})) {
    listener_.answered(tag, Fail(Code::kTimeout, "the frontend is gone"));
  }
}

void GroupFrontend::OnBatch(std::string_view batch, const Now& now) {
  now_ = now;
  node_->OnBatch(batch, now);
}

void GroupFrontend::Tick(const Now& now) {
  now_ = now;
  node_->Tick(now);
  calls_->Tick(now);
  AttachSome();
}

void GroupFrontend::EndTurn() {
  if (!saying_.empty()) network_.Say(identity_, std::exchange(saying_, {}));
}

bool GroupFrontend::attached() const {
  return std::ranges::all_of(sessions_, [](const auto& entry) { return entry.second.attached; });
}

bool GroupFrontend::Hears(const UserHandle& user, const std::string& topic) const {
  return sessions_.at(user).topics.contains(topic);
}

RequestId GroupFrontend::Call(const UserHandle& user, Access role, std::string_view method, std::string_view arguments,
                              uint64_t tag) {
  const wire::RouteRow& route = routes_.find(method)->second;
  schema::Parser parser;
  const Result<schema::Value> parsed = parser.Parse(arguments);
  const std::string session = "s-" + user.text();
  wire::Envelope request;
  request.module = method.substr(0, method.find('.'));
  request.method = method;
  request.user = user.text();
  request.slot = SlotOf(wire::FindKey(route.key, *parsed, request.user).value_or(""));
  request.lane = static_cast<wire::Lane>(route.lane);
  request.role = role;
  request.session = session;
  request.address = "192.0.2.1";
  request.connection = 0;
  request.body = arguments;
  return calls_->Start(request, kTtlMs, now_, *this, tag);
}

void GroupFrontend::Ask(const UserHandle& user, uint64_t tag, std::string_view method, std::string_view arguments) {
  asked_.emplace(++last_call_, tag);
  Call(user, Access::kUser, method, arguments, last_call_);
}

void GroupFrontend::AttachSome() {
  if (!Knows(kAttach)) return;
  for (auto& [user, session] : sessions_) {
    if (session.attached || session.attaching) continue;
    session.attaching = true;
    attaching_.emplace(++last_call_, user);
    session.attach = Call(user, Access::kModule, kAttach, "\x80", last_call_);
  }
}

void GroupFrontend::AttachAgain(const UserHandle& user, Session& session) {
  if (session.attaching) {
    calls_->Forget(session.attach);
    std::erase_if(attaching_, [&](const auto& entry) { return entry.second == user; });
  }
  session.attached = session.attaching = false;
}

// Events were lost. What sessions were to hear no more may have been among them: they hear nothing but of themselves
// until they are attached again.
void GroupFrontend::OnLost() {
  listener_.note("events were lost");
  std::set<std::string> gone;
  for (auto& [user, session] : sessions_) {
    const std::string own = wire::UserTopic(user);
    gone.merge(std::exchange(session.topics, {own}));
    AttachAgain(user, session);
  }
  for (const auto& [user, session] : sessions_) gone.erase(wire::UserTopic(user));
  SendTopics(wire::Kind::kUnsubscribe, gone);
}

void GroupFrontend::OnCallReply(uint64_t tag, const wire::CallReply& reply) {
  if (const auto attach = attaching_.extract(tag)) {
    const UserHandle user = attach.mapped();
    Session& session = sessions_.at(user);
    session.attaching = false;
    if (reply.error) return;
    session.attached = true;
    listener_.note(user.text() + " is attached");
    if (!reply.directives.empty()) Obey(user, session, schema::Decode<wire::Directives>(reply.directives).value());
    return;
  }
  const auto asked = asked_.extract(tag);
  if (asked.empty()) return listener_.broken("a request was answered twice");
  Result<std::string> result(std::string(reply.result));
  if (reply.error) result = Fail(*reply.error);
  listener_.answered(asked.mapped(), result);
}

void GroupFrontend::Obey(const UserHandle& user, Session& session, const wire::Directives& directives) {
  std::set<std::string> gone, more;
  for (const std::string& topic : directives.unsubscribe) {
    if (session.topics.erase(topic) == 0) continue;
    listener_.note(user.text() + " hears " + topic + " no more");
    const bool heard = std::ranges::any_of(sessions_, [&](const auto& e) { return e.second.topics.contains(topic); });
    if (!heard) gone.insert(topic);
  }
  for (const std::string& topic : directives.subscribe) {
    const bool heard = std::ranges::any_of(sessions_, [&](const auto& e) { return e.second.topics.contains(topic); });
    if (!session.topics.insert(topic).second) continue;
    listener_.note(user.text() + " hears " + topic);
    if (!heard) more.insert(topic);
  }
  SendTopics(wire::Kind::kUnsubscribe, gone);
  SendTopics(wire::Kind::kSubscribe, more);
}

void GroupFrontend::SendTopics(wire::Kind kind, const std::set<std::string>& topics) {
  if (topics.empty()) return;
  wire::Topics some;
  some.topics.assign(topics.begin(), topics.end());
  const std::string body = schema::Encode(some);
  wire::Envelope envelope;
  envelope.kind = kind;
  envelope.body = body;
  node_->Send(envelope);
}

void GroupFrontend::OnRegistered(const std::string&) {
  OnLost();
  std::set<std::string> all;
  for (const auto& [user, session] : sessions_) all.insert(session.topics.begin(), session.topics.end());
  SendTopics(wire::Kind::kSubscribe, all);
  calls_->OnRegistered(now_);
  AttachSome();
}

void GroupFrontend::OnEnvelope(const wire::Envelope& envelope) {
  switch (envelope.kind) {
    case wire::Kind::kReply:
    case wire::Kind::kMoved:
      calls_->OnEnvelope(envelope, now_);
      return;
    case wire::Kind::kSlots: {
      const auto notice = schema::Decode<wire::SlotsNotice>(envelope.body).value();
      calls_->OnSlots(notice, now_);
      if (!notice.up || notice.module != "message") return;
      std::set<int64_t> slots;
      for (const wire::SlotEpoch& slot : notice.slots) slots.insert(slot.slot);
      for (auto& [user, session] : sessions_) {
        if (slots.contains(SlotOf(user.text()))) AttachAgain(user, session);
      }
      AttachSome();
      return;
    }
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
      OnLost();
      return AttachSome();
    case wire::Kind::kDrain:  // nobody drains frontends here: it is told so when it is welcomed
      return;
    default:
      listener_.broken("a frontend was sent what is not for frontends");
  }
}

void GroupFrontend::OnEvent(const wire::Envelope& event) {
  const Result<wire::Publication> head = wire::DecodeHead(event.extra);
  if (!head) return listener_.broken("an event cannot be read");
  for (auto& [user, session] : sessions_) {
    const bool reached =
        std::ranges::any_of(head->topics, [&](const auto& topic) { return session.topics.contains(topic); });
    if (!reached) continue;
    Obey(user, session, head->directives);
    if (!event.method.empty()) listener_.told(user, event.method, event.body);
  }
}

}  // namespace parley::sim
