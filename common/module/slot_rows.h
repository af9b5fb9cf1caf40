// The rows of a slot on their way from one worker to another, as bytes. For each row:
//   u32 length of the key, the key, u32 length of the value + 1 (0: the row is deleted), the value; little-endian
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace parley::module {

void AppendRow(std::string& rows, std::string_view key, const std::optional<std::string>& value);
// Calls `each` with every row; false where the bytes are malformed (what came before was told).
[[nodiscard]] bool ReadRows(std::string_view rows,
                            const std::function<void(std::string_view key, std::optional<std::string> value)>& each);

}  // namespace parley::module
