// Who is asking: travels with every request from the frontend to the handler.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/handle.h"
#include "common/base/ids.h"

namespace parley {

// Wire-stable. Append only. Also the answer to "who may call this route".
enum class Access : uint8_t {
  kAnonymous = 0,  // anybody, also before login
  kUser = 1,       // a logged-in user
  kAdmin = 2,      // a logged-in user with the admin role
  kModule = 3,     // other modules only; never a client
};
[[nodiscard]] std::string_view NameOf(Access access);

// One TCP connection of a client, as other nodes name it: the frontend that holds it and that frontend's number for it.
struct Connection {
  NodeId node;
  uint64_t number = 0;  // 0: none (a call by a module)

  auto operator<=>(const Connection&) const = default;
};

struct Caller {
  Access role = Access::kAnonymous;  // what the session may do; kModule: a worker calls
  UserHandle user;                   // empty: not logged in (or a module acting for nobody)
  std::string session;               // the session's public id; empty: none
  std::string address;               // the client's address as text, such as 203.0.113.7
  Connection connection;

  bool operator==(const Caller&) const = default;
};

}  // namespace parley

template <>
struct std::hash<parley::Connection> {
  size_t operator()(const parley::Connection& c) const noexcept {
    return c.node.value ^ (c.number * 0x9E3779B97F4A7C15ULL);
  }
};
