// The PROXY protocol's header, byte by byte, and networks of addresses.
#include "frontend/proxy_header.h"

#include <catch2/catch.hpp>

#include "tests/frontend/proxy_bytes.h"

namespace parley::frontend {

using namespace std::string_literals;
namespace {

using State = ProxyHeader::State;

const std::string kV6 = "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"s, kOwn6 = std::string(15, '\0') + '\x01';

// The source that the header gives, "-" where it leaves it to the connection; else what is wrong with it. Fed whole and
// byte by byte, it must come to the same, and leave what follows.
std::string ReadOf(const std::string& bytes, const std::string& after = "more") {
  std::string outcome;
  const std::string all = bytes + after;
  for (const size_t step : {all.size(), size_t{1}, size_t{7}}) {
    ProxyHeader header;
    State state = State::kNeedMore;
    size_t taken = 0;
    while (state == State::kNeedMore && taken < all.size()) {
      std::string_view piece = std::string_view(all).substr(taken, step);
      const size_t given = piece.size();
      state = header.Feed(piece);
      taken += given - piece.size();
      if (state == State::kNeedMore) CHECK(piece.empty());
    }
    std::string said = "needs more";
    if (state == State::kComplete) said = header.source() ? header.source()->text() : "-";
    if (state == State::kWrong) said = header.problem();
    if (state == State::kComplete) CHECK(taken == bytes.size());
    if (!outcome.empty()) CHECK(said == outcome);
    outcome = said;
  }
  return outcome;
}

TEST_CASE("a header of TCP tells whose the connection is") {
  CHECK(ReadOf(Proxy(0x11, FromV4("\xcb\x00\x71\x07"s))) == "203.0.113.7");
  CHECK(ReadOf(Proxy(0x21, kV6 + kOwn6 + "\x12\x34\x1b\x58")) == "2001:db8::1");
  CHECK(ReadOf(Proxy(0x11, FromV4("\xcb\x00\x71\x07"s)), "") == "203.0.113.7");
}

TEST_CASE("an IPv4 client that a balancer of IPv6 met is an IPv4 client") {
  const std::string mapped = std::string(10, '\0') + "\xff\xff\xcb\x00\x71\x07"s;
  CHECK(ReadOf(Proxy(0x21, mapped + mapped + "\x12\x34\x1b\x58")) == "203.0.113.7");
}

TEST_CASE("a balancer that speaks for itself, or for what is not TCP, leaves the address to the connection") {
  CHECK(ReadOf(Header(0x20, 0x00, "")) == "-");
  CHECK(ReadOf(Header(0x20, 0x11, FromV4("\xcb\x00\x71\x07"s))) == "-");
  CHECK(ReadOf(Header(0x20, 0x77, "whatever")) == "-");
  CHECK(ReadOf(Proxy(0x00, "")) == "-");
  CHECK(ReadOf(Proxy(0x00, "whatever")) == "-");
  for (const uint8_t family : std::initializer_list<uint8_t>{0x12, 0x22, 0x31, 0x32})
    CHECK(ReadOf(Proxy(family, std::string(216, 'x'))) == "-");
}

TEST_CASE("TLVs are skipped, and have to end where the header ends") {
  const std::string from = FromV4("\xcb\x00\x71\x07"s);
  CHECK(ReadOf(Proxy(0x11, from + Tlv(0x04, "") + Tlv(0x02, "chat.example.org"))) == "203.0.113.7");
  CHECK(ReadOf(Proxy(0x11, from + Tlv(0xea, std::string(60'000, 'x')))) == "203.0.113.7");
  CHECK(ReadOf(Proxy(0x11, from + "\x04\x00"s)) == "a TLV is cut short by the header's end");
  CHECK(ReadOf(Proxy(0x11, from + "\x04\x00\x05"s + "four")) == "a TLV is longer than the header");
  CHECK(ReadOf(Proxy(0x11, from + Tlv(0x04, "abc") + "\x04"s)) == "a TLV is cut short by the header's end");
}

TEST_CASE("what is no header of version 2 is said") {
  const std::string from = FromV4("\xcb\x00\x71\x07"s);
  CHECK(ReadOf("PROXY TCP4 203.0.113.7 127.0.0.1 4660 7000\r\n") ==
        "it does not begin with the signature of PROXY version 2");
  CHECK(ReadOf("\x94\x00\x01\xacsession.ping\x90"s) == "it does not begin with the signature of PROXY version 2");
  CHECK(ReadOf("\r\n\r\n\0\r\nQUIT\r"s, "") == "it does not begin with the signature of PROXY version 2");
  CHECK(ReadOf(Header(0x11, 0x11, from)) == "its version is not 2");
  CHECK(ReadOf(Header(0x22, 0x11, from)) == "its command is neither LOCAL nor PROXY");
  for (const uint8_t family : std::initializer_list<uint8_t>{0x10, 0x13, 0x01, 0x41, 0x33, 0xff}) {
    CHECK(ReadOf(Proxy(family, from)) == "its address family or transport does not exist");
  }
  CHECK(ReadOf(Proxy(0x11, from.substr(1))) == "its length is too short for its addresses");
  CHECK(ReadOf(Proxy(0x21, from)) == "its length is too short for its addresses");
}

TEST_CASE("one wrong byte is known at once, for who sent it may wait for an answer") {
  ProxyHeader header;
  std::string_view bytes = "\x94";
  CHECK(header.Feed(bytes) == State::kWrong);
}

TEST_CASE("a header that is cut short needs more") {
  const std::string whole = Proxy(0x11, FromV4("\xcb\x00\x71\x07"s) + Tlv(0x04, "abc"));
  for (size_t size = 0; size < whole.size(); ++size) CHECK(ReadOf(whole.substr(0, size), "") == "needs more");
}

// --- networks

bool IsIn(const std::string& address, const std::string& networks) {
  const Result<Networks> parsed = Networks::Parse(networks);
  REQUIRE(parsed);
  const std::optional<IpAddress> ip = IpAddress::Parse(address);
  REQUIRE(ip);
  return parsed->Contain(*ip);
}

TEST_CASE("a network contains the addresses that share its bits") {
  CHECK(IsIn("127.0.0.1", "127.0.0.0/8"));
  CHECK(IsIn("127.255.255.255", "127.0.0.0/8"));
  CHECK_FALSE(IsIn("128.0.0.0", "127.0.0.0/8"));
  CHECK(IsIn("10.1.35.9", "10.1.32.0/19"));
  CHECK(IsIn("10.1.63.255", "10.1.32.0/19"));
  CHECK_FALSE(IsIn("10.1.64.0", "10.1.32.0/19"));
  CHECK(IsIn("fd12::9", "fd00::/8"));
  CHECK_FALSE(IsIn("fe80::9", "fd00::/8"));
  CHECK(IsIn("2001:db8::8000", "2001:db8::8000/113"));
  CHECK_FALSE(IsIn("2001:db8::7fff", "2001:db8::8000/113"));
}

TEST_CASE("an address alone is a network of one; several are separated by commas") {
  CHECK(IsIn("10.0.0.5", "192.168.0.0/16,10.0.0.5"));
  CHECK_FALSE(IsIn("10.0.0.6", "192.168.0.0/16,10.0.0.5"));
  CHECK(IsIn("::1", "::1"));
  CHECK_FALSE(IsIn("::2", "::1"));
  CHECK_FALSE(IsIn("127.0.0.1", ""));
}

TEST_CASE("IPv4 and IPv6 do not contain each other, but for IPv4 that came over IPv6") {
  CHECK(IsIn("203.0.113.7", "0.0.0.0/0"));
  CHECK_FALSE(IsIn("2001:db8::1", "0.0.0.0/0"));
  CHECK_FALSE(IsIn("203.0.113.7", "::/0"));
  CHECK(IsIn("::ffff:203.0.113.7", "203.0.113.0/24"));
}

TEST_CASE("what is no network is explained") {
  const auto problem = [](const std::string& text) {
    const Result<Networks> parsed = Networks::Parse(text);
    return parsed ? "none" : parsed.error().message;
  };
  CHECK(problem("10.0.0/8") == "'10.0.0/8' is no network: give ADDRESS/BITS, such as 10.0.0.0/8 or fd00::/8");
  CHECK(problem("10.0.0.0/33") == "'10.0.0.0/33' is no network: after the slash goes a number from 0 to 32");
  CHECK(problem("10.0.0.0/") == "'10.0.0.0/' is no network: after the slash goes a number from 0 to 32");
  CHECK(problem("10.0.0.0/8x") == "'10.0.0.0/8x' is no network: after the slash goes a number from 0 to 32");
  CHECK(problem("fd00::/129") == "'fd00::/129' is no network: after the slash goes a number from 0 to 128");
  CHECK(problem("10.1.2.3/8") == "'10.1.2.3/8' is no network: its first address is 10.0.0.0/8");
  CHECK(problem("::ffff:10.0.0.0/104") == "'::ffff:10.0.0.0/104' is IPv4: write it as 10.0.0.0");
  CHECK(problem("10.0.0.0/8,").ends_with("after the last comma"));
  CHECK(problem("10.0.0.0/8,,::1").starts_with("'' is no network"));
  CHECK(problem("10.0.0.0/8, ::1").starts_with("' ::1' is no network"));
  CHECK(problem("balancer.example.org").ends_with("such as 10.0.0.0/8 or fd00::/8"));
}

}  // namespace
}  // namespace parley::frontend
