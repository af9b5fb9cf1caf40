// Where the bus's batches go: one peer at a time. The socket is behind it in the program, a recorder in tests.
#pragma once

#include <cstdint>
#include <string_view>

namespace parley::bus {

enum class Sent : uint8_t {
  kYes,
  kFull,  // the peer does not keep up; nothing was sent, try again later
  kGone,  // no such peer
};

class Outbound {
 public:
  virtual ~Outbound() = default;
  // Hands over one batch whole, or nothing of it.
  virtual Sent Send(std::string_view identity, std::string_view batch) = 0;
};

}  // namespace parley::bus
