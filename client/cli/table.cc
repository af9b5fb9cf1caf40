#include "client/cli/table.h"

#include <wchar.h>

#include <algorithm>

namespace parley::cli {
namespace {

// The character at `at`: its bytes and columns. An escape sequence of colours is one character without width.
std::pair<size_t, size_t> CharacterAt(std::string_view text, size_t at) {
  if (text[at] == '\x1b') {
    const size_t end = text.find('m', at);
    return {end == std::string_view::npos ? text.size() - at : end + 1 - at, 0};
  }
  const auto lead = static_cast<unsigned char>(text[at]);
  const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (length == 1 || at + length > text.size()) return {1, 1};
  auto code = static_cast<wchar_t>(lead & (0xFFU >> (length + 1)));
  for (size_t i = 1; i < length; ++i) code = (code << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3F);
  const int columns = wcwidth(code);
  return {length, columns >= 0 ? static_cast<size_t>(columns) : 1};
}

}  // namespace

size_t WidthOf(std::string_view text) {
  size_t width = 0;
  for (size_t at = 0; at < text.size();) {
    const auto [bytes, columns] = CharacterAt(text, at);
    width += columns;
    at += bytes;
  }
  return width;
}

std::string Fitted(std::string_view text, size_t width, bool right) {
  const size_t whole = WidthOf(text);
  if (whole <= width) {
    const std::string blanks(width - whole, ' ');
    return right ? blanks + std::string(text) : std::string(text) + blanks;
  }
  std::string out;
  size_t used = 0;
  for (size_t at = 0; at < text.size();) {
    const auto [bytes, columns] = CharacterAt(text, at);
    if (used + columns + 1 > width) break;
    out.append(text.substr(at, bytes));
    used += columns;
    at += bytes;
  }
  if (width > 0) out += "…";
  return out + std::string(width > used + 1 ? width - used - 1 : 0, ' ');
}

std::vector<std::string> Table::Lines(bool titles) const {
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    size_t width = titles ? WidthOf(columns_[i].title) : 0;
    for (const auto& row : rows_) width = std::max(width, i < row.size() ? WidthOf(row[i]) : 0);
    widths.push_back(columns_[i].width_max > 0 ? std::min(width, columns_[i].width_max) : width);
  }
  const auto line = [&](const auto& cell) {
    std::string out;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) out += "  ";
      out += Fitted(cell(i), widths[i], columns_[i].right);
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
  };
  std::vector<std::string> lines;
  if (titles) lines.push_back(line([&](size_t i) { return std::string_view(columns_[i].title); }));
  for (const auto& row : rows_) {
    lines.push_back(line([&](size_t i) { return i < row.size() ? std::string_view(row[i]) : std::string_view(); }));
  }
  return lines;
}

}  // namespace parley::cli
