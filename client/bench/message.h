// The one message that the load sends, and how it is known again when it arrives.
//
// The request is encoded once per sender; a message differs from the next only at fixed places: msgid, id, and the
// first eight characters of the body, which are the message's number in hexadecimal.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace parley::bench {

class Message {
 public:
  static constexpr size_t kBodyMin = 8;

  // `tag` makes the ids of a run unlike those of every other; `body_bytes` is at least kBodyMin.
  Message(std::string_view to, std::string_view tag, size_t body_bytes);

  // Appends the request for message `number` under `msgid` to `out`, which has room for size() bytes.
  char* WriteTo(char* out, uint32_t msgid, uint32_t number) const {
    std::memcpy(out, bytes_.data(), bytes_.size());
    for (int i = 0; i < 4; ++i) out[kMsgidAt + i] = static_cast<char>(msgid >> (24 - 8 * i));
    WriteHex(out + id_at_, number);
    WriteHex(out + body_at_, number);
    return out + bytes_.size();
  }
  [[nodiscard]] size_t size() const { return bytes_.size(); }

  // The number of the message whose body this is.
  static std::optional<uint32_t> NumberOf(std::string_view body) {
    if (body.size() < kBodyMin) return std::nullopt;
    uint32_t number = 0;
    for (size_t i = 0; i < kBodyMin; ++i) {
      const char c = body[i];
      const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
      if (digit < 0) return std::nullopt;
      number = (number << 4) | static_cast<uint32_t>(digit);
    }
    return number;
  }

 private:
  static constexpr size_t kMsgidAt = 3;  // 94 00 CE …

  static void WriteHex(char* out, uint32_t number) {
    for (int i = 0; i < 8; ++i) out[i] = "0123456789abcdef"[(number >> (28 - 4 * i)) & 15];
  }

  std::string bytes_;
  size_t id_at_ = 0;
  size_t body_at_ = 0;
};

}  // namespace parley::bench
