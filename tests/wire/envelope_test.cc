#include "common/wire/envelope.h"

#include <catch2/catch.hpp>
#include <random>

namespace parley::wire {
namespace {

Envelope Full() {
  Envelope e;
  e.kind = Kind::kRequest;
  e.lane = Lane::kBackground;
  e.flags = kResent | kNotify;
  e.slot = 201;
  e.role = Access::kAdmin;
  e.code = 12;
  e.epoch = 0x0102030405060708;
  e.request = {0x1111111122222222, 0x3333333344444444};
  e.source = NodeId{0x5555555566666666};
  e.target = NodeId{0x7777777788888888};
  e.connection = 0x99999999aaaaaaaa;
  e.ttl_ms = 10'000;
  e.module = "message";
  e.method = "message.send";
  e.user = "alice";
  e.session = "s-1";
  e.address = "203.0.113.7";
  e.extra = "extra bytes";
  e.body = "the body";
  return e;
}

void CheckSame(const Envelope& a, const Envelope& b) {
  CHECK(a.kind == b.kind);
  CHECK(a.lane == b.lane);
  CHECK(a.flags == b.flags);
  CHECK(a.slot == b.slot);
  CHECK(a.role == b.role);
  CHECK(a.code == b.code);
  CHECK(a.epoch == b.epoch);
  CHECK(a.request == b.request);
  CHECK(a.source == b.source);
  CHECK(a.target == b.target);
  CHECK(a.connection == b.connection);
  CHECK(a.ttl_ms == b.ttl_ms);
  CHECK(a.module == b.module);
  CHECK(a.method == b.method);
  CHECK(a.user == b.user);
  CHECK(a.session == b.session);
  CHECK(a.address == b.address);
  CHECK(a.extra == b.extra);
  CHECK(a.body == b.body);
}

std::string Encoded(const Envelope& e) {
  std::string bytes;
  Append(bytes, e);
  return bytes;
}

}  // namespace

TEST_CASE("an envelope comes out as it went in") {
  const std::string bytes = Encoded(Full());
  CHECK(bytes.size() == EncodedBytes(Full()));
  BatchReader reader(bytes);
  const auto read = reader.Next();
  REQUIRE(read.has_value());
  CheckSame(*read, Full());
  CHECK(reader.bytes() == bytes);
  CHECK_FALSE(reader.Next().has_value());
  CHECK_FALSE(reader.malformed());
}

TEST_CASE("the bytes of the header are where they are documented to be") {
  const std::string bytes = Encoded(Full());
  const auto u8 = [&](size_t at) { return static_cast<uint8_t>(bytes[at]); };
  CHECK(u8(0) == bytes.size());
  CHECK(u8(4) == 1);
  CHECK(u8(5) == 14);  // kRequest
  CHECK(u8(6) == 1);
  CHECK(u8(7) == 3);
  CHECK(u8(8) == 201);
  CHECK(u8(9) == 2);
  CHECK(u8(10) == 12);
  CHECK(u8(11) == 7);
  CHECK(u8(12) == 12);
  CHECK(u8(13) == 5);
  CHECK(u8(14) == 3);
  CHECK(u8(15) == 11);
  CHECK(u8(16) == 8);  // epoch, little-endian
  CHECK(u8(24) == 0x22);
  CHECK(u8(32) == 0x44);
  CHECK(u8(40) == 0x66);
  CHECK(u8(48) == 0x88);
  CHECK(u8(56) == 0xaa);
  CHECK(u8(64) == 0x10);
  CHECK(u8(68) == 11);
  CHECK(bytes.substr(72, 7) == "message");
  CHECK(bytes.ends_with("the body"));
}

TEST_CASE("every kind up to the last is read, and what is beyond it is malformed") {
  for (int kind = 0; kind <= static_cast<int>(kKindLast) + 1; ++kind) {
    std::string bytes = Encoded(Full());
    StampKind(bytes.data(), static_cast<Kind>(kind));
    const bool known = kind >= static_cast<int>(Kind::kRegister) && kind <= static_cast<int>(kKindLast);
    CHECK(BatchReader(bytes).Next().has_value() == known);
  }
  CHECK(kKindLast == Kind::kHop);
}

TEST_CASE("a batch is read envelope by envelope") {
  std::string batch;
  for (uint32_t i = 0; i < 10; ++i) {
    Envelope e = Full();
    e.ttl_ms = i;
    Append(batch, e);
  }
  BatchReader reader(batch);
  for (uint32_t i = 0; i < 10; ++i) CHECK(reader.Next()->ttl_ms == i);
  CHECK_FALSE(reader.Next().has_value());
  CHECK_FALSE(reader.malformed());
}

TEST_CASE("every truncation is refused, and nothing after it is read") {
  const std::string whole = Encoded(Full());
  for (size_t size = 1; size < whole.size(); ++size) {
    BatchReader reader(std::string_view(whole).substr(0, size));
    CHECK_FALSE(reader.Next().has_value());
    CHECK(reader.malformed());
    CHECK_FALSE(reader.Next().has_value());
  }
}

TEST_CASE("what no envelope may hold is refused") {
  const auto refused_with = [](size_t at, uint8_t value) {
    std::string bytes = Encoded(Full());
    bytes[at] = static_cast<char>(value);
    BatchReader reader(bytes);
    return !reader.Next().has_value() && reader.malformed();
  };
  CHECK(refused_with(0, 10));    // shorter than a header
  CHECK(refused_with(3, 0xFF));  // 4 GiB long
  CHECK(refused_with(4, 2));     // another version
  CHECK(refused_with(5, 0));     // no such kind
  CHECK(refused_with(5, 99));
  CHECK(refused_with(6, 3));     // no such lane
  CHECK(refused_with(9, 4));     // no such role
  CHECK(refused_with(11, 255));  // texts beyond the end
  CHECK(refused_with(70, 255));  // extra beyond the end
}

TEST_CASE("random bytes never read beyond the batch") {
  std::mt19937 random(7);
  const std::string good = Encoded(Full()) + Encoded(Full());
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = good;
    for (auto flips = random() % 8; flips > 0; --flips) bytes[random() % bytes.size()] = static_cast<char>(random());
    // On the heap and exactly as long, so that a sanitizer sees a step too far.
    const std::vector<char> exact(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(random() % bytes.size()));
    BatchReader reader({exact.data(), exact.size()});
    size_t total = 0;
    while (const auto e = reader.Next()) {
      total += reader.bytes().size();
      CHECK(EncodedBytes(*e) == reader.bytes().size());
    }
    CHECK(total <= exact.size());
  }
}

