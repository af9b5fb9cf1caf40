// The framer finds the same end however the bytes are cut, and the end that a whole parse finds.
#include "common/schema/framer.h"
#include "common/schema/value.h"
#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {

using namespace std::string_literals;
namespace {

constexpr size_t kBytesMax = 4096;
constexpr int kDepthMax = 16;

using State = schema::Framer::State;

}  // namespace

void Run(std::string_view bytes) {
  Choices choices(bytes);
  const size_t step = 1 + choices.Below(16);
  schema::Framer whole(kBytesMax, kDepthMax);
  const State state = whole.Scan(bytes);

  schema::Framer pieces(kBytesMax, kDepthMax);
  State last = State::kNeedMore;
  for (size_t at = 0; at < bytes.size() && last == State::kNeedMore; at += step)
    last = pieces.Scan(bytes.substr(at, step));
  PARLEY_CHECK(bytes.empty() || last == state);
  if (state == State::kComplete) PARLEY_CHECK(pieces.size() == whole.size());
  PARLEY_CHECK(whole.size() <= kBytesMax || state == State::kTooLong);

  // What is complete is exactly one value; what needs more is cut short. (A map's keys may be wrong for the parser.)
  schema::Parser parser;
  if (state == State::kComplete) {
    PARLEY_CHECK(parser.Parse(bytes.substr(0, whole.size()), kDepthMax + 1));
    PARLEY_CHECK(!parser.Parse(bytes.substr(0, whole.size() - 1), kDepthMax + 1));
  } else {
    PARLEY_CHECK(!parser.Parse(bytes.substr(0, kBytesMax), kDepthMax - 1));
  }
}

std::vector<std::string> Seeds() {
  return {"\x03\x94\x00\x01\xacsession.ping\x91\x80"s,
          "\x01\x93\x02\xa5hello\x91\x82\xa1x\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00\xa1y\xc4\x02zz"s,
          "\x05\xdc\x00\x02\xda\x00\x03"
          "abc\xd6\x01"
          "abcd"s,
          "\x07" + std::string(16, '\x91') + '\xc0',
          "\x02" + std::string(17, '\x91') + '\xc0',
          "\x01\xdd\xff\xff\xff\xff"s,
          "\x04\xdf\x00\x00\x00\x01\xa1k\xc7\x01\x05z"s};
}

}  // namespace parley::fuzz
