// What a client may say, and what it is answered: the rules of the wire.
#include <catch2/catch.hpp>

#include "tests/frontend/fixture.h"

namespace parley::frontend {

using namespace std::string_literals;
namespace {

const std::string kPing = R"([0,1,"session.ping",[{}]])";

TEST_CASE_METHOD(GatewayTest, "hello tells the limits in force") {
  GatewayOptions with;
  with.user_rate = 7;
  with.timeouts.idle_ms = 3000;
  Start(with);
  Client client(*this, "203.0.113.7");
  client.Asks(1, "session.hello", R"({"client":"test","version":"1"})");
  CHECK(client.Hears() ==
        Lines{Json(R"([1,1,null,{"server":"Parley","version":")" PARLEY_VERSION
                   R"(","protocol":1,"idle_ms":3000,"limits":{"request":65536,"body":16384,"in_flight":256,)"
                   R"("user_rate":7,"page":200}}])")});
}

TEST_CASE_METHOD(GatewayTest, "ping tells the time") {
  Client client(*this, "203.0.113.7");
  client.Says(kPing);
  CHECK(client.Hears() == Lines{R"([1,1,null,{"time_ms":1700000000000}])"});
}

TEST_CASE_METHOD(GatewayTest, "params may be a list of a map, an empty list, nil, or a bare map") {
  Client client(*this, "203.0.113.7");
  for (const char* params : {"[{}]", "[]", "null", "{}"}) {
    client.Says(std::string(R"([0,1,"session.ping",)") + params + "]");
    CHECK(client.Outcome() == "ok");
  }
}

TEST_CASE_METHOD(GatewayTest, "wrong arguments of the frontend's own methods are bad_request") {
  Client client(*this, "203.0.113.7");
  for (const char* call : {R"([0,1,"session.hello",[{"client":5}]])", R"([0,1,"session.methods",[{"module":5}]])"}) {
    client.Says(call);
    CHECK(client.Outcome() == "bad_request");
  }
  client.SendsBytes("\x94\x00\x01\xacsession.ping\x91\x82\xa1x\x01\xa1x\x02"s);
  CHECK(client.Outcome() == "bad_request");  // a key twice
}

TEST_CASE_METHOD(GatewayTest, "a request with a good msgid that is otherwise wrong is answered") {
  Client client(*this, "203.0.113.7");
  for (const char* wrong :
       {"[0,7]", R"([0,7,"session.ping"])", "[0,7,5,[{}]]", R"([0,7,"",[{}]])", R"([0,7,"session.ping",[{}],1])",
        R"([0,7,"session.ping",[{},{}]])", R"([0,7,"session.ping",5])"}) {
    client.Says(wrong);
    CHECK(client.Outcome() == "bad_request");
  }
  client.SendsBytes("\x94\x00\x07\xa9session.\xff\x90"s);
  CHECK(client.Outcome() == "bad_request");
  client.Says(kPing);
  CHECK(client.Outcome() == "ok");
}

TEST_CASE_METHOD(GatewayTest, "what is no request ends the connection and says why") {
  for (const char* wrong : {"[]", "[0]", "[0,-1,\"session.ping\",[]]", "[0,4294967296,\"session.ping\",[]]", "[3]",
                            "[1,7,null,{}]", "{}", "5", "null", "\"GET / HTTP/1.1\""}) {
    Client client(*this, "203.0.113.7");
    client.Says(wrong);
    INFO(wrong);
    CHECK(client.Outcome() == "protocol");
    CHECK(client.closed());
  }
}

TEST_CASE_METHOD(GatewayTest, "bytes that are not MessagePack end the connection, after what came before them") {
  Client client(*this, "203.0.113.7");
  client.SendsBytes(Packed(kPing) + "\xc1" + Packed(kPing));
  const Lines lines = client.Hears();
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == R"([1,1,null,{"time_ms":1700000000000}])");
  CHECK(lines[1].find("session.closed") != std::string::npos);
  CHECK(client.closed());
}

TEST_CASE_METHOD(GatewayTest, "a notification that is otherwise wrong is ignored") {
  Client client(*this, "203.0.113.7");
  for (const char* wrong : {"[2]", "[2,5]", R"([2,"session.ping",5])", R"([2,"no.such",[{}]])"}) client.Says(wrong);
  CHECK(client.Hears().empty());
  CHECK(!client.closed());
}