TEST_CASE("stamps change their field and nothing else") {
  std::string bytes = Encoded(Full());
  CHECK(FlagsOf(bytes) == Full().flags);
  StampSource(bytes.data(), NodeId{42});
  StampEpoch(bytes.data(), 43);
  StampTtl(bytes.data(), 44);
  StampKind(bytes.data(), Kind::kEvent);
  Envelope expected = Full();
  expected.source = NodeId{42};
  expected.epoch = 43;
  expected.ttl_ms = 44;
  expected.kind = Kind::kEvent;
  CheckSame(*BatchReader(bytes).Next(), expected);
}

TEST_CASE("envelopes are taken whole, as many as fit, but at least one") {
  const std::string one = Encoded(Full());
  const std::string three = one + one + one;
  std::string_view rest = three;
  CHECK(TakeEnvelopes(rest, 2 * one.size()) == one + one);
  CHECK(TakeEnvelopes(rest, 1) == one);
  CHECK(rest.empty());
  CHECK(TakeEnvelopes(rest, 100).empty());
}

TEST_CASE("a caller is who the header says, and a malformed user is nobody") {
  Envelope e = Full();
  const Caller caller = CallerOf(e);
  CHECK(caller.user == UserHandle::Must("alice"));
  CHECK(caller.role == Access::kAdmin);
  CHECK(caller.session == "s-1");
  CHECK(caller.address == "203.0.113.7");
  CHECK(caller.connection == Connection{e.source, e.connection});
  e.user = "Not A Handle";
  CHECK(CallerOf(e).user.empty());
}

}  // namespace parley::wire
