// The process around the gateway: its sockets, its turn, its end.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/io/loop.h"
#include "common/wire/sockets.h"
#include "frontend/connection.h"
#include "frontend/gateway.h"
#include "frontend/listener.h"
#include "frontend/networks.h"

namespace parley::frontend {

struct ServerOptions {
  std::string listen = "127.0.0.1:7000";
  std::string bus = "tcp://127.0.0.1:7100";
  size_t connections_max = 0;
  Networks proxies;  // whose connections begin with a PROXY header
  GatewayOptions gateway;
};

class Server final : private GatewayHost {
 public:
  // Listens and connects. The error is a sentence.
  static Result<std::unique_ptr<Server>> Start(io::Loop& loop, const ServerOptions& options,
                                               wire::Registration registration);
  ~Server();

  // Called once, when clients can be served.
  void OnReady(std::function<void()> ready) { on_ready_ = std::move(ready); }
  // Stops accepting, answers what was asked, tells the clients, stops the loop.
  void Drain();
  // Why the process had to end; empty: in order.
  [[nodiscard]] const std::string& failure() const { return failure_; }
  [[nodiscard]] const std::string& address() const { return address_; }
  // Why it should be sent no clients, as a sentence; empty: it should.
  [[nodiscard]] std::string NotReady() const;
  // Adds what it counts.
  void Report(metrics::Exposition& out) const;

  // For its connections.
  [[nodiscard]] io::Loop& loop() { return loop_; }
  [[nodiscard]] Gateway& gateway() { return *gateway_; }
  // Where bytes are read before anybody looks at them; overwritten by the next connection that reads.
  [[nodiscard]] std::span<char> scratch() { return scratch_; }
  // Closes what came from a trusted proxy's address without a right header. `problem`: the end of a sentence.
  void OnWrongHeader(Session& session, const IpAddress& peer, std::string_view problem);

 private:
  Server(io::Loop& loop, const ServerOptions& options);
  void OnClient(int fd, const IpAddress& peer);
  void EndTurn();
  void Release(Session& session);
  void OnBusLost() override;
  void OnRefused(const std::string& reason) override;
  void OnDrained(bool drained) override;
  Result<void> Listen(const std::string& address);
  void StopListening();
  void ListenAgain();

  io::Loop& loop_;
  const ServerOptions options_;
  std::vector<char> scratch_;
  std::unique_ptr<wire::DealerSocket> bus_;
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<Listener> listener_;                    // null while drained
  std::string address_;                                   // as it is bound
  std::vector<std::unique_ptr<Connection>> connections_;  // by the low half of their session's number
  std::function<void()> on_ready_;
  std::string failure_;
  bool draining_ = false;     // leaves
  bool drained_ = false;      // by an operator
  size_t wrong_headers_ = 0;  // since the last that the log told of; 0: none was told of lately
};

}  // namespace parley::frontend
