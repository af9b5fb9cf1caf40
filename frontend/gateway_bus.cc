// What the bus and the modules say: directives, events, routes, slots, and the bus coming and going.
#include "common/base/log.h"
#include "common/base/slot.h"
#include "frontend/gateway.h"
#include "frontend/messages.h"

namespace parley::frontend {
namespace {

constexpr size_t kTopicsPerEnvelope = 1'000;
constexpr size_t kShortTextMax = 255;  // what an envelope or a head can carry
constexpr int64_t kResyncSpreadMs = 1'500;

}  // namespace

// False when the connection belongs to another session already.
bool Gateway::Identify(Session& session, const wire::Identify& identify) {
  if (session.user != nullptr) {
    if (session.user->handle != identify.user || session.id != identify.session) return false;
    session.admin = identify.admin;
    return true;
  }
  if (identify.user.empty() || identify.session.empty() || identify.session.size() > kShortTextMax) return false;
  ++logged_in_;
  session.user = users_.Hold(identify.user, now_.mono_ms);
  session.user_slot = SlotOf(identify.user.text());
  session.id = identify.session;
  session.admin = identify.admin;
  return true;
}

// All but `identify`, which only a reply may do to an anonymous connection, and `close`, which comes last.
void Gateway::Obey(Session& session, const wire::Directives& directives, bool own) {
  if (directives.anonymous) Unidentify(session);
  if (!directives.unsubscribe.empty()) {
    std::vector<std::string> emptied;
    for (const std::string& topic : directives.unsubscribe) {
      if (topics_.Leave(session, topic)) emptied.push_back(topic);
    }
    SendTopics(wire::Kind::kUnsubscribe, std::move(emptied));
  }
  if (!directives.subscribe.empty()) Subscribe(session, directives.subscribe, own);
}

void Gateway::Subscribe(Session& session, const std::vector<std::string>& topics, bool own) {
  std::vector<std::string> first;
  for (const std::string& topic : topics) {
    if (topic.empty() || topic.size() > kShortTextMax) {
      LogWarn("Ignoring a topic of {} bytes.", topic.size());
      continue;
    }
    if (topics_.Join(session, topic, own)) first.push_back(topic);
  }
  SendTopics(wire::Kind::kSubscribe, std::move(first));
}

void Gateway::SendTopics(wire::Kind kind, std::vector<std::string> topics) {
  for (size_t begin = 0; begin < topics.size(); begin += kTopicsPerEnvelope) {
    const size_t end = std::min(topics.size(), begin + kTopicsPerEnvelope);
    wire::Topics some;
    some.topics.assign(std::make_move_iterator(topics.begin() + static_cast<std::ptrdiff_t>(begin)),
                       std::make_move_iterator(topics.begin() + static_cast<std::ptrdiff_t>(end)));
    const std::string body = schema::Encode(some);
    wire::Envelope envelope;
    envelope.kind = kind;
    envelope.body = body;
    node_.Send(envelope);
  }
}

void Gateway::Unidentify(Session& session) {
  SendTopics(wire::Kind::kUnsubscribe, topics_.LeaveAll(session));
  attachments_.Cancel(session);
  if (session.user == nullptr) return;
  attachments_.Detach({session.user->handle, session.id, session.address, session.number});
  --logged_in_;
  users_.Drop(session.user);
  session.user = nullptr;
  session.id.clear();
  session.admin = false;
  session.lost_pushes = false;
  session.resync_ms = 0;
  if (session.held != nullptr) ReleaseHeld(session);
  deadlines_.Update(session, now_.mono_ms);
}

void Gateway::Close(Session& session, const wire::Close& close) {
  if (!session.is_open()) return;
  session.held.reset();
  session.leaving.reset();
  Unidentify(session);
  session.phase = Session::Phase::kClosing;
  session.closing_ms = now_.mono_ms;
  std::vector<OpenRequest>().swap(session.open);
  pending_bytes_ -= turns_.Forget(session.number);
  session.inbound.Clear();
  if (!close.code.empty()) {
    const std::string arguments = schema::Encode(Closed{close.code, close.message, close.retry_after_ms});
    schema::AppendNotification(sessions_.Tail(session), Closed::kMethod, arguments);
  }
  sessions_.Touch(session);
  deadlines_.Update(session, now_.mono_ms);
}

void Gateway::ReleaseHeld(Session& session) {
  const std::unique_ptr<HeldAnswer> held = std::move(session.held);
  Answer(session, held->request, held->result);
}

void Gateway::OnAttached(Session& session, std::string_view encoded) {
  if (encoded.empty() || !session.is_open()) return;
  const Result<wire::Directives> directives = schema::Decode<wire::Directives>(encoded);
  if (!directives) {
    LogError("A module's directives cannot be read: {}", directives.error().message);
    return;
  }
  // Its role may have changed while it was not listening.
  if (directives->identify && session.user != nullptr) Identify(session, *directives->identify);
  Obey(session, *directives, false);
  if (directives->close) Close(session, *directives->close);
}

void Gateway::OnAttachesDone(Session& session) {
  if (session.held != nullptr) ReleaseHeld(session);
  if (!session.resync_after_attach || !session.is_open()) return;
  session.resync_after_attach = false;
  ResyncLater(session);
}

// Events were lost, and with them, it may be, what modules told sessions not to hear any more. Until they are attached
// again they hear nothing of what modules had them hear. The topics that have no session any more.
std::vector<std::string> Gateway::ForgetSubscriptions() {
  std::vector<std::string> emptied;
  sessions_.ForEach([&](Session& session) {
    const std::vector<std::string> some = topics_.LeaveAllButOwn(session);
    emptied.insert(emptied.end(), some.begin(), some.end());
  });
  return emptied;
}

// The bus is new, or had lost this node: whatever was published meanwhile went by.
void Gateway::OnRegistered(const std::string& bus_boot) {
  LogInfo("Registered on the bus. boot={} sessions={} topics={}", bus_boot, sessions_.size(), topics_.size());
  ForgetSubscriptions();
  SendTopics(wire::Kind::kSubscribe, topics_.All());
  calls_.OnRegistered(now_);
  attachments_.OnBusChanged();
}

void Gateway::OnEnvelope(const wire::Envelope& envelope) {
  switch (envelope.kind) {
    case wire::Kind::kReply:
    case wire::Kind::kMoved:
      calls_.OnEnvelope(envelope, now_);
      break;
    case wire::Kind::kEvent:
      OnEvent(envelope);
      break;
    case wire::Kind::kRoutes:
      OnRoutes(envelope);
      break;
    case wire::Kind::kSlots: {
      const Result<wire::SlotsNotice> notice = schema::Decode<wire::SlotsNotice>(envelope.body);
      if (!notice) {
        LogError("The bus sent slots that cannot be read: {}", notice.error().message);
        break;
      }
      calls_.OnSlots(*notice, now_);
      attachments_.OnSlots(*notice);
      break;
    }
    case wire::Kind::kHop:
      traces_.OnHop(envelope);
      break;
    case wire::Kind::kDrain:
      OnDrain(envelope);
      break;
    case wire::Kind::kDropped:
      LogWarn("The bus dropped events for this process: clients are told to resync.");
      SendTopics(wire::Kind::kUnsubscribe, ForgetSubscriptions());
      attachments_.AttachAll();
      break;
    default:
      break;  // not for frontends
  }
}

void Gateway::OnRoutes(const wire::Envelope& envelope) {
  const Result<wire::RoutesNotice> notice = schema::Decode<wire::RoutesNotice>(envelope.body);
  if (!notice) {
    LogError("The bus sent routes that cannot be read: {}", notice.error().message);
    return;
  }
  routes_ = std::make_shared<const RouteTable>(*notice, stats_);
  attachments_.SetRoutes(routes_);
}

void Gateway::OnDrain(const wire::Envelope& envelope) {
  const Result<wire::DrainNotice> notice = schema::Decode<wire::DrainNotice>(envelope.body);
  if (!notice || leaving_ || notice->on == draining_) return;
  LogInfo("Drained by an operator: {}. connections={}", notice->on ? "clients are sent elsewhere" : "no more",
          sessions_.size());
  host_.OnDrained(notice->on);
  if (notice->on) return SendClientsAway();
  draining_ = false;
}

std::string Gateway::TellFigures(const Now& now, int64_t up_ms) {
  using enum wire::FigureKind;
  const auto number = [](uint64_t value) { return static_cast<int64_t>(value); };
  wire::Figures figures;
  figures.up_ms = up_ms;
  figures.sessions = logged_in_;
  figures.figures = {{"requests", kCount, number(counts_.requests + counts_.notifications)},
                     {"errors", kCount, number(counts_.errors)},
                     {"events", kCount, number(counts_.events)},
                     {"pushes", kCount, number(counts_.pushes)},
                     {"resyncs", kCount, number(counts_.resyncs)},
                     {"asked_again", kCount, number(calls_.resent())},
                     {"connections", kGauge, number(sessions_.size())},
                     {"on_their_way", kGauge, number(pending_.size())},
                     {"slow_client", kDrop, number(sessions_.dropped())},
                     {"malformed_event", kDrop, number(counts_.malformed_events)},
                     {"bus_lost", kDrop, number(node_.dropped())}};
  meter_.Rate(figures.figures, now);
  figures.methods = stats_.Figures();
  return schema::Encode(figures);
}

void Gateway::OnEvent(const wire::Envelope& event) {
  ++counts_.events;
  const Result<wire::Publication> publication = wire::DecodeHead(event.extra);
  if (!publication) {
    ++counts_.malformed_events;
    return;
  }
  const wire::Directives& directives = publication->directives;
  const bool directs = !directives.empty();
  const bool droppable = (event.flags & wire::kDroppable) != 0;
  Notification notification(event, *publication);
  for (Session* session : topics_.Reach(publication->topics)) {
    if (event.connection == session->number && event.target == node_.id()) continue;
    const bool own = session->user != nullptr && session->user->handle.text() == event.user;
    if (own && (event.flags & wire::kExceptUser) != 0) continue;
    if (!session->is_open()) continue;
    if (directs) {
      // An event changes the role of a session, never whose it is.
      if (directives.identify && session->user != nullptr) Identify(*session, *directives.identify);
      Obey(*session, directives, false);
    }
    if (!event.method.empty()) {
      sessions_.Push(*session, notification.For(*session), droppable);
      ++counts_.pushes;
    }
    if (directives.close) Close(*session, *directives.close);
  }
}

void Gateway::OnDue(Session& session) {
  switch (deadlines_.DueOf(session, now_.mono_ms)) {
    case Due::kNothing:
      break;
    case Due::kIdle:
      Close(session, {"idle", session.user == nullptr ? "nobody logged in" : "nothing was sent for too long", 0});
      break;
    case Due::kIncomplete:
      Close(session, {"idle", "a message was left incomplete for too long", 0});
      break;
    case Due::kStuck:
      Close(session, {"slow", "what was sent to this connection was not read", 0});
      break;
    case Due::kOver:
      session.phase = Session::Phase::kOver;
      sessions_.Touch(session);
      break;
    case Due::kHeldAnswer:
      ReleaseHeld(session);
      break;
    case Due::kResync:
      ResyncNow(session);
      break;
  }
}

void Gateway::ResyncLater(Session& session) {
  if (session.resync_ms != 0) return;
  session.resync_ms = now_.mono_ms + 1 + Jitter(kResyncSpreadMs);
  deadlines_.Update(session, now_.mono_ms);
}

void Gateway::ResyncNow(Session& session) {
  session.resync_ms = 0;
  if (session.lost_pushes) return;  // it is told once it has caught up
  ++counts_.resyncs;
  schema::AppendNotification(sessions_.Tail(session), Resync::kMethod, {});
}

}  // namespace parley::frontend
