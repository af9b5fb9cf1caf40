#include "common/store/key.h"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "common/base/handle.h"

using namespace parley;
using namespace parley::store;

namespace {
struct SampleRow {
  static constexpr char kTable = 's';
  std::string text;
  uint64_t count = 0;
  int64_t number = 0;
  static constexpr auto kKey = std::tuple{&SampleRow::text, &SampleRow::count, &SampleRow::number};
  auto operator<=>(const SampleRow&) const = default;
};
struct HandleRow {
  static constexpr char kTable = 'h';
  UserHandle user;
  static constexpr auto kKey = std::tuple{&HandleRow::user};
};
}  // namespace

TEST_CASE("the bytes of a key are as documented") {
  const std::string key = KeyOf(3, SampleRow{std::string("a\0b", 3), 258, -1});
  CHECK(key == std::string("\x03s"
                           "a\0\xFF"
                           "b\0\1"
                           "\0\0\0\0\0\0\1\2"
                           "\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
                           24));
}

TEST_CASE("a key is read back as it was") {
  const SampleRow row{std::string("\0\1\xFF\0", 4), ~0ULL, INT64_MIN};
  SampleRow read;
  REQUIRE(ReadKey(KeyOf(9, row), read));
  CHECK(read == row);
  HandleRow handle;
  REQUIRE(ReadKey(KeyOf(9, HandleRow{UserHandle::Must("alice")}), handle));
  CHECK(handle.user.text() == "alice");
}

TEST_CASE("keys sort as their parts do") {
  std::mt19937_64 random(1);
  std::vector<SampleRow> rows;
  for (int i = 0; i < 300; ++i) {
    std::string text(random() % 4, '\0');
    for (char& c : text) c = "\0\1\2\xFF"[random() % 4];
    rows.push_back({text, random() % 3 * 255, static_cast<int64_t>(random() % 5) - 2});
  }
  for (const SampleRow& a : rows) {
    for (const SampleRow& b : rows) {
      const bool less = std::tuple(std::string_view(a.text), a.count, a.number) <
                        std::tuple(std::string_view(b.text), b.count, b.number);
      REQUIRE((KeyOf(0, a) < KeyOf(0, b)) == less);
    }
  }
}

TEST_CASE("bytes that are no key of the row are refused") {
  SampleRow row;
  const std::string key = KeyOf(9, SampleRow{"abc", 1, 2});
  for (size_t size = 0; size < key.size(); ++size) CHECK_FALSE(ReadKey(key.substr(0, size), row));
  CHECK_FALSE(ReadKey(key + "x", row));
  HandleRow handle;
  CHECK_FALSE(ReadKey(std::string("\x09h"
                                  "Alice\0\1",
                                  9),
                      handle));
}
