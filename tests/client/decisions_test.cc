#include <catch2/catch.hpp>
#include <random>

#include "client/arguments.h"
#include "client/backoff.h"
#include "client/endpoint.h"
#include "client/typing.h"
#include "common/schema/json.h"

namespace parley::client {
namespace {

TEST_CASE("waiting grows to its bound, is spread, and starts over") {
  Backoff backoff(100, 1000);
  std::mt19937_64 random(7);
  for (const int64_t step : {100, 200, 400, 800, 1000, 1000}) {
    const int64_t wait = backoff.Next(0, random());
    CHECK(wait >= step / 2);
    CHECK(wait <= step);
  }
  backoff.Reset();
  CHECK(backoff.Next(0, 0) == 50);
  CHECK(backoff.Next(0, 1) != backoff.Next(0, 2));
}

TEST_CASE("what the server asked for is waited at least") {
  Backoff backoff(100, 1000);
  CHECK(backoff.Next(5000, 0) == 5000);
  CHECK(backoff.Next(5000, 99) > 5000);
}

TEST_CASE("typing is forgotten after ten seconds") {
  const Conversation conversation = Conversation::Must("alice~bob");
  const UserHandle bob = UserHandle::Must("bob");
  TypingBoard board;
  CHECK(board.Set(conversation, bob, true, 1000));
  CHECK_FALSE(board.Set(conversation, bob, true, 5000));
  CHECK(board.In(conversation) == std::vector{bob});
  CHECK(board.In(Conversation::Must("alice~carol")).empty());
  CHECK_FALSE(board.Expire(14'999));
  CHECK(board.Expire(15'000));
  CHECK(board.In(conversation).empty());
  CHECK_FALSE(board.Set(conversation, bob, false, 16'000));
}

TEST_CASE("a server is a host and a port") {
  CHECK(Endpoint::Parse("127.0.0.1:7000").value() == Endpoint{"127.0.0.1", 7000});
  CHECK(Endpoint::Parse("chat.example").value() == Endpoint{"chat.example", kStandardPort});
  CHECK(Endpoint::Parse("[::1]:80").value() == Endpoint{"::1", 80});
  CHECK(Endpoint::Parse("::1").value() == Endpoint{"::1", kStandardPort});
  CHECK(Endpoint{"::1", 80}.text() == "[::1]:80");
  for (const char* wrong : {"", ":7000", "host:", "host:0", "host:70000", "host:7x", "[::1", "[::1]7"}) {
    INFO(wrong);
    CHECK_FALSE(Endpoint::Parse(wrong));
  }
}

TEST_CASE("arguments are a map by name, and can be added to another") {
  const std::string first =
      Arguments().Text("to", "bob").Int("seq", 300).Bool("on", true).OptionalText("x", "").Encoded();
  CHECK(schema::JsonOf(first).value() == R"({"on":true,"seq":300,"to":"bob"})");
  schema::Parser parser;
  const std::string more = Arguments(parser.Parse(first).value()).Text("id", "1").Encoded();
  CHECK(schema::JsonOf(more).value() == R"({"id":"1","on":true,"seq":300,"to":"bob"})");
  const std::vector<std::string> names{"bob", "carol"};
  CHECK(schema::JsonOf(Arguments().Texts("mentions", names).Encoded()).value() == R"({"mentions":["bob","carol"]})");
}

}  // namespace
}  // namespace parley::client
