// Answers what workers ask the bus itself (common/wire/operator.h): who is there, who serves what, and that a node be
// drained. Not on the way of anything else.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "bus/coordinator.h"
#include "bus/counters.h"
#include "bus/modules.h"
#include "bus/moves.h"
#include "bus/parking.h"
#include "bus/peers.h"
#include "common/base/now.h"
#include "common/wire/operator.h"

namespace parley::bus {

class Operator {
 public:
  // All references must outlive it.
  Operator(std::string name, std::string host, Peers& peers, Modules& modules, Coordinator& coordinator,
           const Moves& moves, const Parking& parking, const Counters& counters)
      : name_(std::move(name)),
        host_(std::move(host)),
        peers_(peers),
        modules_(modules),
        coordinator_(coordinator),
        moves_(moves),
        parking_(parking),
        counters_(counters) {}

  // A request to the module `bus`.
  void OnRequest(Peer& from, const wire::Envelope& request, const Now& now);
  // Looks at the bus's own counters now and then.
  void Tick(const Now& now);

 private:
  Result<std::string> Answer(const Peer& from, const wire::Envelope& request);
  [[nodiscard]] wire::NodesState Nodes() const;
  [[nodiscard]] wire::SlotsState Slots(const std::string& module) const;
  Result<wire::Left> SetDrained(const std::string& node, bool drained);

  const std::string name_, host_;
  Peers& peers_;
  Modules& modules_;
  Coordinator& coordinator_;
  const Moves& moves_;
  const Parking& parking_;
  const Counters& counters_;
  std::optional<int64_t> started_ms_;
  int64_t next_look_ms_ = 0;
  wire::Meter meter_;
  wire::Figures own_;
};

// A frontend is drained, or is not.
void TellDrain(Peer& frontend, bool drained);

}  // namespace parley::bus
