// JSON and MessagePack, both ways: whatever is taken can be given back.
#include "common/schema/json.h"
#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {

using namespace std::string_literals;

void Run(std::string_view bytes) {
  Choices choices(bytes);
  if (choices.Below(2) == 0) {
    const Result<std::string> packed = schema::EncodedOfJson(bytes);
    if (!packed) return;
    const Result<std::string> json = schema::JsonOf(*packed);
    PARLEY_CHECK(json);
    const Result<std::string> again = schema::EncodedOfJson(*json);
    PARLEY_CHECK(again);
  } else {
    const Result<std::string> json = schema::JsonOf(bytes);
    PARLEY_CHECK(json || !json.error().message.empty());
  }
}

std::vector<std::string> Seeds() {
  return {R"( {"user":"alice","n":[1,-2,3.5,1e99],"t":true,"z":null,"u":"\u00e4\ud83d\ude00"})",
          " [[[[[[]]]]]]",
          " 1e999",
          "\x01\x94\x00\x01\xacsession.ping\x91\x81\xa1x\xc4\x01z"s,
          "\x01\x81\xa1x\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00"s,
          "\x01\xa2\xff\xfe"};
}

}  // namespace parley::fuzz
