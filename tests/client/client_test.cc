#include "client/client.h"

#include <catch2/catch.hpp>

#include "common/schema/codec.h"
#include "tests/client/fake_server.h"

namespace parley::client {
namespace {

struct ClientTest : Client::Listener {
  ClientTest() {
    server.AddUser("alice", "secret-1");
    server.AddUser("bob", "secret-2");
  }

  void OnOnline(const LoggedIn& session, bool again) override {
    token = session.token;
    ++(again ? returns : logins);
  }
  void OnOffline(const Error& why, int64_t retry_ms) override {
    offline.push_back(why);
    last_wait_ms = retry_ms;
  }
  void OnEnded(const Error& why) override { ended = why; }
  int64_t StartOf(const Listed& listed) override { return start_at_head ? listed.head : 0; }
  void OnRecord(const Record& record, std::string_view) override { heard.push_back(record.body); }
  void OnListed(const Listed&) override {}
  void OnCaughtUp() override { ++caught_up; }
  void OnLost(const Conversation& conversation) override { lost.push_back(conversation.text()); }
  void OnContacts(Contacts::Kind kind) override { contacts.push_back(kind); }
  void OnPush(std::string_view method, const schema::Value&, std::string_view) override { pushes.emplace_back(method); }

  void LogIn(Credentials credentials = {.user = "alice", .token = {}, .password = "secret-1", .device = "test"}) {
    client = std::make_unique<Client>(loop, *this, server.endpoint(), std::move(credentials));
    client->Start();
  }
  void LogInAndCatchUp() {
    LogIn();
    Until([&] { return caught_up > 0; });
  }
  void Until(const std::function<bool()>& done) {
    const int64_t deadline = ReadClocks().mono_ms + 20'000;
    while (!done()) {
      REQUIRE(ReadClocks().mono_ms < deadline);
      loop.Turn(20);
    }
  }
  void Send(const std::string& body) {
    client->Send(Address::Must("bob"), body, {}, [this](const Result<Sent>& sent) {
      answers.push_back(sent ? "seq " + std::to_string(sent->seq) : sent.error().message);
    });
  }
  std::vector<std::string> Logged() {
    std::vector<std::string> bodies;
    for (const Record& record : server.LogOf("alice~bob")) bodies.push_back(record.body);
    return bodies;
  }

