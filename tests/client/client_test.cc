#include "client/client.h"

#include <catch2/catch.hpp>

#include "client/arguments.h"
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
    if (on_online) on_online();
  }
  void OnOffline(const Error& why, int64_t retry_ms) override {
    offline.push_back(why);
    last_wait_ms = retry_ms;
  }
  void OnEnded(const Error& why) override { ended = why; }
  int64_t StartOf(const Listed& listed) override { return start_at_head ? listed.head : 0; }
  void OnRecord(const Record& record, std::string_view) override {
    heard.push_back(record.kind == "system" ? "* " + record.event : record.body);
  }
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
  std::function<void()> on_online;
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

TEST_CASE_METHOD(ClientTest, "what is asked at the arrival is asked once") {
  on_online = [this] { Send("here I am"); };
  LogInAndCatchUp();
  Until([&] { return answers.size() == 1; });
  CHECK(server.CountOf("message.send") == 1);
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

struct GroupsTest : ClientTest {
  GroupsTest() {
    server.Happen("#cpp", "created", "bob", "");
    server.SayIn("#cpp", "bob", "before");
  }
  void Join() { server.Happen("#cpp", "joined", "alice", ""); }
  void Leave() { server.Happen("#cpp", "left", "alice", ""); }
  void Say(const std::string& body) { server.SayIn("#cpp", "bob", body); }
  void UntilHeard(size_t count) {
    Until([&] { return heard.size() >= count; });
  }
};

TEST_CASE_METHOD(GroupsTest, "a group is heard from one's joining on, whatever was said before") {
  LogInAndCatchUp();
  Join();
  Say("one");
  UntilHeard(2);
  CHECK(heard == Texts{"* joined", "one"});
  CHECK(lost.empty());
}

TEST_CASE_METHOD(GroupsTest, "one that was joined while away, too") {
  Join();
  Say("one");
  Say("two");
  LogInAndCatchUp();
  CHECK(heard == Texts{"* joined", "one", "two"});
}

TEST_CASE_METHOD(GroupsTest,
                 "the record that ends the membership is the last that is heard, and nothing is asked after it") {
  Join();
  LogInAndCatchUp();
  const bool kicked = GENERATE(false, true);
  if (kicked) {
    server.Happen("#cpp", "kicked", "bob", "alice");
  } else {
    Leave();
  }
  Until([&] { return !lost.empty(); });
  const int asked = server.CountOf("message.history");
  Say("unheard");
  server.Say("bob", "alice", "direct");
  UntilHeard(3);
  CHECK(heard == Texts{"* joined", kicked ? "* kicked" : "* left", "direct"});
  CHECK(lost == Texts{"#cpp"});
  CHECK(server.CountOf("message.history") == asked);
}

TEST_CASE_METHOD(GroupsTest, "others may come and go") {
  Join();
  LogInAndCatchUp();
  server.Happen("#cpp", "joined", "carol", "");
  server.Happen("#cpp", "kicked", "bob", "carol");
  Say("one");
  UntilHeard(4);
  CHECK(heard.back() == "one");
  CHECK(lost.empty());
}

TEST_CASE_METHOD(GroupsTest, "who joins again hears the group again, and nothing of what was said between") {
  Join();
  LogInAndCatchUp();
  Leave();
  Until([&] { return !lost.empty(); });
  Say("unheard");
  const bool away = GENERATE(false, true);
  if (away) {
    server.Listen(false);
    server.DropAll();
    Until([&] { return !offline.empty(); });
  }
  Join();
  Say("again");
  if (away) server.Listen(true);
  UntilHeard(4);
  CHECK(heard == Texts{"* joined", "* left", "* joined", "again"});
  CHECK(lost == Texts{"#cpp"});
}

TEST_CASE_METHOD(GroupsTest, "a group that is dissolved is lost") {
  Join();
  LogInAndCatchUp();
  server.Happen("#cpp", "dissolved", "bob", "");
  Until([&] { return !lost.empty(); });
  CHECK(heard.back() == "* dissolved");
}

TEST_CASE_METHOD(GroupsTest, "one that was left is found out also when only that is told") {
  Join();
  LogInAndCatchUp();
  server.pushes = false;
  Leave();
  server.PushToAll("group.left", Arguments().Text("group", "#cpp").Encoded());
  Until([&] { return !lost.empty(); });
  CHECK(lost == Texts{"#cpp"});
  CHECK(pushes == Texts{"group.left"});
}

TEST_CASE_METHOD(GroupsTest, "a membership that ended while away is lost at the return") {
  Join();
  LogInAndCatchUp();
  server.DropAll();
  Leave();
  Until([&] { return caught_up == 2; });
  CHECK(lost == Texts{"#cpp"});
}

// --- friends and groups
// -----------------------------------------------------------------------------------------------

struct ContactsTest : ClientTest {
  ContactsTest() {
    server.methods["friend.list"] = [this](const schema::Value& arguments) -> Result<std::string> {
      const bool second = !arguments.Find("cursor").is_nil();
      FriendsPage page;
      page.friends.push_back(second ? carol : bob);
      if (!second) page.cursor = "more";
      return schema::Encode(page);
    };
    server.methods["group.list"] = [this](const schema::Value&) -> Result<std::string> {
      return schema::Encode(GroupsPage{groups, ""});
    };
  }
  void LogInAndList() {
    client = std::make_unique<Client>(loop, *this, server.endpoint(),
                                      Credentials{.user = "alice", .token = {}, .password = "secret-1", .device = {}});
    client->FollowContacts();
    client->Start();
    UntilListed(2);
  }
  void UntilListed(size_t count) {
    Until([&] { return contacts.size() >= count; });
  }
  void UntilPushed(size_t count) {
    Until([&] { return pushes.size() >= count; });
  }
  const Friend* FriendNamed(const std::string& name) {
    return client->contacts().friends().Find(UserHandle::Must(name));
  }
  static Friend FriendOf(const std::string& name, bool online) {
    Friend one;
    one.user = UserHandle::Must(name);
    one.online = online;
    return one;
  }

  Friend bob = FriendOf("bob", true), carol = FriendOf("carol", false);
  std::vector<OwnGroup> groups{{GroupHandle::Must("#cpp"), "C++", "member"}};
};

TEST_CASE_METHOD(ContactsTest, "friends and groups are listed, page by page") {
  LogInAndList();
  CHECK(client->contacts().friends().items().size() == 2);
  CHECK(FriendNamed("bob")->online);
  CHECK(client->contacts().groups().Find(GroupHandle::Must("#cpp"))->name == "C++");
}

TEST_CASE_METHOD(ContactsTest, "pushes keep them up to date") {
  LogInAndList();
  server.PushToAll("friend.presence",
                   Arguments().Text("user", "carol").Bool("online", true).Text("state", "away").Encoded());
  server.PushToAll("friend.presence", Arguments().Text("user", "stranger").Bool("online", true).Encoded());
  server.PushToAll("friend.removed", Arguments().Text("user", "bob").Encoded());
  UntilPushed(3);
  CHECK(FriendNamed("carol")->state == "away");
  CHECK(FriendNamed("bob") == nullptr);
  CHECK(FriendNamed("stranger") == nullptr);
  CHECK(contacts.size() == 2);
}

TEST_CASE_METHOD(ContactsTest, "of a new friend and a new group the rest is listed") {
  LogInAndList();
  groups.push_back({GroupHandle::Must("#rust"), "Rust", "owner"});
  carol = FriendOf("dave", true);
  server.PushToAll("friend.accepted", Arguments().Text("user", "dave").Encoded());
  server.PushToAll("group.joined", Arguments().Text("group", "#rust").Encoded());
  UntilListed(4);
  CHECK(FriendNamed("dave")->online);
  CHECK(client->contacts().groups().Find(GroupHandle::Must("#rust"))->role == "owner");
}

TEST_CASE_METHOD(ContactsTest, "dropped pushes are made up for by a new listing") {
  LogInAndList();
  bob.online = false;
  server.PushToAll("session.resync", "");
  UntilListed(4);
  CHECK_FALSE(FriendNamed("bob")->online);
}

TEST_CASE_METHOD(ContactsTest, "a server without friends and groups is a server to talk at") {
  server.methods.clear();
  client = std::make_unique<Client>(loop, *this, server.endpoint(),
                                    Credentials{.user = "alice", .token = {}, .password = "secret-1", .device = {}});
  client->FollowContacts();
  client->Start();
  Until([&] { return caught_up > 0 && server.CountOf("group.list") == 1; });
  CHECK(contacts.empty());
}

TEST_CASE_METHOD(ClientTest, "who would rather know than wait is told") {
  server.methods["friend.list"] = [](const schema::Value&) -> Result<std::string> {
    return Fail(Code::kUnavailable, "restarting", 1);
  };
  LogInAndCatchUp();
  std::optional<Error> told;
  client->Call(
      "friend.list", "", [&](const Result<schema::Value>& result) { told = result.error(); }, 1);
  Until([&] { return told.has_value(); });
  CHECK(told->code == Code::kUnavailable);
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