TEST_CASE_METHOD(GatewayTest, "a message has at most 64 KiB, and is refused before it is complete") {
  const auto sized = [](size_t size) {
    const std::string start = "\x94\x00\x01\xacsession.ping\x91\x81\xa1x\xda"s;
    const size_t text = size - start.size() - 2;
    return start + static_cast<char>(text >> 8) + static_cast<char>(text & 0xFF) + std::string(text, 'x');
  };
  Client fine(*this, "203.0.113.7");
  fine.SendsBytes(sized(65'536));
  CHECK(fine.Outcome() == "ok");
  Client long_one(*this, "203.0.113.7");
  long_one.SendsBytes(sized(65'537).substr(0, 100));
  CHECK(long_one.Outcome() == "protocol");
}

TEST_CASE_METHOD(GatewayTest, "sixteen levels are the deepest") {
  // The message is level 1, params 2, the arguments 3.
  const auto nested = [](int depth) {
    return "[0,1,\"session.ping\",[{\"x\":" + std::string(static_cast<size_t>(depth), '[') +
           std::string(static_cast<size_t>(depth), ']') + "}]]";
  };
  Client client(*this, "203.0.113.7");
  client.Says(nested(13));
  CHECK(client.Outcome() == "ok");
  client.Says(nested(14));
  CHECK(client.Outcome() == "protocol");
}

TEST_CASE_METHOD(GatewayTest, "one byte at a time is as good") {
  Client client(*this, "203.0.113.7");
  for (int i = 0; i < 2; ++i) {
    for (const char byte : Packed(kPing)) client.SendsBytes({&byte, 1});
  }
  CHECK(client.Hears().size() == 2);
  CHECK(!client.session().inbound.incomplete());
}

TEST_CASE_METHOD(GatewayTest, "many requests in one segment, the last one cut, are answered when they are whole") {
  Client client(*this, "203.0.113.7");
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes += Packed(kPing);
  client.SendsBytes(bytes + Packed(kPing).substr(0, 5));
  CHECK(client.Hears().size() == 100);
  client.SendsBytes(Packed(kPing).substr(5));
  CHECK(client.Outcome() == "ok");
}

TEST_CASE_METHOD(GatewayTest, "ping is answered after all that was asked before it, notifications too") {
  Client client(*this, "203.0.113.7");
  LogsIn(client, "alice");
  client.Asks(2, "message.send", R"({"to":"bob"})");
  client.Notifies("message.typing", R"({"to":"bob"})");
  client.Asks(3, "session.ping");
  client.Asks(4, "user.profile");
  client.Asks(5, "session.ping");
  CHECK(client.Hears().empty());
  Answers(Request("user.profile"), R"({"n":4})");
  CHECK(client.Hears() == Lines{R"([1,4,null,{"n":4}])"});
  Answers(Request("message.send"), R"({"n":2})");
  CHECK(client.Hears() == Lines{R"([1,2,null,{"n":2}])"});
  Answers(Request("message.typing"), "{}");
  const Lines pings = client.Hears();
  REQUIRE(pings.size() == 2);
  CHECK(pings[0].starts_with("[1,3,"));
  CHECK(pings[1].starts_with("[1,5,"));
}

TEST_CASE_METHOD(GatewayTest, "the msgid of an open request is refused, and free after the answer") {
  Client client(*this, "203.0.113.7");
  LogsIn(client, "alice");
  client.Asks(9, "user.profile");
  client.Asks(9, "session.ping");
  CHECK(client.Outcome() == "bad_request");
  Answers(Request("user.profile"), "{}");
  CHECK(client.Outcome() == "ok");
  client.Asks(9, "session.ping");
  CHECK(client.Outcome() == "ok");
}

TEST_CASE_METHOD(GatewayTest, "a notification is carried out and not answered") {
  Client client(*this, "203.0.113.7");
  LogsIn(client, "alice");
  client.Notifies("message.send", R"({"to":"bob"})");
  const Sent request = Request("message.send");
  CHECK((request.envelope.flags & wire::kNotify) != 0);
  Answers(request, "{}");
  client.Notifies("message.send", R"({"to":"bob"})");
  Fails(Request("message.send"), Code::kForbidden);
  client.Notifies("message.shout");
  CHECK(client.Hears().empty());
  CHECK(client.session().open.empty());
}

TEST_CASE_METHOD(GatewayTest, "after a half-close what was received is answered, then the connection ends") {
  Client client(*this, "203.0.113.7");
  LogsIn(client, "alice");
  client.Asks(2, "user.profile");
  client.Asks(3, "session.ping");
  client.HalfCloses();
  CHECK(!client.closed());
  Answers(Request("user.profile"), "{}");
  CHECK(client.Hears().size() == 2);
  CHECK(client.closed());
}

TEST_CASE_METHOD(GatewayTest, "a half-close with nothing open, or in the middle of a message, ends it without a word") {
  Client idle(*this, "203.0.113.7"), cut(*this, "203.0.113.7");
  idle.HalfCloses();
  cut.SendsBytes(Packed(kPing).substr(0, 7));
  cut.HalfCloses();
  CHECK(idle.closed());
  CHECK(cut.closed());
  CHECK(idle.Hears().empty());
  CHECK(cut.Hears().empty());
}

TEST_CASE_METHOD(GatewayTest, "nothing is read after the end of a session") {
  Client client(*this, "203.0.113.7");
  client.SendsBytes("\xc1");
  client.Hears();
  client.Says(kPing);
  CHECK(client.Hears().empty());
}

}  // namespace
}  // namespace parley::frontend
