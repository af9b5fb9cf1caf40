// Columns that line up. Plain: cells in, lines out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace parley::cli {

// Columns of a terminal that a text takes; what cannot be told counts as one each. Escape sequences take none.
[[nodiscard]] size_t WidthOf(std::string_view text);
// Not wider than `width`, filled with blanks to it: on the right, or on the left. What does not fit ends in …
[[nodiscard]] std::string Fitted(std::string_view text, size_t width, bool right = false);

class Table {
 public:
  struct Column {
    std::string title;
    bool right = false;    // numbers stand to the right
    size_t width_max = 0;  // 0: as wide as its widest cell
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // Missing cells are empty.
  void Add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  [[nodiscard]] size_t size() const { return rows_.size(); }
  // The titles, then a line for each row, two blanks between columns. The last column is not filled up.
  [[nodiscard]] std::vector<std::string> Lines(bool titles = true) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace parley::cli
