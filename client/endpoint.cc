#include "client/endpoint.h"

#include <netdb.h>
#include <sys/socket.h>

#include <charconv>
#include <cstring>

namespace parley::client {

Result<Endpoint> Endpoint::Parse(std::string_view text) {
  const auto wrong = [&] {
    return Fail(Code::kBadRequest, "server: must be HOST:PORT, not '" + std::string(text) + "'");
  };
  Endpoint endpoint{.host = {}, .port = kStandardPort};
  std::string_view port;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return wrong();
    endpoint.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (!port.empty() && !port.starts_with(':')) return wrong();
  } else {
    const size_t colon = text.find(':');
    if (colon != text.rfind(':')) {
      endpoint.host = text;  // a bare IPv6 address
    } else {
      endpoint.host = text.substr(0, colon);
      if (colon != std::string_view::npos) port = text.substr(colon);
    }
  }
  if (endpoint.host.empty()) return wrong();
  if (!port.empty()) {
    port.remove_prefix(1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
    if (error != std::errc() || end != port.data() + port.size() || endpoint.port == 0) return wrong();
  }
  return endpoint;
}

std::string Endpoint::text() const {
  const bool colons = host.find(':') != std::string::npos;
  return (colons ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<std::vector<SocketAddress>> Resolve(const Endpoint& endpoint) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const int status = getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &found);
  if (status != 0) {
    return Fail(Code::kUnavailable, "cannot look up " + endpoint.host + ": " + gai_strerror(status));
  }
  std::vector<SocketAddress> addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    SocketAddress& address = addresses.emplace_back();
    std::memcpy(&address.storage, each->ai_addr, each->ai_addrlen);
    address.size = each->ai_addrlen;
  }
  freeaddrinfo(found);
  if (addresses.empty()) return Fail(Code::kUnavailable, "no address for " + endpoint.host);
  return addresses;
}

}  // namespace parley::client
