// What people type, taken apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::cli {

// Splits off the first word.
std::string_view Word(std::string_view& rest);
// Above 0.
[[nodiscard]] std::optional<int64_t> ParseNumber(std::string_view word);
// `90s`, `30m`, `2h`, `7d`, a bare number of minutes, or `0` and `off` for nothing. Milliseconds.
[[nodiscard]] std::optional<int64_t> ParseDuration(std::string_view word);
// The handles that a text mentions as @handle, each once, at most as many as a message may have.
[[nodiscard]] std::vector<std::string> MentionsIn(std::string_view text);

}  // namespace parley::cli
