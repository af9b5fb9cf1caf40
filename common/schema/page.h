// Paging: the `limit` and the opaque `cursor` of methods that list. A cursor holds the place where the next page
// begins, as a declared message of the method's own, and the time until which it is good. It is not secret: it says
// nothing that its reader may not ask for.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/ids.h"
#include "common/base/limits.h"
#include "common/schema/codec.h"

namespace parley::schema {

inline constexpr int64_t kCursorLifeMs = 3'600'000;

// How many a page has for this `limit`, which is at least 1.
constexpr size_t PageSize(int64_t limit) { return static_cast<size_t>(std::min(limit, limits::kPageMax)); }

namespace internal {

template <Declared Place>
struct CursorContent {
  int64_t until_ms = 0;
  Place place;
  static constexpr auto kFields = std::tuple{
      Required("t", &CursorContent::until_ms),
      Required("p", &CursorContent::place),
  };
};

inline std::optional<std::string> FromHex(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]), low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(high << 4 | low));
  }
  return bytes;
}

}  // namespace internal

template <Declared Place>
[[nodiscard]] std::string MakeCursor(const Place& place, int64_t now_ms) {
  return ToHex(Encode(internal::CursorContent<Place>{now_ms + kCursorLifeMs, place}));
}

// kBadRequest for what is no cursor of this kind, or too old.
template <Declared Place>
[[nodiscard]] Result<Place> ReadCursor(std::string_view text, int64_t now_ms) {
  const std::optional<std::string> bytes = internal::FromHex(text);
  if (!bytes) return Fail(Code::kBadRequest, "cursor: must be as the page before gave it");
  Result<internal::CursorContent<Place>> content = Decode<internal::CursorContent<Place>>(*bytes);
  if (!content) return Fail(Code::kBadRequest, "cursor: must be as the page before gave it");
  if (now_ms > content->until_ms) return Fail(Code::kBadRequest, "cursor: too old; begin again");
  return std::move(content->place);
}

}  // namespace parley::schema
