#include "common/schema/rpc.h"

#include <catch2/catch.hpp>

#include "common/schema/json.h"

using namespace parley;
using namespace parley::schema;
using Status = RpcMessage::Status;

namespace {

struct Parsed {
  std::string bytes;
  Parser parser;
  RpcMessage message;
};

std::unique_ptr<Parsed> ParseJson(std::string_view json) {
  auto parsed = std::make_unique<Parsed>();
  parsed->bytes = EncodedOfJson(json).value();
  parsed->message = ParseRpc(parsed->parser, parsed->bytes, 16);
  return parsed;
}
Status StatusOf(std::string_view json) { return ParseJson(json)->message.status; }

}  // namespace

TEST_CASE("params may be a list of a map, an empty list, nil or a bare map") {
  for (const char* json : {R"([0,7,"m",[{"a":1}]])", R"([0,7,"m",{"a":1}])"}) {
    INFO(json);
    const auto parsed = ParseJson(json);
    REQUIRE(parsed->message.status == Status::kGood);
    CHECK(parsed->message.msgid == 7);
    CHECK(parsed->message.method == "m");
    CHECK(JsonOf(parsed->message.params).value() == R"({"a":1})");
    CHECK(parsed->message.arguments.Find("a").AsInt() == 1);
  }
  for (const char* json : {R"([0,7,"m",[]])", R"([0,7,"m",null])", R"([0,7,"m",[null]])"}) {
    INFO(json);
    const auto parsed = ParseJson(json);
    REQUIRE(parsed->message.status == Status::kGood);
    CHECK(parsed->message.params.empty());
    CHECK(parsed->message.arguments.is_nil());
  }
}

TEST_CASE("a request that is wrong is answered where its msgid is good") {
  CHECK(StatusOf(R"([0,7])") == Status::kBadRequest);
  CHECK(StatusOf(R"([0,7,"m"])") == Status::kBadRequest);
  CHECK(StatusOf(R"([0,7,5,[]])") == Status::kBadRequest);
  CHECK(StatusOf(R"([0,7,"m",[1]])") == Status::kBadRequest);
  CHECK(StatusOf(R"([0,7,"m",[{},{}]])") == Status::kBadRequest);
  CHECK(StatusOf(R"([0,7,"m",[],1])") == Status::kBadRequest);
  CHECK(StatusOf(R"([0,4294967295,"m"])") == Status::kBadRequest);
}

TEST_CASE("what is no such message ends the connection") {
  for (const char* json : {"1", "{}", "[]", "[3]", R"(["a"])", R"([0])", R"([0,-1,"m",[]])", R"([0,4294967296,"m",[]])",
                           R"([0,"7","m",[]])", R"([0,1.5,"m",[]])"}) {
    INFO(json);
    CHECK(StatusOf(json) == Status::kProtocol);
  }
}

TEST_CASE("a notification that is wrong is ignored") {
  CHECK(StatusOf(R"([2,"m",[{}]])") == Status::kGood);
  CHECK(StatusOf(R"([2,"m"])") == Status::kIgnored);
  CHECK(StatusOf(R"([2])") == Status::kIgnored);
  CHECK(StatusOf(R"([2,5,[]])") == Status::kIgnored);
}

TEST_CASE("the bytes of the map are found behind every form of list header") {
  std::string map = EncodedOfJson(R"({"a":1})").value();
  for (const std::string& header :
       {std::string("\x91"), std::string("\xDC\x00\x01", 3), std::string("\xDD\x00\x00\x00\x01", 5)}) {
    const std::string bytes = std::string("\x94\x00\x07\xA1m", 5) + header + map;
    Parser parser;
    const RpcMessage message = ParseRpc(parser, bytes, 16);
    REQUIRE(message.status == Status::kGood);
    CHECK(message.params == map);
  }
}

TEST_CASE("what is written is read again") {
  std::string bytes;
  AppendErrorResponse(bytes, 9, Error{Code::kOverloaded, "busy", 250});
  Parser parser;
  RpcMessage message = ParseRpc(parser, bytes, 16);
  REQUIRE(message.kind == RpcKind::kResponse);
  CHECK(message.msgid == 9);
  CHECK(ErrorOf(message.error) == Error{Code::kOverloaded, "busy", 250});
  CHECK(message.error.Find("retryable").AsBool());
  CHECK(message.result.is_nil());

  bytes.clear();
  AppendResponse(bytes, 1, "");
  message = ParseRpc(parser, bytes, 16);
  CHECK(message.error.is_nil());
  CHECK(message.result.type() == Type::kMap);

  bytes.clear();
  AppendNotification(bytes, "message.new", EncodedOfJson(R"({"seq":1})").value());
  message = ParseRpc(parser, bytes, 16);
  CHECK(message.kind == RpcKind::kNotification);
  CHECK(message.arguments.Find("seq").AsInt() == 1);
}
