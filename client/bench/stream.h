// Reads MessagePack in place, as fast as the generator needs: only what a load looks at, no tree, no allocation.
// Not for bytes that may be hostile: depth is bounded, nothing else is checked.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace parley::bench {

// Every read fails (once and for all, see ok()) when the bytes end too early or are of another type.
class Stream {
 public:
  explicit Stream(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] const char* at() const { return at_; }

  uint32_t List() { return Count(0x90, 0xDC); }
  uint32_t Map() { return Count(0x80, 0xDE); }

  uint64_t Uint() {
    const uint8_t lead = Byte();
    if (lead <= 0x7F) return lead;
    if (lead < 0xCC || lead > 0xCF) return Failed();
    return Big(size_t{1} << (lead - 0xCC));
  }

  std::string_view Text() {
    const uint8_t lead = Byte();
    uint64_t size = 0;
    if (lead >= 0xA0 && lead <= 0xBF) {
      size = lead & 31U;
    } else if (lead >= 0xD9 && lead <= 0xDB) {
      size = Big(size_t{1} << (lead - 0xD9));
    } else {
      Failed();
    }
    return Take(size);
  }

  // Skips a nil, if that is what comes.
  bool Nil() {
    if (at_ == end_ || static_cast<uint8_t>(*at_) != 0xC0) return false;
    ++at_;
    return true;
  }

  void Skip(int depth = 0) {
    const uint8_t lead = Byte();
    if (lead <= 0x7F || lead >= 0xE0 || lead == 0xC0 || lead == 0xC2 || lead == 0xC3) return;
    if (lead <= 0x8F) return SkipMany(2 * (lead & 15U), depth);
    if (lead <= 0x9F) return SkipMany(lead & 15U, depth);
    if (lead <= 0xBF) return void(Take(lead & 31U));
    switch (lead) {
      case 0xC4:
      case 0xD9:
        return void(Take(Big(1)));
      case 0xC5:
      case 0xDA:
        return void(Take(Big(2)));
      case 0xC6:
      case 0xDB:
        return void(Take(Big(4)));
      case 0xCC:
      case 0xD0:
        return void(Take(1));
      case 0xCD:
      case 0xD1:
        return void(Take(2));
      case 0xCA:
      case 0xCE:
      case 0xD2:
        return void(Take(4));
      case 0xCB:
      case 0xCF:
      case 0xD3:
        return void(Take(8));
      case 0xDC:
        return SkipMany(Big(2), depth);
      case 0xDD:
        return SkipMany(Big(4), depth);
      case 0xDE:
        return SkipMany(2 * Big(2), depth);
      case 0xDF:
        return SkipMany(2 * Big(4), depth);
      default:  // extensions: Parley has none
        Failed();
    }
  }

 private:
  uint64_t Failed() {
    ok_ = false;
    at_ = end_;
    return 0;
  }
  uint8_t Byte() { return at_ < end_ ? static_cast<uint8_t>(*at_++) : static_cast<uint8_t>(Failed()); }
  std::string_view Take(uint64_t size) {
    if (static_cast<uint64_t>(end_ - at_) < size) {
      Failed();
      return {};
    }
    const std::string_view taken(at_, size);
    at_ += size;
    return taken;
  }
  uint64_t Big(size_t bytes) {
    uint64_t value = 0;
    for (const char byte : Take(bytes)) value = (value << 8) | static_cast<uint8_t>(byte);
    return value;
  }
  uint32_t Count(uint8_t fix, uint8_t lead16) {
    const uint8_t lead = Byte();
    if ((lead & 0xF0) == fix) return lead & 15U;
    if (lead == lead16) return static_cast<uint32_t>(Big(2));
    if (lead == lead16 + 1) return static_cast<uint32_t>(Big(4));
    return static_cast<uint32_t>(Failed());
  }
  void SkipMany(uint64_t values, int depth) {
    if (depth > 16) return void(Failed());
    for (uint64_t i = 0; i < values && ok_; ++i) Skip(depth + 1);
  }

  const char* at_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace parley::bench
