// IP addresses and networks of them, IPv4 and IPv6, as values.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace parley::frontend {

// An IPv4 address that came as an IPv6 one (::ffff:a.b.c.d) is the IPv4 address.
class IpAddress {
 public:
  IpAddress() = default;  // 0.0.0.0
  // `bytes`: 4 or 16, in network order.
  static IpAddress Of(std::string_view bytes);
  static IpAddress Of(const sockaddr_storage& address);
  static std::optional<IpAddress> Parse(const std::string& text);

  [[nodiscard]] bool is_v4() const;
  // As people write it, IPv6 in its short form.
  [[nodiscard]] std::string text() const;
  // Whether the first `bits` of the 128 are those of `other`.
  [[nodiscard]] bool SharesPrefix(const IpAddress& other, int bits) const;
  // With all after the first `bits` of the 128 cleared.
  [[nodiscard]] IpAddress Prefix(int bits) const;
  bool operator==(const IpAddress&) const = default;

 private:
  std::array<uint8_t, 16> bytes_{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
};

class Networks {
 public:
  // ADDRESS/BITS or an address alone, separated by commas; an empty text is no network. Errors are sentences.
  static Result<Networks> Parse(std::string_view text);

  [[nodiscard]] bool empty() const { return networks_.empty(); }
  // An IPv6 network never contains an IPv4 address: ::/0 is all of IPv6 alone.
  [[nodiscard]] bool Contain(const IpAddress& address) const;

 private:
  struct Network {
    IpAddress first;
    int bits;  // of the 128
  };
  static Result<Network> ParseOne(const std::string& text);
  std::vector<Network> networks_;
};

}  // namespace parley::frontend
