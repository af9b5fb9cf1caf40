// A PROXY header ends at the same byte however it is cut, never takes a byte that is not its own, and is of the length
// that it says.
#include "frontend/proxy_header.h"
#include "tests/frontend/proxy_bytes.h"
#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {

using namespace std::string_literals;
namespace {

using frontend::ProxyHeader;
using State = ProxyHeader::State;

struct Outcome {
  State state = State::kNeedMore;
  size_t taken = 0;
  std::string source;
  bool operator==(const Outcome&) const = default;
};

Outcome Feed(std::string_view bytes, size_t step) {
  ProxyHeader header;
  Outcome outcome;
  while (outcome.state == State::kNeedMore && outcome.taken < bytes.size()) {
    std::string_view piece = bytes.substr(outcome.taken, step);
    const size_t given = piece.size();
    outcome.state = header.Feed(piece);
    outcome.taken += given - piece.size();
    PARLEY_CHECK(outcome.state != State::kNeedMore || piece.empty());
  }
  PARLEY_CHECK((outcome.state == State::kWrong) == !header.problem().empty());
  if (header.source()) outcome.source = header.source()->text();
  return outcome;
}

}  // namespace

void Run(std::string_view bytes) {
  Choices choices(bytes);
  const size_t step = 1 + choices.Below(40);
  const Outcome whole = Feed(bytes, bytes.size() + 1), pieces = Feed(bytes, step);
  PARLEY_CHECK(whole.state == pieces.state && whole.source == pieces.source);
  if (whole.state != State::kComplete) return;
  PARLEY_CHECK(whole.taken == pieces.taken);
  PARLEY_CHECK(whole.taken ==
               16 + (static_cast<size_t>(static_cast<uint8_t>(bytes[14])) << 8) + static_cast<uint8_t>(bytes[15]));
  PARLEY_CHECK(Feed(bytes.substr(0, whole.taken - 1), step).state == State::kNeedMore);
  // Only PROXY over TCP tells an address.
  const bool tells = bytes[12] == 0x21 && (bytes[13] == 0x11 || bytes[13] == 0x21);
  PARLEY_CHECK(tells == !whole.source.empty());
}

std::vector<std::string> Seeds() {
  using namespace frontend;
  const std::string from = FromV4("\xcb\x00\x71\x07"s);
  return {"\x01" + Proxy(0x11, from) + "\x94",
          "\x05" + Proxy(0x21, std::string(32, '\x20') + "\x12\x34\x1b\x58") + "\x94",
          "\x02" + Proxy(0x11, from + Tlv(0x04, "") + Tlv(0x02, "chat.example.org")),
          "\x03" + Header(0x20, 0x00, ""),
          "\x03" + Header(0x20, 0x11, from),
          "\x07" + Proxy(0x00, "abc"),
          "\x09" + Proxy(0x31, std::string(216, 'x')),
          "\x04" + Proxy(0x11, from + "\x04\x00\x05zz"s),
          "\x04PROXY TCP4 203.0.113.7 127.0.0.1 4660 7000\r\n"};
}

}  // namespace parley::fuzz
