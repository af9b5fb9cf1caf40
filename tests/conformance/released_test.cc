// Neighbouring versions work on one system at the same time, because it is upgraded one process at a time: each reads
// what the other writes, and what is stored.
//
// tests/released/VERSION/ keeps what a released version writes: its golden files, and fields.txt, all that it declared:
//
//   message::Send to:text! body:text! kind:text        `!`: must be there
//   message::Overview last:map>message::Record         what a map, or a list, holds
//
// `test_conformance "[release]"` writes the folder of this version; nothing in it ever changes.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/conformance/all_shapes.h"
#include "tests/conformance/golden.h"

namespace parley::conformance {
namespace {

const std::filesystem::path kReleased = PARLEY_RELEASED;

struct Field {
  std::string type, holds;
  bool required = false;
};
using Fields = std::map<std::string, Field>;
using Declared = std::map<std::string, Fields>;

void Add(Declared& declared, const Shape& shape) {
  if (declared.contains(shape.name)) return;
  Fields& fields = declared[shape.name];
  for (const schema::Argument& field : shape.fields) fields[field.name] = {field.type, "", field.required};
  for (const InnerShape& inner : shape.inner) {
    declared[shape.name][inner.field].holds = inner.shape.name;
    Add(declared, inner.shape);
  }
}

Declared DeclaredNow() {
  Declared declared;
  for (const Shape& shape : AllShapes()) Add(declared, shape);
  return declared;
}

std::string Line(const std::string& name, const Fields& fields) {
  std::string line = name;
  for (const auto& [field, is] : fields) {
    line += " " + field + ":" + is.type + (is.required ? "!" : "") + (is.holds.empty() ? "" : ">" + is.holds);
  }
  return line;
}

Declared ReadDeclared(const std::filesystem::path& file) {
  Declared declared;
  for (const std::string& line : LinesOf(file)) {
    std::istringstream words(line);
    std::string name, word;
    words >> name;
    Fields& fields = declared[name];
    while (words >> word) {
      Field field;
      if (const size_t holds = word.find('>'); holds != std::string::npos) {
        field.holds = word.substr(holds + 1);
        word.resize(holds);
      }
      field.required = word.ends_with('!');
      if (field.required) word.pop_back();
      const size_t colon = word.find(':');
      field.type = word.substr(colon + 1);
      fields[word.substr(0, colon)] = field;
    }
  }
  return declared;
}

// What keeps the two from understanding each other, in words.
std::vector<std::string> Broken(const Declared& before, const Declared& now) {
  std::vector<std::string> broken;
  for (const auto& [name, fields] : before) {
    const auto shape = now.find(name);
    if (shape == now.end()) {
      broken.push_back(name + " is no more");
      continue;
    }
    for (const auto& [field, was] : fields) {
      const auto is = shape->second.find(field);
      const std::string which = name + "." + field;
      if (is == shape->second.end()) {
        if (was.required) broken.push_back(which + " is no more, and the version before must have it");
        continue;
      }
      if (is->second.type != was.type) broken.push_back(which + " was " + was.type + " and is " + is->second.type);
      if (is->second.holds != was.holds)
        broken.push_back(which + " held " + was.holds + " and holds " + is->second.holds);
      if (was.required && !is->second.required)
        broken.push_back(which + " may be absent, and the version before must have it");
      if (!was.required && is->second.required)
        broken.push_back(which + " must be there, and the version before may leave it out");
    }
    for (const auto& [field, is] : shape->second) {
      if (is.required && !fields.contains(field))
        broken.push_back(name + "." + field + " is new and must be there: the version before does not write it");
    }
  }
  return broken;
}

std::vector<std::filesystem::path> Versions() {
  std::vector<std::filesystem::path> versions;
  for (const auto& entry : std::filesystem::directory_iterator(kReleased)) {
    if (entry.is_directory()) versions.push_back(entry.path());
  }
  return versions;
}

TEST_CASE("what a released version wrote is read today") {
  const std::vector<std::filesystem::path> versions = Versions();
  REQUIRE_FALSE(versions.empty());
  std::map<std::string, Golden> today;
  const AllGolden golden;
  for (const Golden& each : golden.all()) today.emplace(each.name, each);
  for (const std::filesystem::path& version : versions) {
    size_t lines = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(version)) {
      if (entry.path().extension() != ".hex") continue;
      INFO(entry.path().string());
      const std::string name = entry.path().parent_path().filename().string() + "::" + entry.path().stem().string();
      REQUIRE(today.contains(name));
      const Golden& each = today.at(name);
      for (const std::string& line : LinesOf(entry.path())) {
        INFO(line);
        ++lines;
        CHECK(each.shape->again(Golden::ValueOf(line)).has_value());
        if (each.row != nullptr) CHECK(each.row->key_again(Golden::KeyOf(line)) == Golden::KeyOf(line));
      }
    }
    CHECK(lines > 100);
  }
}

TEST_CASE("a released version can read what is written today") {
  const Declared now = DeclaredNow();
  for (const std::filesystem::path& version : Versions()) {
    INFO(version.string());
    const Declared before = ReadDeclared(version / "fields.txt");
    CHECK(before.size() > 100);
    CHECK(Broken(before, now) == std::vector<std::string>{});
  }
}

TEST_CASE("every change that separates two versions is seen") {
  const Declared now = DeclaredNow();
  const Declared before{
      {"a::A", {{"x", {"text", "", true}}, {"y", {"int", "", false}}, {"z", {"list", "a::B", false}}}}};
  const auto breaks = [&](const Fields& fields) { return Broken(before, {{"a::A", fields}}).size(); };
  const Field x{"text", "", true}, y{"int", "", false}, z{"list", "a::B", false};
  CHECK(breaks({{"x", x}, {"y", y}, {"z", z}}) == 0);
  CHECK(breaks({{"x", x}, {"y", y}, {"z", z}, {"new", {"text", "", false}}}) == 0);
  CHECK(breaks({{"x", x}}) == 0);  // what may be absent may go
  CHECK(breaks({{"x", x}, {"new", {"text", "", true}}}) == 1);
  CHECK(breaks({{"y", y}}) == 1);
  CHECK(breaks({{"x", {"int", "", true}}}) == 1);
  CHECK(breaks({{"x", {"text", "", false}}}) == 1);
  CHECK(breaks({{"x", x}, {"y", {"int", "", true}}}) == 1);
  CHECK(breaks({{"x", x}, {"z", {"list", "a::C", false}}}) == 1);
  CHECK(Broken(before, {}) == std::vector<std::string>{"a::A is no more"});
  CHECK(Broken(now, now).empty());
}

TEST_CASE("what was declared is read as it was written") {
  const Declared now = DeclaredNow();
  const std::filesystem::path file = std::filesystem::temp_directory_path() / "parley-fields.txt";
  {
    std::ofstream out(file);
    for (const auto& [name, fields] : now) out << Line(name, fields) << '\n';
  }
  const Declared again = ReadDeclared(file);
  std::filesystem::remove(file);
  CHECK(again.size() == now.size());
  for (const auto& [name, fields] : now) CHECK(Line(name, again.at(name)) == Line(name, fields));
}

TEST_CASE("writes what this version says and stores, to be kept", "[.][release]") {
  const std::filesystem::path folder = kReleased / PARLEY_VERSION;
  if (std::filesystem::exists(folder)) FAIL(folder.string() << " is there already; a released version does not change");
  std::filesystem::create_directories(folder.parent_path());
  std::filesystem::copy(PARLEY_GOLDEN, folder, std::filesystem::copy_options::recursive);
  std::ofstream file(folder / "fields.txt");
  for (const auto& [name, fields] : DeclaredNow()) file << Line(name, fields) << '\n';
  REQUIRE(file.good());
}

}  // namespace
}  // namespace parley::conformance
