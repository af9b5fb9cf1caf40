#include "tests/conformance/golden.h"

#include <algorithm>
#include <fstream>

#include "common/base/ids.h"
#include "common/schema/page.h"
#include "common/schema/value.h"
#include "tests/conformance/all_shapes.h"

namespace parley::conformance {
namespace {

// The fields that are there, of a message in bytes.
std::set<std::string> FieldsIn(std::string_view bytes) {
  std::set<std::string> names;
  schema::Parser parser;
  const Result<schema::Value> value = parser.Parse(bytes);
  if (!value) return names;
  for (size_t i = 0; i < value->size(); ++i) names.emplace(value->key(i).AsText());
  return names;
}

}  // namespace

std::filesystem::path FileOf(const std::filesystem::path& folder, const std::string& name) {
  std::string path = name;
  const size_t colons = path.find("::");
  path.replace(colons, 2, "/");
  return folder / (path + ".hex");
}

std::vector<std::string> LinesOf(const std::filesystem::path& path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::string Unhex(const std::string& hex) { return schema::internal::FromHex(hex).value_or("not hex"); }

std::string Golden::Line(uint64_t seed) const {
  return (row != nullptr ? ToHex(row->key(seed)) + " " : "") + ToHex(shape->sample(seed));
}

std::string Golden::ValueOf(const std::string& line) { return Unhex(line.substr(line.find(' ') + 1)); }
std::string Golden::KeyOf(const std::string& line) { return Unhex(line.substr(0, line.find(' '))); }

std::set<std::string> Golden::Missing(const std::vector<std::string>& lines) const {
  std::set<std::string> missing;
  for (const schema::Argument& field : shape->fields) missing.insert(field.name);
  for (const std::string& line : lines) {
    for (const std::string& name_of_field : FieldsIn(ValueOf(line))) missing.erase(name_of_field);
  }
  return missing;
}

AllGolden::AllGolden() : rows_(AllRows()), shapes_(AllShapes()) {
  std::set<std::string> values;
  for (const RowShape& row : rows_) {
    values.insert(row.value.name);
    all_.push_back({row.name, &row.value, &row});
  }
  for (const Shape& shape : shapes_) {
    if (!values.contains(shape.name)) all_.push_back({shape.name, &shape});
  }
}

}  // namespace parley::conformance
