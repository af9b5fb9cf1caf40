#include "frontend/networks.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>

#include "common/base/check.h"

namespace parley::frontend {
namespace {

// Where the bits of an IPv4 address begin in the 128.
constexpr int kV4Bits = 96;

}  // namespace

IpAddress IpAddress::Of(std::string_view bytes) {
  PARLEY_CHECK(bytes.size() == 4 || bytes.size() == 16);
  IpAddress address;
  std::ranges::copy(bytes, address.bytes_.end() - static_cast<std::ptrdiff_t>(bytes.size()));
  return address;
}

IpAddress IpAddress::Of(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    const in_addr& v4 = reinterpret_cast<const sockaddr_in&>(address).sin_addr;
    return Of(std::string_view(reinterpret_cast<const char*>(&v4), sizeof v4));
  }
  const in6_addr& v6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  return Of(std::string_view(reinterpret_cast<const char*>(&v6), sizeof v6));
}

std::optional<IpAddress> IpAddress::Parse(const std::string& text) {
  char bytes[sizeof(in6_addr)];
  if (inet_pton(AF_INET, text.c_str(), bytes) == 1) return Of(std::string_view(bytes, sizeof(in_addr)));
  if (inet_pton(AF_INET6, text.c_str(), bytes) == 1) return Of(std::string_view(bytes, sizeof(in6_addr)));
  return std::nullopt;
}

bool IpAddress::is_v4() const { return SharesPrefix(IpAddress(), kV4Bits); }

std::string IpAddress::text() const {
  char text[INET6_ADDRSTRLEN] = {};
  if (is_v4()) {
    inet_ntop(AF_INET, bytes_.data() + kV4Bits / 8, text, sizeof text);
  } else {
    inet_ntop(AF_INET6, bytes_.data(), text, sizeof text);
  }
  return text;
}

bool IpAddress::SharesPrefix(const IpAddress& other, int bits) const { return Prefix(bits) == other.Prefix(bits); }

IpAddress IpAddress::Prefix(int bits) const {
  IpAddress prefix = *this;
  for (int i = 0; i < 16; ++i) {
    const int kept = std::clamp(bits - 8 * i, 0, 8);
    const auto at = static_cast<size_t>(i);
    prefix.bytes_[at] = static_cast<uint8_t>(prefix.bytes_[at] & (0xff00 >> kept));
  }
  return prefix;
}

Result<Networks> Networks::Parse(std::string_view text) {
  Networks networks;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    TRY_ASSIGN(const Network network, ParseOne(std::string(text.substr(0, comma))));
    networks.networks_.push_back(network);
    if (comma + 1 == text.size()) return Fail(Code::kBadRequest, "a network is missing after the last comma");
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return networks;
}

Result<Networks::Network> Networks::ParseOne(const std::string& text) {
  const size_t slash = text.find('/');
  const std::optional<IpAddress> address = IpAddress::Parse(text.substr(0, slash));
  if (!address) {
    return Fail(Code::kBadRequest, "'" + text + "' is no network: give ADDRESS/BITS, such as 10.0.0.0/8 or fd00::/8");
  }
  // ::ffff:10.0.0.0/104 would be a way to write IPv4 that nobody expects to mean IPv4.
  const bool v4 = text.find(':') == std::string::npos;
  if (v4 != address->is_v4()) return Fail(Code::kBadRequest, "'" + text + "' is IPv4: write it as " + address->text());
  const int most = v4 ? 32 : 128;
  int bits = most;
  if (slash != std::string::npos) {
    const char* const end = text.data() + text.size();
    const auto [last, error] = std::from_chars(text.data() + slash + 1, end, bits);
    if (error != std::errc() || last != end || bits < 0 || bits > most) {
      return Fail(Code::kBadRequest,
                  "'" + text + "' is no network: after the slash goes a number from 0 to " + std::to_string(most));
    }
  }
  const int bits_of_all = v4 ? kV4Bits + bits : bits;
  const IpAddress first = address->Prefix(bits_of_all);
  if (first != *address) {
    return Fail(Code::kBadRequest,
                "'" + text + "' is no network: its first address is " + first.text() + "/" + std::to_string(bits));
  }
  return Network{first, bits_of_all};
}

bool Networks::Contain(const IpAddress& address) const {
  return std::ranges::any_of(networks_, [&](const Network& network) {
    return network.first.is_v4() == address.is_v4() && address.SharesPrefix(network.first, network.bits);
  });
}

}  // namespace parley::frontend