  using Texts = std::vector<std::string>;
  io::Loop loop;
  FakeServer server{loop};
  bool start_at_head = false;
  int logins = 0, returns = 0, caught_up = 0;
  int64_t last_wait_ms = 0;
  std::string token;
  std::vector<Error> offline;
  std::optional<Error> ended;
  Texts heard, pushes, answers, lost;
  std::vector<Contacts::Kind> contacts;
  std::unique_ptr<Client> client;
};

TEST_CASE_METHOD(ClientTest, "logs in and hears what others say") {
  LogInAndCatchUp();
  CHECK(token == "alice:token");
  server.Say("bob", "alice", "one");
  server.Say("bob", "alice", "two");
  Until([&] { return heard.size() == 2; });
  CHECK(heard == Texts{"one", "two"});
}

TEST_CASE_METHOD(ClientTest, "what was said before is pulled, page by page") {
  for (int i = 1; i <= 10; ++i) server.Say("bob", "alice", std::to_string(i));
  LogInAndCatchUp();
  CHECK(heard == Texts{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"});
  CHECK(server.CountOf("message.history") == 4);
}

TEST_CASE_METHOD(ClientTest, "or left alone, by whoever has seen it") {
  for (int i = 1; i <= 10; ++i) server.Say("bob", "alice", std::to_string(i));
  start_at_head = true;
  LogInAndCatchUp();
  CHECK(heard.empty());
  server.Say("bob", "alice", "11");
  Until([&] { return !heard.empty(); });
  CHECK(heard == Texts{"11"});
}

TEST_CASE_METHOD(ClientTest, "a lost push is noticed by the next one and pulled") {
  LogInAndCatchUp();
  server.Say("bob", "alice", "one");
  server.pushes = false;
  server.Say("bob", "alice", "two");
  server.Say("bob", "alice", "three");
  server.pushes = true;
  server.Say("bob", "alice", "four");
  Until([&] { return heard.size() == 4; });
  CHECK(heard == Texts{"one", "two", "three", "four"});
}

TEST_CASE_METHOD(ClientTest, "pushes that the server dropped are pulled when it says so") {
  LogInAndCatchUp();
  server.pushes = false;
  server.Say("bob", "alice", "one");
  server.PushToAll("session.resync", "");
  Until([&] { return heard.size() == 1; });
  CHECK(caught_up == 2);
}

TEST_CASE_METHOD(ClientTest, "own messages are heard in their place") {
  LogInAndCatchUp();
  server.Say("bob", "alice", "hello?");
  Send("hello!");
  server.Say("bob", "alice", "ah");
  Until([&] { return heard.size() == 3; });
  CHECK(heard == Logged());
  CHECK(answers.size() == 1);
}

TEST_CASE_METHOD(ClientTest, "after a break it comes back and misses nothing") {
  LogInAndCatchUp();
  server.Say("bob", "alice", "one");
  Until([&] { return heard.size() == 1; });
  server.DropAll();
  server.Say("bob", "alice", "two");
  server.Say("bob", "alice", "three");
  Until([&] { return caught_up == 2; });
  CHECK(heard == Texts{"one", "two", "three"});
  CHECK(returns == 1);
  CHECK(server.CountOf("user.login") == 1);
  CHECK(server.CountOf("user.resume") == 1);
}

TEST_CASE_METHOD(ClientTest, "a change whose answer was lost is repeated under the same id, and happens once") {
  LogInAndCatchUp();
  server.LoseAnswerOf("message.send");
  Send("once");
  Send("more");
  Until([&] { return answers.size() == 2 && heard.size() == 2; });
  CHECK(server.CountOf("message.send") >= 3);
  CHECK(Logged() == Texts{"once", "more"});
  CHECK(heard == Texts{"once", "more"});
}

TEST_CASE_METHOD(ClientTest, "what is asked while away is done on return, in order") {
  LogInAndCatchUp();
  server.Listen(false);
  server.DropAll();
  Until([&] { return !offline.empty(); });
  Send("one");
  Send("two");
  Until([&] { return offline.size() >= 2; });
  CHECK(answers.empty());
  server.Listen(true);
  Until([&] { return answers.size() == 2; });
  CHECK(Logged() == Texts{"one", "two"});
}

TEST_CASE_METHOD(ClientTest, "a retryable refusal is retried, any other is told") {
  LogInAndCatchUp();
  server.RefuseNext("message.send", {Code::kOverloaded, "busy", 20});
  Send("one");
  Until([&] { return answers.size() == 1; });
  CHECK(answers == Texts{"seq 1"});
  server.RefuseNext("message.send", {Code::kForbidden, "no", 0});
  Send("two");
  Until([&] { return answers.size() == 2; });
  CHECK(answers[1] == "no");
  CHECK(Logged() == Texts{"one"});
}

TEST_CASE_METHOD(ClientTest, "messages to one address keep their order, whatever is repeated") {
  LogInAndCatchUp();
  server.RefuseNext("message.send", {Code::kUnavailable, "restarting", 50});
  server.LoseAnswerOf("message.send");
  for (const char* body : {"one", "two", "three", "four"}) Send(body);
  Until([&] { return answers.size() == 4 && heard.size() == 4; });
  CHECK(Logged() == Texts{"one", "two", "three", "four"});
  CHECK(heard == Logged());
}

TEST_CASE_METHOD(ClientTest, "a pull or listing that fails is made again") {
  server.Say("bob", "alice", "one");
  server.RefuseNext("message.sync", {Code::kUnavailable, "later", 0});
  server.RefuseNext("message.history", {Code::kTimeout, "later", 0});
  LogInAndCatchUp();
  CHECK(heard == Texts{"one"});
}

TEST_CASE_METHOD(ClientTest, "the first use registers, if that is wanted") {
  LogIn({.user = "carol", .token = {}, .password = "secret-3", .device = {}, .register_first_use = true});
  Until([&] { return logins == 1; });
  CHECK(server.CountOf("user.register") == 1);
}

TEST_CASE_METHOD(ClientTest, "a wrong password ends it") {
  const bool first_use = GENERATE(false, true);
  LogIn({.user = "alice", .token = {}, .password = "wrong", .device = {}, .register_first_use = first_use});
  Until([&] { return ended.has_value(); });
  CHECK(ended->code == Code::kUnauthenticated);
  CHECK(logins == 0);
}

TEST_CASE_METHOD(ClientTest, "a void token falls back to the password, or ends it") {
  const bool has_password = GENERATE(false, true);
  LogIn({.user = "alice", .token = "alice:old", .password = has_password ? "secret-1" : "", .device = {}});
  Until([&] { return ended.has_value() || logins > 0; });
  CHECK((logins == 1) == has_password);
}

TEST_CASE_METHOD(ClientTest, "a server that is not ready for logins yet is asked again") {
  server.RefuseNext("user.login", {Code::kRateLimited, "slowly", 50});
  LogIn();
  Until([&] { return logins == 1; });
  CHECK(offline.size() == 1);
  CHECK(last_wait_ms >= 50);
}

TEST_CASE_METHOD(ClientTest, "when the server ends the session it stays away, and open requests are answered") {
  LogInAndCatchUp();
  Until([&] { return server.connections() == 1; });
  server.PushToAll("session.closed", schema::Encode(Closed{"replaced", "logged in elsewhere", 0}));
  server.LoseAnswerOf("message.send");
  Send("late");
  Until([&] { return ended.has_value(); });
  CHECK(answers.size() == 1);
  CHECK(ended->message.find("replaced") != std::string::npos);
  CHECK(offline.empty());
}

TEST_CASE_METHOD(ClientTest, "when the server restarts it waits as long as it was asked to") {
  LogInAndCatchUp();
  server.PushToAll("session.closed", schema::Encode(Closed{"draining", "restarting", 300}));
  loop.Turn(20);
  server.DropAll();
  Until([&] { return !offline.empty(); });
  CHECK(last_wait_ms >= 300);
  Until([&] { return returns == 1; });
}

TEST_CASE_METHOD(ClientTest, "too much that waits is refused, not piled up") {
  server.Listen(false);
  LogIn();
  for (size_t i = 0; i < Client::kOpenMax + 5; ++i) Send("x");
  CHECK(answers.size() == 5);
  client->Stop();
  CHECK(answers.size() == Client::kOpenMax + 5);
}

}  // namespace
}  // namespace parley::client
