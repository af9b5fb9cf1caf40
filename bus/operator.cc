#include "bus/operator.h"

#include <algorithm>

#include "bus/limits.h"
#include "common/base/log.h"
#include "common/wire/node.h"

namespace parley::bus {

void TellDrain(Peer& frontend, bool drained) {
  const std::string body = schema::Encode(wire::DrainNotice{drained});
  wire::Envelope notice;
  notice.kind = wire::Kind::kDrain;
  notice.body = body;
  frontend.pipe.Append(notice);
}

void Operator::Tick(const Now& now) {
  if (!started_ms_) started_ms_ = now.mono_ms;
  if (now.mono_ms < next_look_ms_) return;
  next_look_ms_ = now.mono_ms + wire::kFiguresEveryMs;
  own_.up_ms = now.mono_ms - *started_ms_;
  own_.figures.clear();
  for (size_t i = 0; i < static_cast<size_t>(Count::kCount_); ++i) {
    const auto what = static_cast<Count>(i);
    own_.figures.push_back({std::string(NameOf(what)),
                            IsDrop(what) ? wire::FigureKind::kDrop : wire::FigureKind::kCount,
                            static_cast<int64_t>(counters_.Of(what))});
  }
  own_.figures.push_back({"slots_moved", wire::FigureKind::kCount, static_cast<int64_t>(moves_.done())});
  own_.figures.push_back({"slots_moving", wire::FigureKind::kGauge, static_cast<int64_t>(moves_.size())});
  own_.figures.push_back({"parked_now", wire::FigureKind::kGauge, static_cast<int64_t>(parking_.count())});
  own_.figures.push_back({"nodes", wire::FigureKind::kGauge, static_cast<int64_t>(peers_.size())});
  meter_.Rate(own_.figures, now);
}

void Operator::OnRequest(Peer& from, const wire::Envelope& request, const Now& now) {
  Tick(now);
  const Result<std::string> result = Answer(from, request);
  if (coordinator_.failure()) return;  // what could not be written is told to nobody
  wire::Envelope reply;
  reply.kind = wire::Kind::kReply;
  reply.request = request.request;
  reply.target = from.id;
  reply.connection = request.connection;
  if (result) {
    reply.body = *result;
  } else {
    reply.code = static_cast<uint8_t>(result.error().code);
    reply.body = result.error().message;
  }
  from.pipe.Append(reply);
}

Result<std::string> Operator::Answer(const Peer& from, const wire::Envelope& request) {
  if (!from.is_worker() || request.role != Access::kModule)
    return Fail(Code::kForbidden, "the bus answers modules only");
  if (request.method == wire::AskNodes::kMethod) return schema::Encode(Nodes());
  if (request.method == wire::AskSlots::kMethod) {
    TRY_ASSIGN(const wire::AskSlots asked, schema::Decode<wire::AskSlots>(request.body));
    return schema::Encode(Slots(asked.module));
  }
  const bool drain = request.method == wire::AskDrain::kMethod;
  if (!drain && request.method != wire::AskUndrain::kMethod)
    return Fail(Code::kUnsupported, "no such method of the bus");
  TRY_ASSIGN(const wire::AskDrain asked, schema::Decode<wire::AskDrain>(request.body));
  TRY_ASSIGN(const wire::Left left, SetDrained(asked.node, drain));
  return schema::Encode(left);
}

wire::NodesState Operator::Nodes() const {
  wire::NodesState state;
  size_t bytes = 0;
  peers_.ForEach([&](const Peer& peer) {
    const wire::Registration& registration = peer.registration;
    wire::NodeState node{registration.name,
                         registration.role,
                         registration.module,
                         registration.host,
                         registration.version,
                         0,
                         coordinator_.IsDrained(registration.name),
                         {}};
    if (peer.is_worker()) node.slots = coordinator_.SlotsOf(registration.name);
    bytes += peer.figures.size();
    // What cannot be read is that node's fault, and costs only it.
    if (!peer.figures.empty() && bytes <= kNodesReplyBytesMax) {
      if (Result<wire::Figures> figures = schema::Decode<wire::Figures>(peer.figures))
        node.figures = *std::move(figures);
    }
    state.nodes.push_back(std::move(node));
  });
  std::ranges::sort(state.nodes, {}, &wire::NodeState::node);
  state.nodes.insert(state.nodes.begin(), {name_, "bus", "", host_, PARLEY_VERSION, 0, false, own_});
  return state;
}

wire::SlotsState Operator::Slots(const std::string& module) const {
  wire::SlotsState state;
  for (const SlotRow& row : coordinator_.Slots()) {
    if (!module.empty() && row.module != module) continue;
    const Module* known = modules_.Find(row.module);
    const Peer* primary = known == nullptr ? nullptr : known->slots[row.slot].primary;
    const Peer* next = known == nullptr ? nullptr : moves_.TakerOf(*known, row.slot);
    state.slots.push_back({row.module, row.slot, static_cast<int64_t>(row.epoch), row.worker,
                           primary != nullptr && primary->takes_requests(),
                           next == nullptr ? "" : next->registration.name});
  }
  return state;
}

Result<wire::Left> Operator::SetDrained(const std::string& node, bool drained) {
  if (node == name_) return Fail(Code::kConflict, "node: a bus can't be drained");
  Peer* peer = peers_.FindName(node);
  const int64_t slots = coordinator_.SlotsOf(node);
  const bool was = coordinator_.IsDrained(node);
  if (peer == nullptr && slots == 0 && !was) return Fail(Code::kNotFound, "node: no such node");
  TRY(coordinator_.SetDrained(node, drained));
  if (was != drained) LogInfo("{} is {}.", node, drained ? "drained: it gets nothing new" : "drained no more");
  if (peer != nullptr && !peer->is_worker()) TellDrain(*peer, drained);
  return wire::Left{drained ? slots : 0};
}

}  // namespace parley::bus
