// A client's TCP connection: moves bytes between its socket and its session. Decides nothing but when to read and
// write.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "common/io/loop.h"
#include "frontend/networks.h"
#include "frontend/proxy_header.h"
#include "frontend/session.h"

namespace parley::frontend {

class Server;

// What a connection from a trusted proxy begins with, while it is awaited.
struct Introduction {
  IpAddress peer;
  ProxyHeader header;
};

class Connection final : public Session, public io::Watcher {
 public:
  // Owns `fd`, a connected non-blocking socket. `awaited`: what has to come before the client's bytes; null: nothing.
  Connection(Server& server, int fd, std::unique_ptr<Introduction> awaited);
  ~Connection();

  void OnReady(uint32_t ready) override;
  // Sends what waits, as far as the client takes it, and ends the connection once the session is closed.
  // False: it is over, and should be let go.
  [[nodiscard]] bool Flush();

 private:
  void Read();
  // Takes the proxy's header off the front of `bytes`. False: it is not over yet, or is wrong.
  bool ReadHeader(std::string_view& bytes);
  bool Write();
  void Interest();

  Server& server_;
  const int fd_;
  std::unique_ptr<Introduction> awaited_;
  uint8_t interest_;
  bool full_ = false;      // the socket takes no more for now
  bool end_read_ = false;  // the client's end was read
  bool end_sent_ = false;  // ours was sent
  bool failed_ = false;
};

}  // namespace parley::frontend
