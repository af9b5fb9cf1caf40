// Requests to primaries, replies to callers: parking, credit, deadlines. The data path of the bus.
#pragma once

#include <string>
#include <vector>

#include "bus/counters.h"
#include "bus/modules.h"
#include "bus/parking.h"
#include "bus/peers.h"
#include "common/base/now.h"
#include "common/wire/envelope.h"

namespace parley::bus {

class Delivery {
 public:
  // `name` is the bus's, for traces. All of these must outlive it.
  Delivery(std::string name, Peers& peers, Modules& modules, Counters& counters, int64_t park_ms)
      : name_(std::move(name)), peers_(peers), modules_(modules), counters_(counters), parking_(park_ms) {}

  // `bytes` is the whole of the envelope.
  void OnRequest(const Peer& from, const wire::Envelope& request, std::string_view bytes, const Now& now);
  // kReply and kMoved.
  void OnAnswer(Peer& worker, const wire::Envelope& answer, std::string_view bytes, const Now& now);
  // kHop: to whoever traces.
  void OnHop(const wire::Envelope& hop, std::string_view bytes);

  // These slots of the module have a primary (again): what is parked for them goes on its way.
  void Unpark(Module& module, const std::vector<wire::SlotEpoch>& slots, const Now& now);
  void UnparkAllOf(Peer& worker, const Now& now);
  // The slot is being handed over: what waits for its primary's window is parked.
  void ParkSlotOf(Peer& worker, const Now& now);
  // The worker takes nothing more: what waits for its window is parked. Its slots have no primary by now.
  void ParkAllOf(Peer& worker, const Now& now);

  // Gives up what waited too long, and gives workers what their windows let through by now.
  void Tick(const Now& now);

  [[nodiscard]] const Parking& parking() const { return parking_; }

 private:
  void Route(Waiting waiting, const Now& now);
  void Park(Waiting waiting, const Now& now);
  void Queue(Peer& worker, Waiting waiting);
  void SendWaiting(Peer& worker, const Now& now);
  void Answer(NodeId source, const RequestId& request, Code code, std::string_view message, int64_t retry_after_ms);
  // Gives the primary the request, and whoever traces it the news.
  void Give(Peer& worker, std::string_view envelope, NodeId source, Epoch epoch, const Now& now);
  // Of a request of `caller`, where it is traced.
  void Tell(NodeId caller, std::string_view envelope, std::string_view what, std::string_view whom, const Now& now);
  void AnswerLate(const Waiting& waiting);
  void AnswerOverloaded(const Waiting& waiting, bool shed);

  const std::string name_;
  Peers& peers_;
  Modules& modules_;
  Counters& counters_;
  Parking parking_;
};

}  // namespace parley::bus
