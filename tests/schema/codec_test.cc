#include "common/schema/codec.h"

#include <catch2/catch.hpp>

#include "common/schema/describe.h"
#include "common/schema/json.h"

using namespace parley;
using namespace parley::schema;

namespace {

enum class Colour : uint8_t { kRed, kBlue };
constexpr auto NamesOf(Colour) {
  using P = std::pair<Colour, std::string_view>;
  return std::array{P{Colour::kRed, "red"}, P{Colour::kBlue, "blue"}};
}

struct Inner {
  int64_t n = 0;
  bool operator==(const Inner&) const = default;
  static constexpr auto kFields = std::tuple{Required("n", &Inner::n)};
};

struct Everything {
  std::string text;
  int64_t number = 0;
  bool flag = false;
  UserHandle user;
  Colour colour = Colour::kRed;
  std::vector<Inner> list;
  std::optional<std::string> note;
  std::vector<std::string> tags;
  bool operator==(const Everything&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("text", &Everything::text, "some text", Bytes(1, 5)),
      Required("number", &Everything::number),
      Required("flag", &Everything::flag),
      Required("user", &Everything::user),
      Required("colour", &Everything::colour),
      Required("list", &Everything::list, "", AtMost(2)),
      Optional("note", &Everything::note, "may be absent", AtMost(3)),
      Optional("tags", &Everything::tags),
  };
};

Everything Sample() { return {"hello", -7, true, UserHandle::Must("alice"), Colour::kBlue, {{1}, {2}}, "abc", {"x"}}; }

// What decoding this JSON, as MessagePack, answers.
std::string ErrorOfJson(std::string_view json) {
  const auto decoded = Decode<Everything>(EncodedOfJson(json).value());
  return decoded ? "" : std::string(NameOf(decoded.error().code)) + " " + decoded.error().message;
}

std::string With(std::string_view field, std::string_view json) {
  std::string out = "{";
  for (const auto& [name, value] : std::map<std::string, std::string>{{"text", "\"hi\""},
                                                                      {"number", "1"},
                                                                      {"flag", "true"},
                                                                      {"user", "\"bob\""},
                                                                      {"colour", "\"red\""},
                                                                      {"list", "[]"}}) {
    if (name != field) out += "\"" + name + "\":" + value + ",";
  }
  return out + "\"" + std::string(field) + "\":" + std::string(json) + "}";
}

}  // namespace

TEST_CASE("what is encoded is decoded the same") { CHECK(Decode<Everything>(Encode(Sample())).value() == Sample()); }

TEST_CASE("an optional that is absent is not written, and nil reads as absent") {
  Everything message = Sample();
  message.note.reset();
  message.tags.clear();
  CHECK(JsonOf(Encode(message)).value().find("note") == std::string::npos);
  CHECK(JsonOf(Encode(message)).value().find("tags") == std::string::npos);
  CHECK(ErrorOfJson(With("note", "null")).empty());
  CHECK(ErrorOfJson(With("text", "null")) == "bad_request text: missing");
}

TEST_CASE("every error names the argument") {
  CHECK(ErrorOfJson("{}") == "bad_request text: missing");
  CHECK(ErrorOfJson(With("text", "5")) == "bad_request text: must be text");
  CHECK(ErrorOfJson(With("text", "\"\"")) == "bad_request text: at least 1 bytes");
  CHECK(ErrorOfJson(With("text", "\"toolong\"")) == "limit text: at most 5 bytes");
  CHECK(ErrorOfJson(With("number", "\"5\"")) == "bad_request number: must be int");
  CHECK(ErrorOfJson(With("number", "1.5")) == "bad_request number: must be int");
  CHECK(ErrorOfJson(With("number", "18446744073709551615")) == "bad_request number: is out of range");
  CHECK(ErrorOfJson(With("flag", "1")) == "bad_request flag: must be bool");
  CHECK(ErrorOfJson(With("user", "\"Bob\"")).starts_with("bad_request user: must be a user handle"));
  CHECK(ErrorOfJson(With("colour", "\"green\"")) == "bad_request colour: must be one of red, blue");
  CHECK(ErrorOfJson(With("list", "{}")) == "bad_request list: must be list");
  CHECK(ErrorOfJson(With("list", "[{\"n\":1},{\"n\":1},{\"n\":1}]")) == "limit list: at most 2 elements");
  CHECK(ErrorOfJson(With("list", "[{}]")) == "bad_request list: n: missing");
  CHECK(ErrorOfJson(With("note", "\"four\"")) == "limit note: at most 3 bytes");
  CHECK(ErrorOfJson("[]") == "bad_request must be map");
}

TEST_CASE("unknown keys are skipped, and any key given twice is refused") {
  CHECK(ErrorOfJson(With("unknown", "[1,2,{}]")).empty());
  std::string bytes;
  Writer writer(bytes);
  writer.Map(2);
  for (int i = 0; i < 2; ++i) {
    writer.Text("n");
    writer.Int(i);
  }
  CHECK(Decode<Inner>(bytes).error().message == "n: given twice");
  bytes.clear();
  writer.Map(3);
  for (const char* key : {"other", "n", "other"}) {
    writer.Text(key);
    writer.Int(1);
  }
  CHECK(Decode<Inner>(bytes).error().message == "other: given twice");
}

TEST_CASE("binary is not text, and text must be UTF-8") {
  std::string bytes;
  Writer writer(bytes);
  writer.Map(1);
  writer.Text("n");
  writer.Binary("1");
  CHECK(Decode<Inner>(bytes).error().message == "n: must be int");
  Everything bad = Sample();
  bad.text = "\xC3\x28";
  CHECK(Decode<Everything>(Encode(bad)).error().message == "text: must be valid UTF-8");
}

TEST_CASE("every truncation and every byte after the end is refused") {
  const std::string whole = Encode(Sample());
  for (size_t size = 1; size < whole.size(); ++size) {
    INFO(size);
    CHECK_FALSE(Decode<Everything>(whole.substr(0, size)).has_value());
  }
  CHECK_FALSE(Decode<Everything>(whole + "x").has_value());
}

TEST_CASE("sizes that lie cost no memory") {
  for (const std::string& bomb : {std::string("\xDD\xFF\xFF\xFF\xFF", 5), std::string("\xDF\xFF\xFF\xFF\xFF", 5),
                                  std::string("\xDB\xFF\xFF\xFF\xFF", 5), std::string("\xC6\xFF\xFF\xFF\xFF", 5)}) {
    CHECK_FALSE(Decode<Everything>(bomb).has_value());
  }
  CHECK_FALSE(Decode<Everything>(std::string(100'000, '\x91')).has_value());
}

TEST_CASE("a declaration describes itself") {
  const std::vector<Argument> arguments = Describe<Everything>();
  REQUIRE(arguments.size() == 8);
  CHECK(arguments[0] == Argument{"text", "text", true, "some text"});
  CHECK(arguments[1].type == "int");
  CHECK(arguments[2].type == "bool");
  CHECK(arguments[5].type == "list");
  CHECK_FALSE(arguments[6].required);
}
