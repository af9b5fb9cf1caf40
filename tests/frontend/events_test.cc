// Events to sessions: who hears what, once, within bounds.
#include <catch2/catch.hpp>

#include "frontend/fanout.h"
#include "tests/frontend/fixture.h"

namespace parley::frontend {
namespace {

const std::string kNew = R"([2,"message.new",[{"seq":1}]])";

class EventsTest : public GatewayTest {
 public:
  EventsTest() {
    LogsIn(alice, "alice", "s1");
    LogsIn(tablet, "alice", "s2");
    LogsIn(bob, "bob", "s3");
  }
  Event New(std::vector<std::string> topics) {
    Event event;
    event.topics = std::move(topics);
    event.method = "message.new";
    event.body = R"({"seq":1})";
    event.user = "alice";
    return event;
  }

  Client alice{*this, "203.0.113.7"}, tablet{*this, "203.0.113.7"}, bob{*this, "203.0.113.7"};
};

TEST_CASE_METHOD(EventsTest, "an event reaches every session of its topics, each once") {
  Publishes(New({"user:alice", "session:s1", "user:bob", "user:nobody"}));
  for (Client* client : {&alice, &tablet, &bob}) CHECK(client->Hears() == Lines{kNew});
}

TEST_CASE_METHOD(EventsTest, "the excepted connection is the one of this node only") {
  Event event = New({"user:alice"});
  event.except = alice.session().number;
  Publishes(event);
  CHECK(alice.Hears().empty());
  CHECK(tablet.Hears() == Lines{kNew});
}

TEST_CASE_METHOD(EventsTest, "an event may pass the sessions of who caused it by") {
  Event event = New({"user:alice", "user:bob"});
  event.flags = wire::kExceptUser;
  Publishes(event);
  CHECK(alice.Hears().empty());
  CHECK(tablet.Hears().empty());
  CHECK(bob.Hears() == Lines{kNew});
}

TEST_CASE_METHOD(EventsTest, "own pairs are for the sessions of who caused it") {
  Event event = New({"user:alice", "user:bob"});
  event.own_key = "id";
  event.own_value = "7";
  Publishes(event);
  const std::string own = Json(R"([2,"message.new",[{"seq":1,"id":"7"}]])");
  CHECK(alice.Hears() == Lines{own});
  CHECK(tablet.Hears() == Lines{own});
  CHECK(bob.Hears() == Lines{kNew});
}

TEST_CASE("pairs are added to maps of every size") {
  for (const size_t have : {size_t{0}, size_t{1}, size_t{15}, size_t{16}, size_t{400}}) {
    std::string body, pair;
    schema::Writer writer(body);
    writer.Map(have);
    for (size_t i = 0; i < have; ++i) {
      writer.Text("k" + std::to_string(i));
      writer.Int(1);
    }
    schema::Writer pairs(pair);
    pairs.Text("own");
    pairs.Bool(true);
    schema::Parser parser;
    const std::string with = WithPairs(body, 1, pair);
    const Result<schema::Value> value = parser.Parse(with);
    REQUIRE(value);
    CHECK(value->size() == have + 1);
    CHECK(value->Find("own").AsBool());
  }
}

TEST_CASE_METHOD(EventsTest, "a topic is subscribed for its first session and unsubscribed after its last") {
  Client second(*this, "203.0.113.7");
  second.Asks(1, "user.login", R"({"user":"bob"})");
  Answers(Request("user.login"), "{}", Identifies("bob", "s4"));
  CHECK(Topics(wire::Kind::kSubscribe) == Lines{"session:s4"});
  bob.Vanishes();
  CHECK(Topics(wire::Kind::kUnsubscribe) == Lines{"session:s3"});
  second.Vanishes();
  CHECK(Topics(wire::Kind::kUnsubscribe) == Lines{"session:s4", "user:bob"});
}

TEST_CASE_METHOD(EventsTest, "an event's directives are obeyed before it is sent") {
  Event event = New({"user:bob"});
  event.directives.subscribe = {"conv:#cpp"};
  event.directives.unsubscribe = {"session:s3"};
  Publishes(event);
  CHECK(bob.Hears() == Lines{kNew});
  Publishes(New({"conv:#cpp"}));
  CHECK(bob.Hears() == Lines{kNew});
  Publishes(New({"session:s3"}));
  CHECK(bob.Hears().empty());
}

TEST_CASE_METHOD(EventsTest, "a malformed event is counted and hurts nobody") {
  wire::Envelope event;
  event.kind = wire::Kind::kEvent;
  event.method = "message.new";
  event.extra = "\x05garbage";
  BusSays(event);
  CHECK(gateway->counts().malformed_events == 1);
  CHECK(bob.Hears().empty());
}

TEST_CASE_METHOD(EventsTest,
                 "past the soft bound droppable events are dropped, past the hard bound all, then one resync") {
  GatewayOptions with;
  with.out = {2'000, 10'000, 1'000'000, 1'000};
  alice.Vanishes();
  tablet.Vanishes();
  bob.Vanishes();
  Start(with);
  Client slow(*this, "203.0.113.7");
  LogsIn(slow, "carol", "s9");
  slow.reads = false;
  Event big = New({"user:carol"});
  big.body = R"({"x":")" + std::string(3'000, 'x') + R"("})";
  Event typing = New({"user:carol"});
  typing.method = "message.typing";
  typing.flags = wire::kDroppable;
  Publishes(big);
  Publishes(typing);
  for (int i = 0; i < 20; ++i) Publishes(big);
  CHECK(slow.session().out_bytes() < 14'000);
  Publishes(New({"user:carol"}));
  slow.reads = true;
  gateway->Touch(slow.session());
  Flush();
  const Lines lines = slow.Hears();
  REQUIRE(lines.size() == 5);
  for (size_t i = 0; i < 4; ++i) CHECK(lines[i].size() > 3'000);
  CHECK(lines[4] == R"([2,"session.resync",[{}]])");
  Publishes(New({"user:carol"}));
  CHECK(slow.Hears() == Lines{kNew});
}

TEST_CASE_METHOD(EventsTest, "a client that takes nothing for too long is closed as slow") {
  bob.reads = false;
  Publishes(New({"user:bob"}));
  Passes(29'000);
  CHECK(bob.session().is_open());
  Passes(1'100);
  CHECK(!bob.session().is_open());
  bob.reads = true;
  gateway->Touch(bob.session());
  Flush();
  const Lines lines = bob.Hears();
  REQUIRE(lines.size() == 2);
  CHECK(lines[1].find("\"slow\"") != std::string::npos);
}

TEST_CASE_METHOD(EventsTest, "a client that takes a little at a time is not stuck") {
  bob.takes = 10;
  Event big = New({"user:bob"});
  big.body = R"({"x":")" + std::string(3'000, 'x') + R"("})";
  Publishes(big);
  for (int i = 0; i < 40; ++i) {
    Passes(1'000);
    gateway->Touch(bob.session());
    Flush();
  }
  CHECK(bob.session().is_open());
}

TEST_CASE_METHOD(EventsTest, "a client that asks for far more than it takes is closed") {
  GatewayOptions with;
  with.out.most = 20'000;
  alice.Vanishes();
  tablet.Vanishes();
  bob.Vanishes();
  Start(with);
  Client greedy(*this, "203.0.113.7");
  LogsIn(greedy, "carol", "s9");
  greedy.reads = false;
  for (int i = 2; i < 9; ++i) {
    greedy.Asks(i, "user.profile");
    for (const Sent& request : Requests("user.profile"))
      Answers(request, R"({"x":")" + std::string(5'000, 'x') + R"("})");
  }
  CHECK(!greedy.session().is_open());
}

TEST_CASE("a queue gives its bytes in order however they are taken") {
  OutQueue queue;
  std::string expected, got;
  const auto big = std::make_shared<const std::string>(5'000, 'b');
  for (int i = 0; i < 50; ++i) {
    const std::string small = "<" + std::to_string(i) + ">";
    queue.Tail() += small;
    expected += small;
    queue.Share(i % 3 == 0 ? big : std::make_shared<const std::string>("shared"));
    expected += i % 3 == 0 ? *big : "shared";
  }
  size_t step = 1;
  while (!queue.empty()) {
    std::array<std::string_view, 3> pieces;
    const size_t count = queue.Pieces(pieces);
    size_t left = step;
    for (size_t i = 0; i < count && left > 0; ++i) {
      const std::string_view some = pieces[i].substr(0, left);
      got += some;
      left -= some.size();
    }
    queue.Consume(step - left);
    step = step * 3 % 4'001;
  }
  CHECK(got == expected);
}

TEST_CASE("topics keep both sides of every membership, whoever leaves") {
  Topics topics;
  std::vector<std::unique_ptr<Session>> sessions;
  for (int i = 0; i < 30; ++i) sessions.push_back(std::make_unique<Session>());
  uint64_t dice = 7;
  const auto roll = [&](uint64_t sides) {
    dice = dice * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<size_t>((dice >> 33) % sides);
  };
  std::map<std::string, std::set<Session*>> expected;
  const auto is_own = [](const std::string& name) { return name < "t3"; };
  for (int i = 0; i < 5'000; ++i) {
    Session* session = sessions[roll(30)].get();
    const std::string name = "t" + std::to_string(roll(12));
    auto& members = expected[name];
    if (roll(5) < 2) {
      const bool last = members.erase(session) == 1 && members.empty();
      REQUIRE(topics.Leave(*session, name) == last);
    } else if (roll(50) == 0) {
      for (auto& [topic, set] : expected) set.erase(session);
      topics.LeaveAll(*session);
    } else if (roll(50) == 0) {
      size_t emptied = 0;
      for (auto& [topic, set] : expected) {
        if (!is_own(topic) && set.erase(session) == 1 && set.empty()) ++emptied;
      }
      REQUIRE(topics.LeaveAllButOwn(*session).size() == emptied);
    } else {
      const bool first = members.empty();
      REQUIRE(topics.Join(*session, name, is_own(name)) == first);
      members.insert(session);
    }
    const auto& reached = topics.Reach({name});
    REQUIRE(std::set<Session*>(reached.begin(), reached.end()) == expected[name]);
  }
}

}  // namespace
}  // namespace parley::frontend
