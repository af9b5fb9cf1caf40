// A client's TCP connection: moves bytes between its socket and its session. Decides nothing but when to read and
// write.
#pragma once

#include <cstdint>

#include "common/io/loop.h"
#include "frontend/session.h"

namespace parley::frontend {

class Server;

class Connection final : public Session, public io::Watcher {
 public:
  // Owns `fd`, a connected non-blocking socket.
  Connection(Server& server, int fd);
  ~Connection();

  void OnReady(uint32_t ready) override;
  // Sends what waits, as far as the client takes it, and ends the connection once the session is closed.
  // False: it is over, and should be let go.
  [[nodiscard]] bool Flush();

 private:
  void Read();
  bool Write();
  void Interest();

  Server& server_;
  const int fd_;
  uint8_t interest_;
  bool full_ = false;      // the socket takes no more for now
  bool end_read_ = false;  // the client's end was read
  bool end_sent_ = false;  // ours was sent
  bool failed_ = false;
};

}  // namespace parley::frontend
