// The pages that are derived from the code: what is said here in words, and what the code says of itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/conformance/all_modules.h"

namespace parley::docs {

[[nodiscard]] std::string ProtocolPage();
[[nodiscard]] std::string StoragePage();

// Markdown. `cells` are escaped where the table needs it.
void AddRow(std::string& page, const std::vector<std::string>& cells);
void AddHead(std::string& page, const std::vector<std::string>& titles);
[[nodiscard]] std::string Code(std::string_view text);
// A table of the fields, or a line that says that there are none; then what is in those that hold messages.
void AddFields(std::string& page, const std::string& title, const conformance::Shape& shape);

}  // namespace parley::docs
