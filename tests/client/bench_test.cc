#include <catch2/catch.hpp>

#include "client/arguments.h"
#include "client/bench/histogram.h"
#include "client/bench/ledger.h"
#include "client/bench/message.h"
#include "client/bench/processes.h"
#include "client/bench/stream.h"
#include "common/schema/framer.h"
#include "common/schema/rpc.h"

namespace parley::bench {
namespace {

TEST_CASE("the message is a request for message.send, and differs only where it should") {
  const Message message("bob", "run", 50);
  std::string bytes(message.size(), '\0');
  CHECK(message.WriteTo(bytes.data(), 7, 0x1234abcd) == bytes.data() + bytes.size());
  schema::Parser parser;
  const schema::RpcMessage request = schema::ParseRpc(parser, bytes, 16);
  REQUIRE(request.status == schema::RpcMessage::Status::kGood);
  CHECK(request.msgid == 7);
  CHECK(request.method == "message.send");
  CHECK(request.arguments.Find("to").AsText() == "bob");
  CHECK(request.arguments.Find("id").AsText() == "run-1234abcd");
  const std::string_view body = request.arguments.Find("body").AsText();
  CHECK(body.size() == 50);
  CHECK(Message::NumberOf(body) == 0x1234abcd);
  CHECK_FALSE(Message::NumberOf("hello, world"));
  CHECK_FALSE(Message::NumberOf("1234"));
}

TEST_CASE("a stream reads what was written, and fails on every truncation") {
  std::string bytes;
  schema::AppendNotification(bytes, "message.new",
                             client::Arguments().Int("seq", 70'000).Text("body", std::string(300, 'x')).Encoded());
  const auto read = [](Stream stream) {
    uint64_t seq = 0;
    CHECK(stream.List() <= 3);
    stream.Uint();
    stream.Text();
    stream.List();
    const uint32_t pairs = stream.Map();
    for (uint32_t i = 0; i < pairs && stream.ok(); ++i) {
      if (stream.Text() == "seq") {
        seq = stream.Uint();
      } else {
        stream.Skip();
      }
    }
    return std::pair(stream.ok(), seq);
  };
  CHECK(read(Stream(bytes)) == std::pair(true, uint64_t{70'000}));
  for (size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(read(Stream({bytes.data(), size})).first);
}

TEST_CASE("skipping agrees with the framer on every kind of value") {
  // Every first byte that Parley uses, followed by enough for whatever it wants.
  for (int lead = 0; lead < 256; ++lead) {
    if (lead == 0xC1 || (lead >= 0xC7 && lead <= 0xC9) || (lead >= 0xD4 && lead <= 0xD8)) continue;
    std::string bytes(1, static_cast<char>(lead));
    bytes += std::string(70, '\0');
    schema::Framer framer(1 << 20, 16);
    INFO(lead);
    REQUIRE(framer.Scan(bytes) == schema::Framer::State::kComplete);
    Stream stream(bytes);
    stream.Skip();
    CHECK(stream.ok());
    CHECK(stream.at() == bytes.data() + framer.size());
  }
}

TEST_CASE("a latency is found again within three percent") {
  for (const uint64_t value : {0ULL, 1ULL, 31ULL, 32ULL, 1'000ULL, 123'456ULL, 987'654'321ULL, 1ULL << 60}) {
    const uint64_t upper = Histogram::UpperOf(Histogram::IndexOf(value));
    CHECK(upper >= value);
    CHECK(static_cast<double>(upper - value) <= 0.04 * static_cast<double>(value) + 1);
  }
  Histogram histogram;
  for (int i = 1; i <= 1000; ++i) histogram.Record(i * 1'000'000);
  CHECK(histogram.QuantileMs(0.5) == Approx(500).epsilon(0.04));
  CHECK(histogram.QuantileMs(0.99) == Approx(990).epsilon(0.04));
  CHECK(histogram.max_ms() == Approx(1000));
}

struct LedgerTest {
  void Deliver(uint32_t number, uint64_t seq) {
    ledger.Acknowledged(number, seq);
    ledger.Received(number, seq);
  }
  Ledger ledger;
};

TEST_CASE_METHOD(LedgerTest, "what was promised and kept agrees") {
  for (uint32_t i = 0; i < 100; ++i) Deliver(i, 2 * i + 1);
  CHECK(ledger.agrees());
  CHECK(ledger.delivered() == 100);
}

TEST_CASE_METHOD(LedgerTest, "a lost message is missing") {
  Deliver(0, 1);
  ledger.Acknowledged(1, 2);
  CHECK(ledger.missing() == 1);
  CHECK_FALSE(ledger.agrees());
}

TEST_CASE_METHOD(LedgerTest, "a doubled, a disordered and a wrongly numbered message are seen") {
  Deliver(0, 1);
  SECTION("doubled") {
    ledger.Received(0, 1);
    CHECK(ledger.twice() == 1);
  }
  SECTION("disordered") {
    ledger.Received(2, 3);
    ledger.Received(1, 2);
    CHECK(ledger.disordered() == 1);
  }
  SECTION("another seq than was promised") {
    ledger.Acknowledged(1, 2);
    ledger.Received(1, 3);
    CHECK(ledger.missing() == 0);
  }
  SECTION("one instead of another") {
    ledger.Acknowledged(1, 2);
    ledger.Received(2, 2);
    CHECK(ledger.missing() == 0);
  }
  CHECK_FALSE(ledger.agrees());
}

TEST_CASE("a conversation with a hole is not dense") {
  Density density;
  CHECK(density.Holds(0));
  for (const uint64_t seq : {5, 6, 8}) density.Saw(seq);
  CHECK(density.Holds(4));
  CHECK_FALSE(density.Holds(3));
}

TEST_CASE("processes are named by pid, and measured") {
  const pid_t self = getpid();
  const auto pids = ParsePids(std::to_string(self));
  REQUIRE(pids);
  const auto use = ReadProcesses(*pids);
  REQUIRE(use);
  CHECK(use->at(0).pid == self);
  CHECK(use->at(0).memory_kib > 100);
  CHECK_FALSE(use->at(0).name.empty());
  CHECK_FALSE(ParsePids("12x"));
  CHECK_FALSE(ReadProcesses({1 << 30}));
}

}  // namespace
}  // namespace parley::bench
