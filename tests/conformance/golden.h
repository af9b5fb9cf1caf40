// Golden files: bytes that were written once. A file holds one message or row per line, in hex; a row is its key, a
// space, and its value.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/conformance/all_modules.h"

namespace parley::conformance {

// message::Send → FOLDER/message/Send.hex
[[nodiscard]] std::filesystem::path FileOf(const std::filesystem::path& folder, const std::string& name);
[[nodiscard]] std::vector<std::string> LinesOf(const std::filesystem::path& path);
[[nodiscard]] std::string Unhex(const std::string& hex);

// One kind of file: messages, or rows.
struct Golden {
  std::string name;
  const Shape* shape;
  const RowShape* row = nullptr;

  // What a sample is written as.
  [[nodiscard]] std::string Line(uint64_t seed) const;
  [[nodiscard]] static std::string ValueOf(const std::string& line);
  // Of a row.
  [[nodiscard]] static std::string KeyOf(const std::string& line);
  // The fields that none of these lines has.
  [[nodiscard]] std::set<std::string> Missing(const std::vector<std::string>& lines) const;
};

// Everything that has a file: each row, and each message that is no row's value.
class AllGolden {
 public:
  AllGolden();
  [[nodiscard]] const std::vector<Golden>& all() const { return all_; }

 private:
  std::vector<RowShape> rows_;
  std::vector<Shape> shapes_;
  std::vector<Golden> all_;
};

}  // namespace parley::conformance
