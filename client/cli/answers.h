// Reads the server's answers field by field, safe for a terminal: what is absent or of another type is empty, 0, false.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "common/schema/value.h"

namespace parley::cli {

[[nodiscard]] std::string TextIn(const schema::Value& map, std::string_view name);
[[nodiscard]] int64_t IntIn(const schema::Value& map, std::string_view name);
[[nodiscard]] bool FlagIn(const schema::Value& map, std::string_view name);
void ForEachIn(const schema::Value& map, std::string_view name, const std::function<void(const schema::Value&)>& f);

// `2026-11-25 19:02`, where the reader is.
[[nodiscard]] std::string LocalTime(int64_t time_ms);
// `12 s`, `5 m 3 s`, `3 h 12 m`, `4 d 7 h`.
[[nodiscard]] std::string SpanText(int64_t ms);

}  // namespace parley::cli
