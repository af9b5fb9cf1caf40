#include "common/wire/node.h"

namespace parley::wire {

Node::Node(Registration registration, BusPort& port, NodeListener& listener)
    : registration_(std::move(registration)),
      encoded_registration_(schema::Encode(registration_)),
      port_(port),
      listener_(listener),
      id_(NodeId::OfIdentity(identity())) {}

std::string Node::identity() const { return registration_.role + "/" + registration_.name + "/" + registration_.boot; }

void Node::Send(const Envelope& envelope) {
  if (!registered_) {
    ++dropped_;
    return;
  }
  port_.Send(envelope);
}

void Node::SendEncoded(std::string_view envelopes) {
  if (!registered_) {
    ++dropped_;
    return;
  }
  port_.SendEncoded(envelopes);
}

void Node::Register(const Now& now) {
  next_register_ms_ = now.mono_ms + kRegisterEveryMs;
  Envelope envelope;
  envelope.kind = Kind::kRegister;
  envelope.body = encoded_registration_;
  port_.Send(envelope);
}

void Node::Lose(const Now& now) {
  if (registered_) {
    registered_ = false;
    listener_.OnBusLost();
  }
  Register(now);
}

void Node::OnBatch(std::string_view batch, const Now& now) {
  heard_ms_ = now.mono_ms;
  BatchReader reader(batch);
  while (const std::optional<Envelope> envelope = reader.Next()) {
    switch (envelope->kind) {
      case Kind::kWelcome: {
        const Result<Welcome> welcome = schema::Decode<Welcome>(envelope->body);
        if (!welcome) {
          ++malformed_;
          break;
        }
        // A second welcome of the same bus answers a registration that was repeated.
        if (registered_ && welcome->boot == bus_boot_) break;
        registered_ = true;
        bus_boot_ = welcome->boot;
        next_heartbeat_ms_ = now.mono_ms + kHeartbeatEveryMs;
        next_figures_ms_ = 0;  // a new bus knows none
        if (leaving_) Leave();
        listener_.OnRegistered(bus_boot_);
        break;
      }
      case Kind::kRefused: {
        const Result<Refused> refused = schema::Decode<Refused>(envelope->body);
        registered_ = false;
        listener_.OnRefused(refused ? refused->reason : "the bus gave no reason");
        break;
      }
      case Kind::kUnknown:
        Lose(now);
        break;
      case Kind::kHeartbeat:
        break;
      default:
        listener_.OnEnvelope(*envelope);
    }
  }
  if (reader.malformed()) ++malformed_;
}

void Node::Tick(const Now& now) {
  if (!started_ms_) started_ms_ = now.mono_ms;
  if (!registered_) {
    if (now.mono_ms >= next_register_ms_) Register(now);
    return;
  }
  if (now.mono_ms - heard_ms_ >= kBusSilentMs) {
    Lose(now);
    return;
  }
  if (now.mono_ms >= next_heartbeat_ms_) {
    next_heartbeat_ms_ = now.mono_ms + kHeartbeatEveryMs;
    std::string figures;
    if (now.mono_ms >= next_figures_ms_) {
      next_figures_ms_ = now.mono_ms + kFiguresEveryMs;
      figures = listener_.TellFigures(now, now.mono_ms - *started_ms_);
    }
    Envelope envelope;
    envelope.kind = Kind::kHeartbeat;
    envelope.body = figures;
    port_.Send(envelope);
  }
}

void Node::SetHeld(std::vector<SlotEpoch> held, std::vector<SlotEpoch> copies) {
  registration_.held = std::move(held);
  registration_.copies = std::move(copies);
  encoded_registration_ = schema::Encode(registration_);
}

void Node::Leave() {
  leaving_ = true;
  Envelope envelope;
  envelope.kind = Kind::kLeaving;
  Send(envelope);
}

}  // namespace parley::wire
