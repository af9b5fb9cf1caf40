// Events: to whom they go, once, and what happens when somebody does not keep up.
#include "bus/topics.h"

#include "bus/limits.h"
#include "tests/bus/bus_kit.h"

namespace parley::bus {

TEST_CASE_METHOD(BusTest, "an event reaches the frontends that want its topic, as it was published") {
  TestNode& one = Frontend("frontend-1");
  TestNode& two = Frontend("frontend-2");
  TestNode& worker = Serving("message-1");
  one.Subscribe({"user:alice"});
  worker.Publish({"user:alice"}, "hello");
  const auto events = one.Take(Kind::kEvent);
  REQUIRE(events.size() == 1);
  CHECK(events[0]->source == worker.id());
  CHECK(events[0]->method == "message.new");
  CHECK(events[0]->body == "hello");
  CHECK(wire::DecodeHead(events[0]->extra).value().topics == Texts{"user:alice"});
  CHECK(two.CountOf(Kind::kEvent) == 0);
}

TEST_CASE_METHOD(BusTest, "an event of several topics reaches a frontend once") {
  TestNode& one = Frontend("frontend-1");
  TestNode& two = Frontend("frontend-2");
  TestNode& worker = Serving("message-1");
  one.Subscribe({"user:alice", "user:bob", "conv:#cpp"});
  two.Subscribe({"user:bob"});
  worker.Publish({"user:alice", "user:bob", "user:carol"});
  CHECK(one.CountOf(Kind::kEvent) == 1);
  CHECK(two.CountOf(Kind::kEvent) == 1);
  worker.Publish({"user:alice", "user:alice"});
  CHECK(one.CountOf(Kind::kEvent) == 2);
}

TEST_CASE_METHOD(BusTest, "who unsubscribes hears no more, and twice is harmless") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1");
  frontend.Subscribe({"user:alice", "user:bob"});
  frontend.Subscribe({"user:alice"});
  frontend.Unsubscribe({"user:alice", "user:nobody"});
  frontend.Unsubscribe({"user:alice"});
  worker.Publish({"user:alice"});
  CHECK(frontend.CountOf(Kind::kEvent) == 0);
  worker.Publish({"user:bob"});
  CHECK(frontend.CountOf(Kind::kEvent) == 1);
}

TEST_CASE_METHOD(BusTest, "a frontend that is gone leaves no subscriptions behind") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& other = Frontend("frontend-2");
  TestNode& worker = Serving("message-1");
  frontend.Subscribe({"user:alice", "user:bob"});
  other.Subscribe({"user:bob"});
  frontend.Die();
  Pass(600);
  CHECK(router->topics().Of("user:alice").empty());
  CHECK(router->topics().Of("user:bob").size() == 1);
  worker.Publish({"user:alice", "user:bob"});
  CHECK(other.CountOf(Kind::kEvent) == 1);
}

TEST_CASE_METHOD(BusTest, "a frontend that registers again starts without subscriptions") {
  TestNode& frontend = Frontend("frontend-1");
  frontend.Subscribe({"user:alice"});
  frontend.Register();
  CHECK(router->topics().Of("user:alice").empty());
}

TEST_CASE_METHOD(BusTest, "an event whose head is malformed goes nowhere, and is counted") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1");
  frontend.Subscribe({"user:alice"});
  Envelope event;
  event.kind = Kind::kPublish;
  for (const std::string& extra : {std::string(), std::string("\x05"), std::string("\x01\x09user")}) {
    event.extra = extra;
    worker.Say(event);
  }
  CHECK(frontend.CountOf(Kind::kEvent) == 0);
  CHECK(Counted(Count::kMisplaced) == 3);
}

TEST_CASE_METHOD(BusTest, "topics that cannot be read or are too long are counted, the others count") {
  TestNode& frontend = Frontend("frontend-1");
  frontend.Subscribe({std::string(256, 't'), "user:alice"});
  CHECK(router->topics().Of("user:alice").size() == 1);
  Envelope garbage;
  garbage.kind = Kind::kSubscribe;
  garbage.body = "garbage";
  frontend.Say(garbage);
  CHECK(Counted(Count::kMisplaced) == 2);
}

TEST_CASE_METHOD(BusTest, "a frontend that does not keep up loses events, is told so, and then hears again") {
  TestNode& slow = Frontend("frontend-1");
  TestNode& other = Frontend("frontend-2");
  TestNode& worker = Serving("message-1");
  slow.Subscribe({"user:alice"});
  other.Subscribe({"user:alice"});
  slow.StopReading();
  const size_t published = 2 * kPipeEventBytesMax / (1 << 20);
  for (size_t i = 0; i < published; ++i) worker.Publish({"user:alice"}, std::string(1 << 20, 'x'));
  CHECK(other.CountOf(Kind::kEvent) == published);
  const uint64_t dropped = Counted(Count::kEventPipeFull);
  CHECK(dropped > 0);
  slow.ReadAgain();
  Pass(100);
  CHECK(slow.Take(Kind::kEvent).size() == published - dropped);
  CHECK(slow.Take(Kind::kDropped).size() == 1);
  worker.Publish({"user:alice"}, "after");
  CHECK(slow.TakeBodies(Kind::kEvent) == Texts{"after"});
  CHECK(slow.CountOf(Kind::kDropped) == 0);
}

TEST_CASE_METHOD(BusTest, "events that may be missed are the first to be, and nothing is said of it") {
  TestNode& slow = Frontend("frontend-1");
  TestNode& worker = Serving("message-1");
  slow.Subscribe({"user:alice"});
  slow.StopReading();
  for (size_t i = 0; i < 8; ++i) worker.Publish({"user:alice"}, std::string(1 << 20, 'x'), wire::kDroppable);
  CHECK(Counted(Count::kDroppablePipeFull) > 0);
  CHECK(Counted(Count::kEventPipeFull) == 0);
  worker.Publish({"user:alice"}, "a message");
  slow.ReadAgain();
  Pass(100);
  CHECK(slow.TakeBodies(Kind::kEvent).back() == "a message");
  CHECK(slow.CountOf(Kind::kDropped) == 0);
}

}  // namespace parley::bus
