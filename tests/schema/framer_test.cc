#include "common/schema/framer.h"

#include <catch2/catch.hpp>
#include <random>

#include "common/schema/json.h"
#include "common/schema/value.h"
#include "common/schema/writer.h"

using namespace parley;
using namespace parley::schema;

namespace {

constexpr size_t kBytesMax = 1000;
constexpr int kDepthMax = 16;

Framer::State Whole(std::string_view bytes, size_t* size = nullptr) {
  Framer framer(kBytesMax, kDepthMax);
  const Framer::State state = framer.Scan(bytes);
  if (size != nullptr) *size = framer.size();
  return state;
}

void WriteRandom(std::mt19937& random, Writer& writer, int depth) {
  switch (random() % (depth > 0 ? 8 : 6)) {
    case 0:
      return writer.Nil();
    case 1:
      return writer.Bool(true);
    case 2:
      return writer.Int(static_cast<int64_t>(random()) - 2'000'000'000);
    case 3:
      return writer.Text(std::string(random() % 40, 'x'));
    case 4:
      return writer.Binary(std::string(random() % 300, 'y'));
    case 5:
      return writer.Int(random() % 100);
    case 6: {
      const size_t count = random() % 4;
      writer.List(count);
      for (size_t i = 0; i < count; ++i) WriteRandom(random, writer, depth - 1);
      return;
    }
    default: {
      const size_t count = random() % 3;
      writer.Map(count);
      for (size_t i = 0; i < 2 * count; ++i) WriteRandom(random, writer, depth - 1);
      return;
    }
  }
}

}  // namespace

TEST_CASE("the end of a value is found wherever the stream is cut") {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    Writer writer(bytes);
    WriteRandom(random, writer, 5);
    if (bytes.size() > kBytesMax) continue;
    size_t size = 0;
    REQUIRE(Whole(bytes + "more", &size) == Framer::State::kComplete);
    REQUIRE(size == bytes.size());
    Framer byte_by_byte(kBytesMax, kDepthMax);
    for (size_t i = 0; i < bytes.size(); ++i) {
      const Framer::State state = byte_by_byte.Scan(std::string_view(bytes).substr(i, 1));
      REQUIRE(state == (i + 1 == bytes.size() ? Framer::State::kComplete : Framer::State::kNeedMore));
    }
  }
}

TEST_CASE("random bytes frame as msgpack parses them") {
  std::mt19937 random(2);
  Parser parser;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(1 + random() % 30, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    size_t size = 0;
    const bool framed = Whole(bytes, &size) == Framer::State::kComplete;
    const bool parsed = framed && parser.Parse(bytes.substr(0, size), kDepthMax).has_value();
    REQUIRE(framed == parsed);
  }
}

TEST_CASE("a length that is too long is refused before its bytes come") {
  CHECK(Whole(std::string("\xDB\xFF\xFF\xFF\xFF", 5)) == Framer::State::kTooLong);
  CHECK(Whole(std::string("\xC6\x00\x00\x10\x00", 5)) == Framer::State::kTooLong);
  CHECK(Whole(std::string("\xDD\xFF\xFF\xFF\xFF", 5)) == Framer::State::kTooLong);
  CHECK(Whole(std::string("\xDF\xFF\xFF\xFF\xFF", 5)) == Framer::State::kTooLong);
}

TEST_CASE("a value may be as long and as deep as the limits, and no more") {
  std::string just;
  Writer(just).Binary(std::string(kBytesMax - 3, 'x'));
  REQUIRE(just.size() == kBytesMax);
  CHECK(Whole(just) == Framer::State::kComplete);
  std::string over;
  Writer(over).Binary(std::string(kBytesMax - 2, 'x'));
  CHECK(Whole(over) == Framer::State::kTooLong);
  CHECK(Whole(std::string(15, '\x91') + "\x90") == Framer::State::kComplete);
  CHECK(Whole(std::string(16, '\x91') + "\x90") == Framer::State::kTooDeep);
}

TEST_CASE("the byte that MessagePack never uses is malformed") {
  CHECK(Whole("\xC1") == Framer::State::kMalformed);
  CHECK(Whole("\x92\x01\xC1") == Framer::State::kMalformed);
}
