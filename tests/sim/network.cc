#include "tests/sim/network.h"

#include <algorithm>

namespace parley::sim {
namespace {

// As ZeroMQ's high-water mark.
constexpr size_t kBatchesMax = 1'000;

std::string TakeFirst(std::deque<std::string>& batches) {
  std::string batch = std::move(batches.front());
  batches.pop_front();
  return batch;
}

}  // namespace

void Network::Say(const std::string& identity, std::string batch) {
  by_node_(identity, batch);
  const auto it = lines_.find(identity);
  if (it != lines_.end() && !it->second.ended) it->second.to_bus.push_back(std::move(batch));
}

bus::Sent Network::Send(std::string_view identity, std::string_view batch) {
  const auto it = lines_.find(identity);
  if (it == lines_.end()) return bus::Sent::kGone;
  Line& line = it->second;
  if (line.ended) {
    const bool unread = !line.to_bus.empty() && now_ms_ < line.closed_ms;
    const bool unnoticed = line.mute_until_ms > 0 ? now_ms_ < line.mute_until_ms : unread;
    if (unnoticed) return bus::Sent::kYes;
    lines_.erase(it);
    return bus::Sent::kGone;
  }
  if (!IsConnected(line)) {
    line.break_noticed = true;
    return bus::Sent::kGone;
  }
  if (line.to_node.size() >= kBatchesMax) return bus::Sent::kFull;
  by_bus_(identity, batch);
  line.to_node.emplace_back(batch);
  return bus::Sent::kYes;
}

void Network::End(const std::string& identity, bool host) {
  const auto it = lines_.find(identity);
  if (it == lines_.end()) return;
  constexpr int64_t kHeartbeatTimeoutMs = 5'000;  // of ZeroMQ's own heartbeats
  constexpr int64_t kLastWordsMs = 200;           // less than the bus takes to tell the dead from the living
  it->second.ended = true;
  it->second.closed_ms = now_ms_ + kLastWordsMs;
  it->second.to_node.clear();
  if (!host) return;
  it->second.to_bus.clear();
  it->second.mute_until_ms = now_ms_ + kHeartbeatTimeoutMs;
}

void Network::BusKilled(Dice& dice) {
  std::erase_if(lines_, [](const auto& entry) { return entry.second.ended; });
  for (auto& [identity, line] : lines_) {
    line.broken_until_ms = std::min(line.broken_until_ms, now_ms_);
    line.break_noticed = true;
    line.to_node.resize(dice.Below(line.to_node.size() + 1));
    for (uint64_t lost = dice.Below(line.to_bus.size() + 1); lost > 0; --lost) line.to_bus.pop_front();
  }
}

void Network::Stall(const std::string& identity, int64_t until_ms) { lines_[identity].stalled_until_ms = until_ms; }

void Network::Break(const std::string& identity, int64_t until_ms) {
  Line& line = lines_[identity];
  line.to_bus.clear();
  line.to_node.clear();
  line.broken_until_ms = until_ms;
  line.break_noticed = false;
}

void Network::Mend() {
  for (auto& [identity, line] : lines_) {
    line.stalled_until_ms = 0;
    line.mute_until_ms = std::min(line.mute_until_ms, now_ms_);
  }
}

// A connection comes back once the bus knows that it was gone. (To a node that it does not know it says nothing.)
bool Network::IsConnected(const Line& line) const {
  constexpr int64_t kNeverNoticedMs = 10'000;
  return now_ms_ >= line.broken_until_ms + (line.break_noticed ? 0 : kNeverNoticedMs);
}

std::vector<std::string> Network::ReadyForBus() {
  std::vector<std::string> ready;
  std::erase_if(lines_, [&](const auto& entry) {
    const Line& line = entry.second;
    return line.ended && now_ms_ >= line.closed_ms && now_ms_ >= line.mute_until_ms;
  });
  for (const auto& [identity, line] : lines_) {
    if (!line.to_bus.empty() && Passes(line)) ready.push_back(identity);
  }
  return ready;
}

bool Network::ReadyForNode(const std::string& identity) const {
  const auto it = lines_.find(identity);
  return it != lines_.end() && !it->second.to_node.empty() && Passes(it->second);
}

std::string Network::TakeForBus(const std::string& identity) { return TakeFirst(lines_.at(identity).to_bus); }
std::string Network::TakeForNode(const std::string& identity) { return TakeFirst(lines_.at(identity).to_node); }

void Network::Swap(const std::string& identity) {
  const auto it = lines_.find(identity);
  if (it != lines_.end() && it->second.to_node.size() > 1) std::swap(it->second.to_node[0], it->second.to_node[1]);
}

}  // namespace parley::sim
