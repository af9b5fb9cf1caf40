// The barest server there can be: whatever a client says is passed on to its partner, and nothing is understood, kept
// or answered. What it costs is what the kernel asks for moving a message from one socket to another: the floor under
// any chat server on this machine.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <utility>

#include "common/base/result.h"

namespace parley::bench {

// A relay in a process of its own, which ends with this object. Clients are partners in the order of their coming: the
// first and the second, the third and the fourth, …
class Relay {
 public:
  // `core`: the one processor core that it may use; -1: any.
  static Result<Relay> Start(int core);
  ~Relay();
  Relay(Relay&& other) noexcept : pid_(std::exchange(other.pid_, -1)), port_(other.port_) {}
  Relay& operator=(Relay&&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] uint16_t port() const { return port_; }

 private:
  Relay(pid_t pid, uint16_t port) : pid_(pid), port_(port) {}

  pid_t pid_;
  uint16_t port_;
};

}  // namespace parley::bench
