// Accepts clients. Several frontends may listen on one port: the kernel spreads the connections over them.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/base/result.h"
#include "common/io/loop.h"
#include "frontend/networks.h"

namespace parley::frontend {

class Listener final : public io::Watcher {
 public:
  // `on_client(fd, peer)`: a connected non-blocking socket, whose owner it becomes, and who is at its other end.
  using OnClient = std::function<void(int fd, const IpAddress& peer)>;

  // `address`: HOST:PORT, with an IPv6 host in brackets. Errors are sentences: kBadRequest for an address that is
  // malformed, kExists for one in use.
  static Result<std::unique_ptr<Listener>> Bind(io::Loop& loop, const std::string& address, OnClient on_client);
  ~Listener();

  // HOST:PORT in full, with the port that was given for port 0.
  [[nodiscard]] std::string address() const;
  void OnReady(uint32_t ready) override;
  // Takes whoever waits already.
  void AcceptAll();

 private:
  Listener(io::Loop& loop, int fd, OnClient on_client);
  // False when nobody waits, or nobody can be taken.
  bool AcceptOne();
  void PauseFor(int64_t ms);

  io::Loop& loop_;
  const int fd_;
  const OnClient on_client_;
  io::TimerId resume_ = 0;
};

}  // namespace parley::frontend
