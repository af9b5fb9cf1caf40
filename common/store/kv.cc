#include "common/store/kv.h"

#include "common/store/key.h"

namespace parley::store {

void AppendKeyText(std::string& key, std::string_view text) {
  for (const char c : text) {
    key += c;
    if (c == '\0') key += '\xFF';
  }
  key.append("\0\1", 2);
}

void AppendKeyU64(std::string& key, uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) key += static_cast<char>((value >> shift) & 0xFF);
}

bool TakeKeyText(std::string_view& key, std::string& text) {
  text.clear();
  for (size_t i = 0; i + 1 < key.size(); ++i) {
    if (key[i] != '\0') {
      text += key[i];
      continue;
    }
    if (key[i + 1] == '\1') {
      key.remove_prefix(i + 2);
      return true;
    }
    if (key[i + 1] != '\xFF') return false;
    text += '\0';
    ++i;
  }
  return false;
}

bool TakeKeyU64(std::string_view& key, uint64_t& value) {
  if (key.size() < 8) return false;
  value = 0;
  for (size_t i = 0; i < 8; ++i) value = (value << 8) | static_cast<uint8_t>(key[i]);
  key.remove_prefix(8);
  return true;
}

}  // namespace parley::store
