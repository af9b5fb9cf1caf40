// Bytes that were written once, in tests/golden/: every later version must read them, and write the same.
//
// A file holds one message or row per line, in hex; a row is its key, a space, and its value. After a change that adds
// a message, a row or a field, `test_conformance "[write]"` adds what is missing. Nothing is ever taken away: a line
// that no longer reads is a change that breaks stored data or peers of another version (released_test.cc).
#include "tests/conformance/golden.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>

#include "common/base/ids.h"

namespace parley::conformance {
namespace {

constexpr uint64_t kSeedsMax = 100;
constexpr std::string_view kFolder = PARLEY_GOLDEN;

template <class Fn>
void ForEachGolden(Fn fn) {
  const AllGolden golden;
  for (const Golden& each : golden.all()) fn(each);
}

TEST_CASE("what was written once is read and written the same for ever") {
  ForEachGolden([](const Golden& golden) {
    INFO(FileOf(kFolder, golden.name).string() << ": if it is new, write it with test_conformance \"[write]\"");
    const std::vector<std::string> lines = LinesOf(FileOf(kFolder, golden.name));
    REQUIRE_FALSE(lines.empty());
    CHECK(golden.Missing(lines) == std::set<std::string>{});
    for (const std::string& line : lines) {
      INFO(line);
      const std::string bytes = Golden::ValueOf(line);
      const Result<std::string> again = golden.shape->again(bytes);
      REQUIRE(again.has_value());
      CHECK(ToHex(*again) == ToHex(bytes));
      if (golden.row == nullptr) continue;
      const std::string key = Golden::KeyOf(line);
      CHECK(golden.row->key_again(key) == key);
    }
  });
}

TEST_CASE("golden files belong to messages and rows that exist") {
  std::set<std::filesystem::path> known;
  ForEachGolden([&](const Golden& golden) { known.insert(FileOf(kFolder, golden.name)); });
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kFolder)) {
    INFO(entry.path().string());
    if (entry.is_regular_file()) CHECK(known.contains(entry.path()));
  }
}

TEST_CASE("writes golden files", "[.][write]") {
  ForEachGolden([](const Golden& golden) {
    std::vector<std::string> lines = LinesOf(FileOf(kFolder, golden.name));
    const size_t before = lines.size();
    if (lines.empty()) lines.push_back(golden.Line(1));
    for (uint64_t seed = 2; seed < kSeedsMax && !golden.Missing(lines).empty(); ++seed) {
      lines.push_back(golden.Line(seed));
      // Only what shows something new.
      const std::vector<std::string> without(lines.begin(), lines.end() - 1);
      if (golden.Missing(without) == golden.Missing(lines)) lines.pop_back();
    }
    if (lines.size() == before) return;
    std::filesystem::create_directories(FileOf(kFolder, golden.name).parent_path());
    std::ofstream file(FileOf(kFolder, golden.name));
    for (const std::string& line : lines) file << line << '\n';
    REQUIRE(file.good());
  });
}

}  // namespace
}  // namespace parley::conformance
