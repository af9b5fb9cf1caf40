// From a method to a module's slot, and back.
#include <catch2/catch.hpp>

#include "common/base/slot.h"
#include "tests/frontend/fixture.h"

namespace parley::frontend {
namespace {

TEST_CASE_METHOD(GatewayTest, "a request travels with its slot, its caller and its arguments") {
  Client client(*this, "203.0.113.7");
  LogsIn(client, "alice", "s9");
  client.Asks(2, "message.send", R"({"to":"bob","body":"hi"})");
  const Sent request = Request("message.send");
  CHECK(request.envelope.module == "message");
  CHECK(request.envelope.slot == SlotOf("alice~bob"));
  CHECK(request.envelope.role == Access::kUser);
  CHECK(request.envelope.user == "alice");
  CHECK(request.envelope.session == "s9");
  CHECK(request.envelope.address == "203.0.113.7");
  CHECK(request.envelope.connection == client.session().number);
  CHECK(request.envelope.lane == wire::Lane::kRealtime);
  CHECK(request.body() == Json(R"({"to":"bob","body":"hi"})"));
  Answers(request, R"({"seq":1})");
  CHECK(client.Hears() == Lines{R"([1,2,null,{"seq":1}])"});
}

TEST_CASE_METHOD(GatewayTest, "the lane is the route's") {
  Client client(*this, "203.0.113.7");
  LogsIn(client, "alice");
  client.Asks(2, "message.typing", R"({"to":"bob"})");
  CHECK(Request("message.typing").envelope.lane == wire::Lane::kBackground);
}

TEST_CASE_METHOD(GatewayTest, "a module's error is the client's, with its code and wait") {
  Client client(*this, "203.0.113.7");
  LogsIn(client, "alice");
  client.Asks(2, "user.profile");
  Fails(Request("user.profile"), Code::kOverloaded, "the disk is busy", 250);
  CHECK(client.Hears() ==
        Lines{Json(
            R"([1,2,{"code":"overloaded","message":"the disk is busy","retryable":true,"retry_after_ms":250},null])")});
}

TEST_CASE_METHOD(GatewayTest, "what no client may call is unsupported") {
  Client client(*this, "203.0.113.7");
  LogsIn(client, "root", "s1", true);
  for (const char* method : {"nothing.at.all", "ping", "session.nope", "message.inside", "user.attach", "user.detach",
                             "message.send ", "Message.send"}) {
    client.Asks(2, method);
    INFO(method);
    CHECK(client.Outcome() == "unsupported");
  }
}

TEST_CASE_METHOD(GatewayTest, "everything but the front door needs a login") {
  Client client(*this, "203.0.113.7");
  for (const char* method : {"message.send", "user.profile", "admin.ban"}) {
    client.Asks(2, method, R"({"to":"bob","user":"bob"})");
    CHECK(client.Outcome() == "unauthenticated");
  }
}

TEST_CASE_METHOD(GatewayTest, "an administrator's method is forbidden to a plain user") {
  Client plain(*this, "203.0.113.7"), root(*this, "203.0.113.7");
  LogsIn(plain, "alice");
  LogsIn(root, "root", "s2", true);
  plain.Asks(2, "admin.ban", R"({"user":"bob"})");
  CHECK(plain.Outcome() == "forbidden");
  root.Asks(2, "admin.ban", R"({"user":"bob"})");
  CHECK(Request("admin.ban").envelope.role == Access::kAdmin);
}

TEST_CASE_METHOD(GatewayTest, "a missing or mistyped key is bad_request, by name") {
  Client client(*this, "203.0.113.7");
  LogsIn(client, "alice");
  client.Asks(2, "message.send", "{}");
  CHECK(client.Hears() ==
        Lines{Json(R"([1,2,{"code":"bad_request","message":"to: missing","retryable":false},null])")});
  client.Asks(2, "message.send", R"({"to":5})");
  CHECK(client.Hears() ==
        Lines{Json(R"([1,2,{"code":"bad_request","message":"to: must be text","retryable":false},null])")});
  client.Asks(2, "message.history", "{}");
  CHECK(
      client.Hears() ==
      Lines{Json(R"([1,2,{"code":"bad_request","message":"conversation or with: missing","retryable":false},null])")});
}

TEST_CASE_METHOD(GatewayTest, "session.methods tells what clients may call, of one module or all") {
  Client client(*this, "203.0.113.7");
  client.Asks(1, "session.methods", R"({"module":"message"})");
  const std::string message = client.Hears().at(0);
  CHECK(message.find("message.send") != std::string::npos);
  CHECK(message.find("message.inside") == std::string::npos);
  CHECK(message.find("user.login") == std::string::npos);
  CHECK(message.find("\"access\":\"user\"") != std::string::npos);
  client.Asks(1, "session.methods");
  const std::string all = client.Hears().at(0);
  for (const char* name :
       {"session.hello", "session.ping", "session.methods", "user.login", "message.send", "admin.ban"}) {
    CHECK(all.find(std::string("\"name\":\"") + name + "\"") != std::string::npos);
  }
  CHECK(all.find("attach") == std::string::npos);
  client.Asks(1, "session.methods", R"({"module":"nothing"})");
  CHECK(client.Hears() == Lines{R"([1,1,null,{"methods":[]}])"});
}

TEST_CASE_METHOD(GatewayTest, "a module that did not exist at the start can be called") {
  Client client(*this, "203.0.113.7");
  LogsIn(client, "root", "s1", true);
  client.Asks(2, "weather.ban", R"({"user":"rain"})");
  CHECK(client.Outcome() == "unsupported");
  TellsRoutes({"user", "message", "admin", "weather"});
  client.Asks(2, "weather.ban", R"({"user":"rain"})");
  CHECK(Request("weather.ban").envelope.module == "weather");
}

TEST_CASE_METHOD(GatewayTest, "before the bus told its routes, requests are unavailable and the frontend's own go on") {
  gateway = std::make_unique<Gateway>(options, wire::Registration{}, *this, *this, now);
  Client client(*this, "203.0.113.7");
  client.Asks(1, "user.login", R"({"user":"alice"})");
  CHECK(client.Outcome() == "unavailable");
  client.Asks(1, "session.ping");
  CHECK(client.Outcome() == "ok");
  CHECK(!gateway->ready());
}

TEST_CASE_METHOD(GatewayTest, "no answer in time is a timeout, and the request was sent twice with one id") {
  Client client(*this, "203.0.113.7");
  LogsIn(client, "alice");
  client.Asks(2, "user.profile");
  Passes(10'100);
  CHECK(client.Outcome() == "timeout");
  const auto requests = Requests("user.profile");
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].envelope.request == requests[1].envelope.request);
  CHECK(gateway->requests_on_their_way() == 0);
}

TEST_CASE_METHOD(GatewayTest, "a result beyond 1 MiB is an internal error with a reference") {
  Client client(*this, "203.0.113.7");
  LogsIn(client, "alice");
  client.Asks(2, "user.profile");
  Answers(Request("user.profile"), R"({"x":")" + std::string(1024 * 1024, 'x') + R"("})");
  const Lines lines = client.Hears();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].find("\"internal\"") != std::string::npos);
  CHECK(lines[0].find("reference") != std::string::npos);
}

TEST_CASE_METHOD(GatewayTest, "an answer for a client that is gone is nobody's") {
  Client client(*this, "203.0.113.7");
  LogsIn(client, "alice");
  client.Asks(2, "user.profile");
  const Sent request = Request("user.profile");
  client.Vanishes();
  Answers(request, "{}");
  CHECK(gateway->requests_on_their_way() == 0);
  CHECK(gateway->sessions().size() == 0);
}

TEST_CASE_METHOD(GatewayTest, "while the bus does not keep up, new requests are overloaded") {
  Client client(*this, "203.0.113.7");
  LogsIn(client, "alice");
  gateway->SetCongested(true);
  client.Asks(2, "user.profile");
  CHECK(client.Outcome() == "overloaded");
  gateway->SetCongested(false);
  client.Asks(2, "user.profile");
  CHECK(Requests("user.profile").size() == 1);
}

}  // namespace
}  // namespace parley::frontend
