// The bus is killed and started again.
#include "tests/bus/bus_kit.h"

namespace parley::bus {

TEST_CASE_METHOD(BusTest, "a restarted bus knows nobody, and says so to whoever speaks") {
  TestNode& frontend = Frontend("frontend-1");
  RestartBus();
  frontend.Say(Envelope{});
  CHECK(frontend.CountOf(Kind::kUnknown) == 1);
  frontend.Register();
  CHECK(frontend.Take(Kind::kWelcome).at(0).As<wire::Welcome>().boot == "boot-of-bus-2");
}

TEST_CASE_METHOD(BusTest, "slots survive the bus: its workers have them again at once, under the same epochs") {
  TestNode& one = Worker("message-1", {.capacity = 3});
  TestNode& two = Worker("message-2");
  Settle();
  const auto slots_of_one = *one.Slots(), slots_of_two = *two.Slots();
  RestartBus();
  one.Register();
  CHECK(one.CountOf(Kind::kAssign) == 1);
  CHECK(*one.Slots() == slots_of_one);
  two.Register();
  CHECK(*two.Slots() == slots_of_two);
}

TEST_CASE_METHOD(BusTest, "a worker that restarted while the bus was away has the next epoch") {
  TestNode& worker = Serving("message-1");
  RestartBus();
  worker.Restart();
  worker.Register();
  CHECK(worker.Slots()->at(0) == 2);
  RestartBus();
  worker.Register();
  CHECK(worker.Slots()->at(0) == 2);
}

TEST_CASE_METHOD(BusTest, "a stranger to a cluster that was restarted gets no slots") {
  Serving("message-1");
  RestartBus();
  TestNode& stranger = Worker("message-2");
  Settle();
  CHECK(stranger.Slots()->empty());
}

TEST_CASE_METHOD(BusTest, "requests wait for the workers of a restarted bus") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1");
  RestartBus();
  frontend.Register();
  frontend.Request({.body = "early"});
  worker.Register();
  const auto requests = worker.Take(Kind::kRequest);
  REQUIRE(requests.size() == 1);
  CHECK(requests[0]->epoch == 1);
}

TEST_CASE_METHOD(BusTest, "a frontend that registers before the workers still gets their routes") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1");
  RestartBus();
  frontend.Register();
  const auto modules = frontend.Take(Kind::kRoutes).at(0).As<wire::RoutesNotice>().modules;
  REQUIRE(modules.size() == 1);
  CHECK(modules[0].routes == worker.registration.routes);
}

TEST_CASE_METHOD(BusTest, "a reply to a request that the bus forgot still reaches its caller") {
  TestNode& frontend = Frontend("frontend-1");
  TestNode& worker = Serving("message-1");
  frontend.Request({});
  const auto requests = worker.Take(Kind::kRequest);
  RestartBus();
  frontend.Register();
  worker.Register();
  worker.Reply(*requests.at(0));
  CHECK(frontend.CountOf(Kind::kReply) == 1);
}

}  // namespace parley::bus
