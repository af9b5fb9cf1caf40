// Bytes that were written once, in tests/golden/: every later version must read them, and write the same.
//
// A file holds one message or row per line, in hex; a row is its key, a space, and its value. After a change that adds
// a message, a row or a field, `test_conformance "[write]"` adds what is missing. Nothing is ever taken away: a line
// that no longer reads is a change that breaks stored data or peers of another version.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>

#include "common/base/ids.h"
#include "common/schema/page.h"
#include "common/schema/value.h"
#include "tests/conformance/all_shapes.h"

namespace parley::conformance {
namespace {

constexpr uint64_t kSeedsMax = 100;

// message::Send → tests/golden/message/Send.hex
std::filesystem::path FileOf(const std::string& name) {
  std::string path = name;
  const size_t colons = path.find("::");
  path.replace(colons, 2, "/");
  return std::filesystem::path(PARLEY_GOLDEN) / (path + ".hex");
}

std::vector<std::string> LinesOf(const std::filesystem::path& path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::string Unhex(const std::string& hex) { return schema::internal::FromHex(hex).value_or("not hex"); }

// The fields that are there, of a message in bytes.
std::set<std::string> FieldsIn(std::string_view bytes) {
  std::set<std::string> names;
  schema::Parser parser;
  const Result<schema::Value> value = parser.Parse(bytes);
  if (!value) return names;
  for (size_t i = 0; i < value->size(); ++i) names.emplace(value->key(i).AsText());
  return names;
}

// One kind of file: messages, or rows.
struct Golden {
  std::string name;
  const Shape* shape;
  const RowShape* row = nullptr;

  [[nodiscard]] std::string Line(uint64_t seed) const {
    return (row != nullptr ? ToHex(row->key(seed)) + " " : "") + ToHex(shape->sample(seed));
  }
  [[nodiscard]] static std::string ValueOf(const std::string& line) { return Unhex(line.substr(line.find(' ') + 1)); }

  [[nodiscard]] std::set<std::string> Missing(const std::vector<std::string>& lines) const {
    std::set<std::string> missing;
    for (const schema::Argument& field : shape->fields) missing.insert(field.name);
    for (const std::string& line : lines) {
      for (const std::string& name_of_field : FieldsIn(ValueOf(line))) missing.erase(name_of_field);
    }
    return missing;
  }
};

template <class Fn>
void ForEachGolden(Fn fn) {
  const std::vector<RowShape> rows = AllRows();
  std::set<std::string> values;
  for (const RowShape& row : rows) {
    values.insert(row.value.name);
    fn(Golden{row.name, &row.value, &row});
  }
  for (const Shape& shape : AllShapes()) {
    if (!values.contains(shape.name)) fn(Golden{shape.name, &shape});
  }
}

TEST_CASE("what was written once is read and written the same for ever") {
  ForEachGolden([](const Golden& golden) {
    INFO(FileOf(golden.name).string() << ": if it is new, write it with test_conformance \"[write]\"");
    const std::vector<std::string> lines = LinesOf(FileOf(golden.name));
    REQUIRE_FALSE(lines.empty());
    CHECK(golden.Missing(lines) == std::set<std::string>{});
    for (const std::string& line : lines) {
      INFO(line);
      const std::string bytes = Golden::ValueOf(line);
      const Result<std::string> again = golden.shape->again(bytes);
      REQUIRE(again.has_value());
      CHECK(ToHex(*again) == ToHex(bytes));
      if (golden.row == nullptr) continue;
      const std::string key = Unhex(line.substr(0, line.find(' ')));
      CHECK(golden.row->key_again(key) == key);
    }
  });
}

TEST_CASE("golden files belong to messages and rows that exist") {
  std::set<std::filesystem::path> known;
  ForEachGolden([&](const Golden& golden) { known.insert(FileOf(golden.name)); });
  for (const auto& entry : std::filesystem::recursive_directory_iterator(PARLEY_GOLDEN)) {
    INFO(entry.path().string());
    if (entry.is_regular_file()) CHECK(known.contains(entry.path()));
  }
}

TEST_CASE("writes golden files", "[.][write]") {
  ForEachGolden([](const Golden& golden) {
    std::vector<std::string> lines = LinesOf(FileOf(golden.name));
    const size_t before = lines.size();
    if (lines.empty()) lines.push_back(golden.Line(1));
    for (uint64_t seed = 2; seed < kSeedsMax && !golden.Missing(lines).empty(); ++seed) {
      lines.push_back(golden.Line(seed));
      // Only what shows something new.
      const std::vector<std::string> without(lines.begin(), lines.end() - 1);
      if (golden.Missing(without) == golden.Missing(lines)) lines.pop_back();
    }
    if (lines.size() == before) return;
    std::filesystem::create_directories(FileOf(golden.name).parent_path());
    std::ofstream file(FileOf(golden.name));
    for (const std::string& line : lines) file << line << '\n';
    REQUIRE(file.good());
  });
}

}  // namespace
}  // namespace parley::conformance
