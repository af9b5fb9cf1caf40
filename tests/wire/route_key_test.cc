#include "common/wire/route_key.h"

#include <catch2/catch.hpp>

#include "common/base/slot.h"
#include "common/schema/writer.h"

namespace parley::wire {
namespace {

// The key that these rules find in {argument: value} for a caller.
std::optional<std::string> KeyIn(const std::vector<KeyRule>& rules, std::string_view argument, std::string_view value,
                                 std::string_view caller = "alice") {
  std::string bytes;
  schema::Writer writer(bytes);
  writer.Map(1);
  writer.Text(argument);
  writer.Text(value);
  schema::Parser parser;
  return FindKey(rules, parser.Parse(bytes).value(), caller);
}

std::optional<std::string> Key(KeyKind kind, std::string_view value, std::string_view caller = "alice") {
  return KeyIn({{kind, "to"}}, "to", value, caller);
}

}  // namespace

TEST_CASE("each kind of key is found") {
  CHECK(Key(KeyKind::kArgument, "bob") == "bob");
  CHECK(Key(KeyKind::kCaller, "bob") == "alice");
  CHECK(Key(KeyKind::kPair, "bob") == "alice~bob");
  CHECK(Key(KeyKind::kPair, "bob", "carol") == "bob~carol");
  CHECK(Key(KeyKind::kPair, "#cpp") == "#cpp");
  CHECK(Key(KeyKind::kTokenOwner, "alice:secret") == "alice");
  CHECK(Key(KeyKind::kPrefix, "alibaba") == "al");
  CHECK(Key(KeyKind::kFixed, "bob") == "fixed");
}

TEST_CASE("a token or prefix that is too short is taken as it is") {
  CHECK(Key(KeyKind::kTokenOwner, "nothing") == "nothing");
  CHECK(Key(KeyKind::kTokenOwner, "") == "");
  CHECK(Key(KeyKind::kPrefix, "a") == "a");
}

TEST_CASE("no key is found without the argument, with another type, or without a caller") {
  CHECK_FALSE(KeyIn({{KeyKind::kArgument, "to"}}, "from", "bob").has_value());
  CHECK_FALSE(Key(KeyKind::kCaller, "bob", "").has_value());
  CHECK_FALSE(Key(KeyKind::kPair, "bob", "").has_value());
  CHECK(Key(KeyKind::kPair, "#cpp", "") == "#cpp");
  schema::Parser parser;
  const std::string number_argument = "\x81\xa2to\x07";
  CHECK_FALSE(FindKey({{KeyKind::kArgument, "to"}}, parser.Parse(number_argument).value(), "alice").has_value());
  CHECK_FALSE(FindKey({}, parser.Parse("\x80").value(), "alice").has_value());
}

TEST_CASE("the first rule that applies counts") {
  const std::vector<KeyRule> rules = {
      {KeyKind::kArgument, "conversation"}, {KeyKind::kPair, "to"}, {KeyKind::kCaller, ""}};
  CHECK(KeyIn(rules, "conversation", "#cpp") == "#cpp");
  CHECK(KeyIn(rules, "to", "bob") == "alice~bob");
  CHECK(KeyIn(rules, "other", "bob") == "alice");
}

TEST_CASE("a key's slot never changes") {
  CHECK(SlotOf("alice") == Hash64("alice") % 256);
  // xxh64 with seed 0, as published.
  CHECK(Hash64("") == 0xEF46DB3751D8E999ULL);
  CHECK(Hash64("a") == 0xD24EC4F1A98C6E5BULL);
}

}  // namespace parley::wire
