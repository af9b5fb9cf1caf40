#include "common/base/error.h"

namespace parley {

const CodeRow& RowOf(Code code) {
  for (const CodeRow& row : kCodes) {
    if (row.code == code) return row;
  }
  return RowOf(Code::kInternal);
}

std::string_view NameOf(Code code) { return RowOf(code).name; }

std::optional<Code> CodeNamed(std::string_view name) {
  for (const CodeRow& row : kCodes) {
    if (row.name == name) return row.code;
  }
  return std::nullopt;
}

}  // namespace parley
