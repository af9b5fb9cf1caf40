// The lines between the bus and each life of each node: batches on their way, both directions. A line keeps its order,
// whatever happens to it; between lines there is none.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bus/outbound.h"
#include "tests/sim/dice.h"

namespace parley::sim {

struct Line {
  std::deque<std::string> to_bus, to_node;
  // Nothing passes until then, and nobody learns of it.
  int64_t stalled_until_ms = 0;
  // There is no connection until then: the bus is told so when it sends; what the node says waits with the node.
  int64_t broken_until_ms = 0;
  bool break_noticed = true;
  // The process is no more. What it had said is still read for a moment, then the line is closed …
  bool ended = false;
  int64_t closed_ms = 0;
  // … or, where its host went down with it, the bus learns nothing until then.
  int64_t mute_until_ms = 0;
};

class Network final : public bus::Outbound {
 public:
  // Sees every batch as it is sent, by the bus or by a node.
  using Tap = std::function<void(std::string_view identity, std::string_view batch)>;
  Network(const int64_t& now_ms, Tap by_bus, Tap by_node)
      : now_ms_(now_ms), by_bus_(std::move(by_bus)), by_node_(std::move(by_node)) {}

  void Open(const std::string& identity) { lines_[identity]; }
  void Say(const std::string& identity, std::string batch);
  bus::Sent Send(std::string_view identity, std::string_view batch) override;

  // The process behind it is killed; with `host`, the machine it ran on.
  void End(const std::string& identity, bool host);
  // The bus is killed: of what was on its way some has arrived, some is lost, some still waits with its sender.
  void BusKilled(Dice& dice);
  void Stall(const std::string& identity, int64_t until_ms);
  // All that was on its way is lost.
  void Break(const std::string& identity, int64_t until_ms);
  void Mend();

  // Where something can arrive now.
  [[nodiscard]] std::vector<std::string> ReadyForBus();
  [[nodiscard]] bool ReadyForNode(const std::string& identity) const;
  std::string TakeForBus(const std::string& identity);
  std::string TakeForNode(const std::string& identity);
  // Test of the simulator itself: puts the second batch of a line before the first.
  void Swap(const std::string& identity);

 private:
  [[nodiscard]] bool IsConnected(const Line& line) const;
  [[nodiscard]] bool Passes(const Line& line) const { return now_ms_ >= line.stalled_until_ms && IsConnected(line); }

  const int64_t& now_ms_;
  Tap by_bus_, by_node_;
  std::map<std::string, Line, std::less<>> lines_;  // by identity
};

}  // namespace parley::sim
