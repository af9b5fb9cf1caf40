// A frontend as far as the bus and clients can tell: holds connections, routes by the table that the bus gives it, asks
// again where the bus says so, and hands events to the connections that want them. It keeps nothing when it is killed.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/wire/calls.h"
#include "common/wire/node.h"
#include "tests/sim/judge.h"
#include "tests/sim/network.h"

namespace parley::sim {

class Device;

class Frontend final : wire::BusPort, wire::NodeListener, wire::CallListener {
 public:
  Frontend(std::string name, int64_t ttl_ms, Network& network, Judge& judge)
      : name_(std::move(name)), ttl_ms_(ttl_ms), network_(network), judge_(judge) {}

  void Start(const Now& now);
  // All connections end.
  void Kill(bool host);
  [[nodiscard]] bool alive() const { return node_ != nullptr; }
  [[nodiscard]] const std::string& identity() const { return identity_; }

  void OnBatch(std::string_view batch, const Now& now);
  void Tick(const Now& now);
  void EndTurn();

  uint64_t Connect(Device& device);
  void Disconnect(uint64_t connection);
  // Answered to the device with `tag`, unless the connection ends before.
  void Call(uint64_t connection, uint64_t tag, std::string_view method, std::string_view arguments);
  [[nodiscard]] bool idle() const { return open_.empty() && calls_->open() == 0; }
  [[nodiscard]] bool registered() const { return node_->registered(); }

  int64_t paused_until_ms = 0;
  int64_t back_ms = 0;

 private:
  struct Open {
    uint64_t connection = 0;
    uint64_t tag = 0;
    RequestId request;
    int64_t deadline_ms = 0;
  };

  void Send(const wire::Envelope& envelope) override { wire::Append(saying_, envelope); }
  void SendEncoded(std::string_view envelopes) override { saying_.append(envelopes); }
  void OnRegistered(const std::string& bus_boot) override;
  void OnBusLost() override {}
  void OnRefused(const std::string& reason) override { judge_.Broken(name_ + " was refused: " + reason); }
  void OnEnvelope(const wire::Envelope& envelope) override;
  void OnCallReply(uint64_t tag, const wire::CallReply& reply) override;
  void OnEvent(const wire::Envelope& event);
  void SendTopics(wire::Kind kind, std::vector<std::string> topics);
  [[nodiscard]] int ConnectionsOf(const UserHandle& user) const;

  const std::string name_;
  const int64_t ttl_ms_;
  Network& network_;
  Judge& judge_;
  int lives_ = 0;
  std::string identity_;
  std::string saying_;
  Now now_;
  std::unique_ptr<wire::Node> node_;
  std::unique_ptr<wire::Calls> calls_;
  std::map<std::string, wire::RouteRow, std::less<>> routes_;
  std::map<uint64_t, Device*> connections_;
  std::map<uint64_t, Open> open_;  // by the tag of the call
  uint64_t last_connection_ = 0, last_call_ = 0;
};

}  // namespace parley::sim
