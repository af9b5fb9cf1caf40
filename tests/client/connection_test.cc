#include "client/connection.h"

#include <catch2/catch.hpp>

#include "client/arguments.h"
#include "tests/client/fake_server.h"

namespace parley::client {
namespace {

struct ConnectionTest : Connection::Listener {
  void OnConnected() override { connected = true; }
  void OnPush(std::string_view method, const schema::Value&, std::string_view encoded) override {
    pushes.emplace_back(std::string(method) + " " + std::to_string(encoded.size()));
  }
  void OnDisconnected(const Error& why) override { disconnected = why; }

  void Until(const std::function<bool()>& done) {
    const int64_t deadline = ReadClocks().mono_ms + 20'000;
    while (!done()) {
      REQUIRE(ReadClocks().mono_ms < deadline);
      loop.Turn(20);
    }
  }
  void Connect() {
    connection.Open(server.endpoint());
    Until([&] { return connected; });
  }

  io::Loop loop;
  FakeServer server{loop};
  Connection connection{loop, *this};
  bool connected = false;
  std::optional<Error> disconnected;
  std::vector<std::string> pushes;
};

TEST_CASE_METHOD(ConnectionTest, "answers find their requests, also errors") {
  Connect();
  std::vector<std::string> answers;
  const auto note = [&](const Result<schema::Value>& result) {
    answers.push_back(result ? "ok" : std::string(NameOf(result.error().code)));
  };
  connection.Call("session.ping", "", note);
  connection.Call("message.sync", "", note);
  connection.Call("session.ping", "", note);
  Until([&] { return answers.size() == 3; });
  CHECK(answers == std::vector<std::string>{"ok", "unauthenticated", "ok"});
  CHECK(connection.open_requests() == 0);
}

TEST_CASE_METHOD(ConnectionTest, "nobody there is said as such") {
  const Endpoint nowhere = server.endpoint();
  server.Listen(false);
  connection.Open(nowhere);
  Until([&] { return disconnected.has_value(); });
  CHECK(disconnected->code == Code::kUnavailable);
  CHECK(disconnected->message.find(nowhere.text()) != std::string::npos);
}

TEST_CASE_METHOD(ConnectionTest, "a break leaves the outcome unknown") {
  Connect();
  server.LoseAnswerOf("session.ping");
  std::optional<Error> answer;
  connection.Call("session.ping", "", [&](const Result<schema::Value>& result) { answer = result.error(); });
  Until([&] { return disconnected.has_value(); });
  REQUIRE(answer);
  CHECK(answer->code == Code::kTimeout);
  SECTION("and asking again without a connection fails at once") {
    connection.Call("session.ping", "", [&](const Result<schema::Value>& result) { answer = result.error(); });
    CHECK(answer->code == Code::kUnavailable);
  }
}

TEST_CASE_METHOD(ConnectionTest, "requests beyond what a connection may have open are refused at once") {
  Connect();
  int refused = 0, answered = 0;
  for (int i = 0; i < limits::kInFlightMax + 10; ++i) {
    connection.Call("session.ping", "", [&](const Result<schema::Value>& result) { result ? ++answered : ++refused; });
  }
  CHECK(refused == 10);
  Until([&] { return answered == limits::kInFlightMax; });
}

TEST_CASE_METHOD(ConnectionTest, "pushes arrive with their arguments") {
  Connect();
  Until([&] { return server.connections() == 1; });
  const std::string arguments = Arguments().Text("code", "idle").Encoded();
  server.PushToAll("session.closed", arguments);
  Until([&] { return !pushes.empty(); });
  CHECK(pushes[0] == "session.closed " + std::to_string(arguments.size()));
}

TEST_CASE_METHOD(ConnectionTest, "a handler may close the connection in which it runs") {
  Connect();
  bool called = false;
  connection.Call("session.ping", "", [&](const Result<schema::Value>&) {
    called = true;
    connection.Close();
  });
  connection.Call("session.ping", "", [](const Result<schema::Value>&) {});
  Until([&] { return called; });
  CHECK_FALSE(connection.connected());
  CHECK_FALSE(disconnected);
  Until([&] { return server.connections() == 0; });
}

}  // namespace
}  // namespace parley::client
