#include "common/base/error.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "common/base/result.h"

using namespace parley;

TEST_CASE("every code has one row, one name and a meaning") {
  std::set<std::string_view> names;
  for (const CodeRow& row : kCodes) {
    CHECK(names.insert(row.name).second);
    CHECK_FALSE(row.meaning.empty());
    CHECK(CodeNamed(row.name) == row.code);
    CHECK(NameOf(row.code) == row.name);
  }
}

TEST_CASE("what may be repeated is what did nothing, or may have") {
  std::set<std::string> retryable;
  for (const CodeRow& row : kCodes) {
    if (row.retryable) retryable.insert(std::string(row.name));
  }
  CHECK(retryable == std::set<std::string>{"rate_limited", "overloaded", "unavailable", "timeout"});
}

TEST_CASE("a code from a newer peer reads as internal") {
  CHECK(NameOf(static_cast<Code>(200)) == "internal");
  CHECK_FALSE(CodeNamed("no_such_code").has_value());
}

namespace {
Result<int> Half(int n) {
  if (n % 2 != 0) return Fail(Code::kBadRequest, "odd");
  return n / 2;
}
Result<int> Quarter(int n) {
  TRY_ASSIGN(const int half, Half(n));
  return Half(half);
}
}  // namespace

TEST_CASE("TRY leaves with the error") {
  CHECK(Quarter(8).value() == 2);
  CHECK(Quarter(6).error().message == "odd");
}
