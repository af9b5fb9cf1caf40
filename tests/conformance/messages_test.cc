// What holds for every declared message and every row that exists or ever will.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cctype>
#include <set>

#include "common/schema/value.h"
#include "tests/conformance/all_shapes.h"

namespace parley::conformance {
namespace {

constexpr uint64_t kSamples = 300;
constexpr uint64_t kTruncated = 5;

TEST_CASE("a message survives the wire") {
  for (const Shape& shape : AllShapes()) {
    INFO(shape.name);
    for (uint64_t seed = 0; seed < kSamples; ++seed) {
      const std::string bytes = shape.sample(seed);
      const Result<std::string> again = shape.again(bytes);
      if (!again) FAIL("seed " << seed << ": " << again.error().message);
      if (*again != bytes) FAIL("seed " << seed << " reads as another message");
    }
  }
}

TEST_CASE("a message that is cut short is refused") {
  for (const Shape& shape : AllShapes()) {
    INFO(shape.name);
    for (uint64_t seed = 0; seed < kTruncated; ++seed) {
      const std::string bytes = shape.sample(seed);
      for (size_t size = 1; size < bytes.size(); ++size) {
        if (shape.again(std::string_view(bytes).substr(0, size))) FAIL("seed " << seed << ", " << size << " bytes");
      }
    }
  }
}

TEST_CASE("a message is a map with the names of its fields, each once") {
  for (const Shape& shape : AllShapes()) {
    INFO(shape.name);
    std::set<std::string> names;
    for (const schema::Argument& field : shape.fields) CHECK(names.insert(field.name).second);
    schema::Parser parser;
    const std::string bytes = shape.sample(1);
    const Result<schema::Value> value = parser.Parse(bytes);
    REQUIRE(value.has_value());
    REQUIRE(value->type() == schema::Type::kMap);
    for (size_t i = 0; i < value->size(); ++i) CHECK(names.contains(std::string(value->key(i).AsText())));
  }
}

TEST_CASE("a row's key can be read again, and nothing shorter or longer passes for it") {
  for (const RowShape& row : AllRows()) {
    INFO(row.name);
    for (uint64_t seed = 0; seed < kSamples; ++seed) {
      const std::string key = row.key(seed);
      CHECK(row.key_again(key) == key);
      if (seed >= kTruncated) continue;
      CHECK_FALSE(row.key_again(key + '\0').has_value());
      for (size_t size = 0; size < key.size(); ++size) {
        CHECK_FALSE(row.key_again(std::string_view(key).substr(0, size)).has_value());
      }
    }
  }
}

TEST_CASE("tables are named once; capitals are the kit's") {
  std::set<char> kit;
  for (const RowShape& row : KitRows()) {
    INFO(row.name);
    CHECK(std::isupper(static_cast<unsigned char>(row.table)) != 0);
    CHECK(kit.insert(row.table).second);
  }
  for (const ModuleShape& module : AllModules()) {
    std::set<char> tables;
    for (const RowShape& row : module.rows) {
      INFO(row.name);
      CHECK(std::islower(static_cast<unsigned char>(row.table)) != 0);
      CHECK(tables.insert(row.table).second);
    }
  }
}

}  // namespace
}  // namespace parley::conformance
