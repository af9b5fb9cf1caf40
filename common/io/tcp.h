// Sockets that listen for TCP connections.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/base/result.h"

namespace parley::io {

// HOST:PORT as it is given to a program, with an IPv6 host in brackets.
struct HostPort {
  std::string host;  // without the brackets
  std::string port;
  // Nothing where either is missing.
  static std::optional<HostPort> Parse(const std::string& text);
};

// A non-blocking socket that listens; port 0 is one that the kernel chooses. `set_options(fd)` is called before it is
// bound. An error's message is a bare reason, to be put into a sentence: kBadRequest where there is no such host or
// port, kExists where the address is in use, kInternal for the rest.
Result<int> ListenTcp(const HostPort& where, int backlog, const std::function<void(int fd)>& set_options);

// HOST:PORT that a socket is bound to, or "?".
std::string BoundAddress(int fd);

}  // namespace parley::io
