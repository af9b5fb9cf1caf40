#include "common/module/slot_rows.h"

#include <cstdint>
#include <cstring>

namespace parley::module {
namespace {

void AppendU32(std::string& bytes, size_t value) {
  const auto number = static_cast<uint32_t>(value);
  for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(number >> shift & 0xFF);
}

bool TakeU32(std::string_view& bytes, size_t& value) {
  if (bytes.size() < 4) return false;
  uint32_t number = 0;
  for (size_t i = 0; i < 4; ++i) number |= static_cast<uint32_t>(static_cast<uint8_t>(bytes[i])) << (8 * i);
  value = number;
  bytes.remove_prefix(4);
  return true;
}

bool Take(std::string_view& bytes, size_t size, std::string_view& taken) {
  if (bytes.size() < size) return false;
  taken = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return true;
}

}  // namespace

void AppendRow(std::string& rows, std::string_view key, const std::optional<std::string>& value) {
  AppendU32(rows, key.size());
  rows += key;
  AppendU32(rows, value ? value->size() + 1 : 0);
  if (value) rows += *value;
}

bool ReadRows(std::string_view rows,
              const std::function<void(std::string_view key, std::optional<std::string> value)>& each) {
  while (!rows.empty()) {
    size_t size = 0;
    std::string_view key, value;
    if (!TakeU32(rows, size) || !Take(rows, size, key) || !TakeU32(rows, size)) return false;
    if (size == 0) {
      each(key, std::nullopt);
      continue;
    }
    if (!Take(rows, size - 1, value)) return false;
    each(key, std::string(value));
  }
  return true;
}

}  // namespace parley::module
