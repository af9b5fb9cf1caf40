// The header of the PROXY protocol, version 2, with which a load balancer begins a connection: whose it is. Takes bytes
// as they come, and knows no socket. After haproxy.org/download/2.6/doc/proxy-protocol.txt, section 2.2:
//
//   12 bytes   0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A
//   1 byte     version 2 in the high half; in the low one 0: LOCAL (the balancer speaks for itself: a health check), or
//              1: PROXY (for a client)
//   1 byte     family and transport: 11 TCP over IPv4, 21 TCP over IPv6; 00 unspecified; 12, 22, 31, 32 UDP and UNIX
//   2 bytes    how many bytes follow, big-endian
//   12 or 36   of 11 and 21: source address, destination address, source port, destination port
//   rest       of 11 and 21: TLVs: type (1 byte), length (2 bytes, big-endian), so many bytes
//
// What follows is skipped for LOCAL and for what is not TCP: then the client is whoever made the connection.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "frontend/networks.h"

namespace parley::frontend {

class ProxyHeader {
 public:
  enum class State : uint8_t { kNeedMore, kComplete, kWrong };

  // Takes bytes off the front of `bytes` up to the end of the header, and keeps at most 36 of them. Once the state is
  // not kNeedMore, nothing more may be fed.
  State Feed(std::string_view& bytes);

  // Once complete: the client's address; none where the header leaves it to the connection.
  [[nodiscard]] const std::optional<IpAddress>& source() const { return source_; }
  // Once it is wrong: what is, as the end of a sentence.
  [[nodiscard]] std::string_view problem() const { return problem_; }
  // Whether any byte came.
  [[nodiscard]] bool begun() const { return size_ > 0; }

 private:
  enum class Part : uint8_t { kFixed, kAddresses, kTlvHead, kSkip };

  State TakeFixed();
  State TakeAddresses();
  State TakeTlvHead();
  State AfterPart();
  // What is read next: `wanted` bytes, to be kept from `kept_[0]` on, or to be skipped.
  void Expect(Part part, uint16_t wanted);
  State Wrong(std::string_view problem);

  std::array<char, 36> kept_{};
  Part part_ = Part::kFixed;
  bool v6_ = false;
  uint16_t wanted_ = 16;  // of this part
  uint16_t got_ = 0;      // of this part
  uint16_t left_ = 0;     // of the header, after this part
  uint32_t size_ = 0;     // all that came
  std::optional<IpAddress> source_;
  std::string_view problem_;
};

}  // namespace parley::frontend
