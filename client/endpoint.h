// Where a server is: host and port, as people write it, and the addresses that stand for it.
#pragma once

#include <netinet/in.h>

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace parley::client {

struct Endpoint {
  std::string host;
  uint16_t port = 0;

  // `host:port`, `[::1]:port`, or a host alone, which gets the standard port.
  static Result<Endpoint> Parse(std::string_view text);
  [[nodiscard]] std::string text() const;
  bool operator==(const Endpoint&) const = default;
};

inline constexpr uint16_t kStandardPort = 7000;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  [[nodiscard]] int family() const { return storage.ss_family; }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// In the order to try them; at least one. Blocks while a name is looked up, never for a numeric address.
[[nodiscard]] Result<std::vector<SocketAddress>> Resolve(const Endpoint& endpoint);

}  // namespace parley::client
