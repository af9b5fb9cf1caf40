#include "bus/router.h"

#include "bus/limits.h"
#include "common/base/log.h"
#include "common/wire/publication.h"

namespace parley::bus {

using wire::Kind;

Router::Router(const RouterOptions& options, ClusterStore& store)
    : store_(store),
      coordinator_(store, options.settle_ms),
      delivery_(options.name, peers_, modules_, counters_, options.park_ms),
      membership_(options.boot, peers_, modules_, topics_, coordinator_, store, delivery_),
      operator_(options.name, options.host, peers_, modules_, coordinator_, membership_.moves(), delivery_.parking(),
                counters_) {}

Result<void> Router::Load() {
  TRY_ASSIGN(const ClusterStore::Contents contents, store_.Load());
  coordinator_.Load(contents);
  membership_.Load(contents.routes);
  return {};
}

void Router::OnBatch(std::string_view identity, std::string_view batch, const Now& now) {
  counters_.Add(Count::kBatches);
  const NodeId id = NodeId::OfIdentity(identity);
  Peer* from = peers_.Find(id);
  if (from != nullptr) membership_.OnHeard(*from, now);
  bool told = false;
  wire::BatchReader reader(batch);
  while (const std::optional<wire::Envelope> envelope = reader.Next()) {
    if (envelope->kind == Kind::kRegister) {
      membership_.OnRegister(identity, envelope->body, now);
      from = peers_.Find(id);
    } else if (from != nullptr) {
      OnEnvelope(*from, *envelope, reader.bytes(), now);
    } else {
      counters_.Add(Count::kStranger);
      if (!std::exchange(told, true)) membership_.TellUnknown(identity);
    }
  }
  if (reader.malformed()) OnMalformed(identity, from, batch);
}

void Router::OnEnvelope(Peer& from, const wire::Envelope& envelope, std::string_view bytes, const Now& now) {
  switch (envelope.kind) {
    case Kind::kRequest:
      if (envelope.module == wire::kBusModule) return operator_.OnRequest(from, envelope, now);
      return delivery_.OnRequest(from, envelope, bytes, now);
    case Kind::kReply:
    case Kind::kMoved:
      if (from.is_worker()) return delivery_.OnAnswer(from, envelope, bytes, now);
      break;
    case Kind::kPublish:
      if (from.is_worker()) return OnPublish(from, envelope, bytes);
      break;
    case Kind::kHeartbeat:
      if (!envelope.body.empty() && envelope.body.size() <= kFiguresBytesMax) from.figures = envelope.body;
      return;
    case Kind::kSubscribe:
    case Kind::kUnsubscribe:
      if (!from.is_worker()) return OnTopics(from, envelope);
      break;
    case Kind::kLeaving:
      return membership_.OnLeaving(from, now);
    case Kind::kEvacuate:
      if (from.is_worker()) return membership_.moves().OnEvacuate(from, now);
      break;
    case Kind::kCaughtUp:
    case Kind::kTaken:
    case Kind::kCopyEnd:
      if (from.is_worker()) return membership_.moves().OnStep(from, envelope, now);
      break;
    case Kind::kPull:
    case Kind::kPart:
      if (from.is_worker()) return membership_.moves().OnPassOn(from, envelope, bytes);
      break;
    case Kind::kRegister:
    case Kind::kWelcome:
    case Kind::kRefused:
    case Kind::kUnknown:
    case Kind::kAssign:
    case Kind::kSlots:
    case Kind::kRoutes:
    case Kind::kNodeGone:
    case Kind::kDropped:
    case Kind::kEvent:
    case Kind::kDrain:
    case Kind::kNobody:
    case Kind::kCopy:
    case Kind::kRelease:
    case Kind::kResume:
      break;
    case Kind::kHop:
      if (from.is_worker()) return delivery_.OnHop(envelope, bytes);
      break;
  }
  counters_.Add(Count::kMisplaced);
}

void Router::OnTopics(Peer& frontend, const wire::Envelope& envelope) {
  const Result<wire::Topics> topics = schema::Decode<wire::Topics>(envelope.body);
  if (!topics) {
    counters_.Add(Count::kMisplaced);
    LogWarn("{} sent topics that cannot be read: {}.", frontend.registration.name, topics.error().message);
    return;
  }
  for (const std::string& topic : topics->topics) {
    if (envelope.kind == Kind::kUnsubscribe) {
      topics_.Unsubscribe(frontend, topic);
    } else if (topic.size() > 255 || !topics_.Subscribe(frontend, topic)) {
      counters_.Add(Count::kMisplaced);
    }
  }
}

// Once per interested frontend, however many of the event's topics it wants.
void Router::OnPublish(Peer& worker, const wire::Envelope& event, std::string_view bytes) {
  counters_.Add(Count::kPublished);
  if (!wire::ReadTopics(event.extra, event_topics_)) {
    counters_.Add(Count::kMisplaced);
    return;
  }
  ++event_mark_;
  for (const std::string_view topic : event_topics_) {
    for (Peer* frontend : topics_.Of(topic)) {
      if (frontend->event_mark == event_mark_) continue;
      frontend->event_mark = event_mark_;
      switch (frontend->pipe.AppendEvent(bytes, event.flags, worker.id)) {
        case Pipe::Event::kTaken:
          counters_.Add(Count::kEvents);
          break;
        case Pipe::Event::kDropped:
          counters_.Add(Count::kEventPipeFull);
          break;
        case Pipe::Event::kMissed:
          counters_.Add(Count::kDroppablePipeFull);
          break;
      }
    }
  }
}

void Router::OnMalformed(std::string_view identity, const Peer* from, std::string_view batch) {
  counters_.Add(Count::kMalformed);
  if (from != nullptr) {
    LogWarn("{} sent bytes that are no envelope; the rest of that batch is lost.", from->registration.name);
    return;
  }
  // The version is where it is in all versions: who speaks another one is told so rather than left to wonder.
  constexpr size_t kVersionAt = 4;
  if (batch.size() < wire::kHeaderBytes) return;
  const auto version = static_cast<uint8_t>(batch[kVersionAt]);
  if (version == wire::kEnvelopeVersion) return;
  membership_.Refuse(identity, fmt::format("it speaks version {} of the bus's protocol, and this bus ({}) version {}",
                                           version, PARLEY_VERSION, wire::kEnvelopeVersion));
}

void Router::Tick(const Now& now) {
  if (now.mono_ms < next_tick_ms_) return;
  next_tick_ms_ = now.mono_ms + kTickMs;
  membership_.Tick(now);
  delivery_.Tick(now);
  operator_.Tick(now);
}

void Router::Flush(Outbound& outbound, const Now& now) {
  // What is written to disk is told only after that; what could not be written is told to nobody.
  if (failure()) return;
  for (const auto& [identity, batch] : membership_.TakeStrangers()) outbound.Send(identity, batch);
  std::vector<std::pair<NodeId, std::string_view>> gone;
  peers_.ForEach([&](Peer& peer) {
    peer.pipe.TellDropped();
    if (peer.pipe.empty()) return;
    const Sent sent = peer.pipe.Flush(peer.identity, outbound, now.mono_ms);
    if (sent == Sent::kGone) gone.emplace_back(peer.id, "its connection is closed");
    if (sent == Sent::kFull && now.mono_ms - peer.pipe.stuck_since_ms() > kPipeStuckMs) {
      gone.emplace_back(peer.id, "it takes nothing any more");
    }
  });
  for (const auto& [id, why] : gone) {
    Peer* peer = peers_.Find(id);
    if (peer == nullptr) continue;
    counters_.Add(Count::kPeerGoneBytes, peer->pipe.bytes());
    membership_.OnGone(*peer, why, now);
  }
  // Others have been told of it, and one that waited for its name may have come in. Each time there are fewer.
  if (!gone.empty()) Flush(outbound, now);
}

}  // namespace parley::bus
