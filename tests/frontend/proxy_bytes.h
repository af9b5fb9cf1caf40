// PROXY headers for tests, right and wrong.
#pragma once

#include <cstdint>
#include <string>

namespace parley::frontend {

inline std::string Big16Of(size_t value) { return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)}; }

inline std::string Header(uint8_t command, uint8_t family, const std::string& rest) {
  return std::string("\r\n\r\n\0\r\nQUIT\n", 12) + static_cast<char>(command) + static_cast<char>(family) +
         Big16Of(rest.size()) + rest;
}

inline std::string Proxy(uint8_t family, const std::string& rest) { return Header(0x21, family, rest); }

// Addresses and ports of a client at `source` (4 bytes).
inline std::string FromV4(const std::string& source) { return source + std::string("\x7f\0\0\x01\x12\x34\x1b\x58", 8); }

inline std::string Tlv(uint8_t type, const std::string& value) {
  return std::string(1, static_cast<char>(type)) + Big16Of(value.size()) + value;
}

}  // namespace parley::frontend
