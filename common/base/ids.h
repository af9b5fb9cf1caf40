// Identifiers made by Parley: request ids, node ids, random text. Types, so that one is never taken for another.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace parley {

// 128 random bits, made once by whoever asks; every retry of the same request carries the same id.
struct RequestId {
  uint64_t high = 0, low = 0;

  static RequestId Random();
  // Always the same for the same text: for deliveries that are repeated after a restart.
  static RequestId FromText(std::string_view text);
  [[nodiscard]] std::string Hex() const;
  [[nodiscard]] bool empty() const { return high == 0 && low == 0; }
  auto operator<=>(const RequestId&) const = default;
};

// A process on the bus, one life of it: the hash of its identity `role/name/boot`. 0: nobody.
struct NodeId {
  uint64_t value = 0;

  static NodeId OfIdentity(std::string_view identity);
  [[nodiscard]] bool empty() const { return value == 0; }
  auto operator<=>(const NodeId&) const = default;
};

// `bytes` random bytes (from the operating system) as base64url without padding, or as hex.
[[nodiscard]] std::string RandomText(size_t bytes);
[[nodiscard]] std::string RandomHex(size_t bytes);
[[nodiscard]] std::string ToHex(std::string_view bytes);
[[nodiscard]] uint64_t RandomU64();

}  // namespace parley

template <>
struct std::hash<parley::RequestId> {
  size_t operator()(const parley::RequestId& id) const noexcept { return id.low ^ (id.high * 0x9E3779B97F4A7C15ULL); }
};
template <>
struct std::hash<parley::NodeId> {
  size_t operator()(const parley::NodeId& id) const noexcept { return id.value; }
};
