// session.trace: a call like any other, answered with its way.
#include "common/wire/trace.h"

#include <catch2/catch.hpp>

#include "common/schema/json.h"
#include "tests/frontend/fixture.h"

namespace parley::frontend {
namespace {

class TracesTest : public GatewayTest {
 public:
  TracesTest() { LogsIn(root, "root", "s1", true); }

  void BusTells(const RequestId& request, const wire::Hop& hop) {
    const std::string body = schema::Encode(hop);
    wire::Envelope envelope;
    envelope.kind = wire::Kind::kHop;
    envelope.request = request;
    envelope.body = body;
    BusSays(envelope);
  }

  Client root{*this, "203.0.113.7"};
};

TEST_CASE_METHOD(TracesTest, "the call goes out as any other, and is answered with what was told of it") {
  root.Asks(2, "session.trace", R"({"method":"message.send","arguments":{"to":"bob","body":"hi"}})");
  const Sent request = Request("message.send");
  CHECK((request.envelope.flags & wire::kTraced) != 0);
  CHECK(request.envelope.user == "root");
  CHECK(request.body() == Json(R"({"to":"bob","body":"hi"})"));
  const RequestId id = request.envelope.request;
  BusTells(id, {"message-1", "begins", "message.send", 42});
  BusTells(RequestId::Random(), {"message-1", "is somebody else's", "message.send", 43});
  Answers(request, R"({"seq":1})");
  const std::string wall_us = std::to_string(now.wall_us);
  const auto own = [&](const std::string& what) {
    return R"({"node":"frontend-1","what":")" + what + R"(","method":"message.send","at_us":)" + wall_us + "}";
  };
  CHECK(root.Hears() == Lines{Json(R"([1,2,null,{"request":")" + id.Hex() + R"(","hops":[)" + own("receives it") + "," +
                                   own("sends it to the bus") +
                                   R"(,{"node":"message-1","what":"begins","method":"message.send","at_us":42},)" +
                                   own("answers the client") + R"(],"result":{"seq":1}}])")});
}

TEST_CASE_METHOD(TracesTest, "arguments can be left out") {
  root.Asks(2, "session.trace", R"({"method":"user.profile"})");
  CHECK(Request("user.profile").body() == "{}");
}

TEST_CASE_METHOD(TracesTest, "a refusal is part of the answer, and is no error of the trace") {
  root.Asks(2, "session.trace", R"({"method":"user.profile"})");
  Fails(Request("user.profile"), Code::kNotFound, "no such user");
  const Lines heard = root.Hears();
  REQUIRE(heard.size() == 1);
  CHECK(heard[0].find(R"("error":{"code":"not_found","message":"no such user"})") != std::string::npos);
  CHECK(heard[0].starts_with("[1,2,null,"));
}

TEST_CASE_METHOD(TracesTest, "it is for administrators") {
  Client nobody(*this, "203.0.113.8"), alice(*this, "203.0.113.9");
  LogsIn(alice, "alice", "s2");
  nobody.Asks(2, "session.trace", R"({"method":"user.profile"})");
  CHECK(nobody.Outcome() == "unauthenticated");
  alice.Asks(2, "session.trace", R"({"method":"user.profile"})");
  CHECK(alice.Outcome() == "forbidden");
  CHECK(Requests("user.profile").empty());
}

TEST_CASE_METHOD(TracesTest, "what cannot be called cannot be traced") {
  const auto outcome = [&](const std::string& arguments) {
    root.Asks(2, "session.trace", arguments);
    return root.Outcome();
  };
  CHECK(outcome("{}") == "bad_request");
  CHECK(outcome(R"({"method":"no.such"})") == "unsupported");
  CHECK(outcome(R"({"method":"user.attach"})") == "unsupported");
  CHECK(outcome(R"({"method":"session.ping"})") == "unsupported");
  CHECK(outcome(R"({"method":"session.trace"})") == "unsupported");
  CHECK(outcome(R"({"method":"user.profile","arguments":[]})") == "bad_request");
  CHECK(outcome(R"({"method":"message.send"})") == "bad_request");  // to whom?
}

TEST_CASE_METHOD(TracesTest, "hops of a request that was answered, or that cannot be read, are dropped") {
  root.Asks(2, "session.trace", R"({"method":"user.profile"})");
  const Sent request = Request("user.profile");
  const RequestId id = request.envelope.request;
  wire::Envelope garbage;
  garbage.kind = wire::Kind::kHop;
  garbage.request = id;
  garbage.body = "\xC1";
  BusSays(garbage);
  Answers(request, "{}");
  CHECK(root.Hears().size() == 1);
  BusTells(id, {"message-1", "is late", "user.profile", 42});
  CHECK(root.Hears().empty());
}

TEST_CASE_METHOD(TracesTest, "a client that is gone before the answer costs nothing") {
  root.Asks(2, "session.trace", R"({"method":"user.profile"})");
  const Sent request = Request("user.profile");
  root.Vanishes();
  Answers(request, "{}");
  Client other(*this, "203.0.113.8");
  LogsIn(other, "root", "s3", true);
  other.Asks(2, "session.trace", R"({"method":"user.profile"})");
  Answers(Request("user.profile"), "{}");
  CHECK(other.Hears().size() == 1);
}

}  // namespace
}  // namespace parley::frontend
