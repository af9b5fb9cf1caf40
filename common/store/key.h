// How rows are laid out as bytes. A row is a struct of its key's parts:
//
//   struct EdgeRow {
//     static constexpr char kTable = 'e';
//     UserHandle owner, peer;
//     static constexpr auto kKey = std::tuple{&EdgeRow::owner, &EdgeRow::peer};
//     using Value = Edge;             // a declared message (schema/fields.h)
//   };
//
// A key is: u8 slot, u8 table, then the parts:
//   text (std::string, handles, conversations): its bytes with 00 written as 00 FF, then 00 01
//   int64_t: 8 bytes big-endian, the sign bit flipped; uint64_t: 8 bytes big-endian
// so that keys sort as their parts do. Tables in capitals belong to the kit (common/module), others to the module.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "common/base/result.h"
#include "common/base/slot.h"

namespace parley::store {

void AppendKeyText(std::string& key, std::string_view text);
void AppendKeyU64(std::string& key, uint64_t value);
// Each takes its part from the front of `key`; false where the bytes are not such a part.
[[nodiscard]] bool TakeKeyText(std::string_view& key, std::string& text);
[[nodiscard]] bool TakeKeyU64(std::string_view& key, uint64_t& value);

template <class T>
void AppendPart(std::string& key, const T& part) {
  if constexpr (std::same_as<T, uint64_t>) {
    AppendKeyU64(key, part);
  } else if constexpr (std::same_as<T, int64_t>) {
    AppendKeyU64(key, static_cast<uint64_t>(part) ^ (uint64_t{1} << 63));
  } else if constexpr (std::convertible_to<T, std::string_view>) {
    AppendKeyText(key, part);
  } else {
    AppendKeyText(key, part.text());
  }
}

template <class T>
[[nodiscard]] bool TakePart(std::string_view& key, T& part) {
  if constexpr (std::same_as<T, uint64_t>) {
    return TakeKeyU64(key, part);
  } else if constexpr (std::same_as<T, int64_t>) {
    uint64_t raw = 0;
    if (!TakeKeyU64(key, raw)) return false;
    part = static_cast<int64_t>(raw ^ (uint64_t{1} << 63));
    return true;
  } else if constexpr (std::same_as<T, std::string>) {
    return TakeKeyText(key, part);
  } else {
    std::string text;
    if (!TakeKeyText(key, text)) return false;
    Result<T> parsed = T::Parse(text);
    if (!parsed) return false;
    part = *std::move(parsed);
    return true;
  }
}

[[nodiscard]] inline std::string TablePrefix(Slot slot, char table) { return {static_cast<char>(slot), table}; }

template <class Row>
[[nodiscard]] std::string KeyOf(Slot slot, const Row& row) {
  std::string key = TablePrefix(slot, Row::kTable);
  std::apply([&](const auto&... part) { (AppendPart(key, row.*part), ...); }, Row::kKey);
  return key;
}

// The common beginning of all rows whose first parts are these.
template <class Row, class... Parts>
[[nodiscard]] std::string PrefixOf(Slot slot, const Parts&... parts) {
  std::string key = TablePrefix(slot, Row::kTable);
  (AppendPart(key, parts), ...);
  return key;
}

// False where `key` is not a key of this row.
template <class Row>
[[nodiscard]] bool ReadKey(std::string_view key, Row& row) {
  if (key.size() < 2 || key[1] != Row::kTable) return false;
  key.remove_prefix(2);
  const bool parts = std::apply([&](const auto&... part) { return (TakePart(key, row.*part) && ...); }, Row::kKey);
  return parts && key.empty();
}

}  // namespace parley::store
