#include "bus/registration.h"

#include "tests/bus/bus_kit.h"

namespace parley::bus {
namespace {

// What the bus says to a registration of this node.
std::string Verdict(const wire::Registration& node) {
  const std::string identity = node.role + "/" + node.name + "/" + node.boot;
  const auto read = ReadRegistration(identity, schema::Encode(node));
  return read ? "" : read.error().message;
}

wire::Registration Good() { return WorkerRegistration("message-1"); }

}  // namespace

TEST_CASE("a registration that makes sense is read as it is") {
  const wire::Registration node = Good();
  const auto read = ReadRegistration("worker/message-1/boot-of-message-1", schema::Encode(node));
  REQUIRE(read.has_value());
  CHECK(*read == node);
  CHECK(Verdict(FrontendRegistration("frontend-1")).empty());
}

TEST_CASE("a registration that makes none is refused with what is wrong") {
  struct Row {
    std::string says;
    std::function<void(wire::Registration&)> spoil;
  };
  const std::vector<Row> rows = {
      {"role: 'cook' is not known", [](auto& n) { n.role = "cook"; }},
      {"name:", [](auto& n) { n.name = "a/b"; }},
      {"name:", [](auto& n) { n.name = ""; }},
      {"boot:", [](auto& n) { n.boot = std::string(65, 'b'); }},
      {"module:", [](auto& n) { n.module = ""; }},
      {"'session' belongs to the frontends", [](auto& n) { n.module = "session"; }},
      {"store:", [](auto& n) { n.store = ""; }},
      {"capacity:", [](auto& n) { n.capacity = 0; }},
      {"capacity:", [](auto& n) { n.capacity = -3; }},
      {"window:", [](auto& n) { n.window_bytes = -1; }},
      {"'user.login' is not of the form message.name", [](auto& n) { n.routes[0].method = "user.login"; }},
      {"not of the form", [](auto& n) { n.routes[0].method = "message."; }},
      {"unknown access", [](auto& n) { n.routes[0].access = 9; }},
      {"unknown lane", [](auto& n) { n.routes[0].lane = -1; }},
      {"no routing key", [](auto& n) { n.routes[0].key.clear(); }},
      {"is there twice", [](auto& n) { n.routes.push_back(n.routes[0]); }},
      {"routes: at most", [](auto& n) { n.routes.resize(1001, n.routes[0]); }},
  };
  for (const Row& row : rows) {
    wire::Registration node = Good();
    row.spoil(node);
    INFO(row.says);
    CHECK(Verdict(node).find(row.says) != std::string::npos);
  }
}

TEST_CASE("a registration must fit the identity it comes under, and be readable") {
  const std::string body = schema::Encode(Good());
  CHECK(ReadRegistration("worker/message-2/boot-of-message-1", body).error().message.find("identity") !=
        std::string::npos);
  CHECK(ReadRegistration("worker/message-1/boot-of-message-1", "garbage").error().message.find("cannot be read") !=
        std::string::npos);
  CHECK_FALSE(ReadRegistration("worker/message-1/boot-of-message-1", "").has_value());
}

TEST_CASE_METHOD(BusTest, "a node that registers is welcomed and told of this life of the bus") {
  TestNode& frontend = Frontend("frontend-1");
  const auto welcomes = frontend.Take(Kind::kWelcome);
  REQUIRE(welcomes.size() == 1);
  CHECK(welcomes[0].As<wire::Welcome>().boot == options.boot);
}

TEST_CASE_METHOD(BusTest, "who registers badly reads why, and is no node") {
  wire::Registration registration = WorkerRegistration("message-1");
  registration.capacity = 0;
  TestNode& worker = Make(registration);
  worker.Register();
  CHECK(worker.Refusal().find("capacity") != std::string::npos);
  CHECK(worker.CountOf(Kind::kWelcome) == 0);
  CHECK(router->peers().size() == 0);
}

TEST_CASE_METHOD(BusTest, "who is not registered is told to register, once per message") {
  TestNode& stranger = Make(FrontendRegistration("frontend-1"));
  std::string batch;
  for (int i = 0; i < 5; ++i) wire::Append(batch, Envelope{});
  stranger.SayBytes(batch);
  CHECK(stranger.CountOf(Kind::kUnknown) == 1);
  CHECK(Counted(Count::kStranger) == 5);
}

TEST_CASE_METHOD(BusTest, "what follows a registration in the same message counts") {
  TestNode& frontend = Make(FrontendRegistration("frontend-1"));
  const std::string registration = schema::Encode(frontend.registration);
  const std::string topics = schema::Encode(wire::Topics{{"user:alice"}});
  std::string batch;
  Envelope envelope;
  envelope.kind = Kind::kRegister;
  envelope.body = registration;
  wire::Append(batch, envelope);
  envelope.kind = Kind::kSubscribe;
  envelope.body = topics;
  wire::Append(batch, envelope);
  frontend.SayBytes(batch);
  CHECK(router->topics().Of("user:alice").size() == 1);
}

TEST_CASE_METHOD(BusTest, "who speaks another version of the envelope is told both versions") {
  TestNode& stranger = Make(FrontendRegistration("frontend-1"));
  std::string batch;
  wire::Append(batch, Envelope{});
  batch[4] = 9;
  stranger.SayBytes(batch);
  const std::string reason = stranger.Refusal();
  CHECK(reason.find("version 9") != std::string::npos);
  CHECK(reason.find("version 1") != std::string::npos);
}

TEST_CASE_METHOD(BusTest, "frontends get the route tables when they come and when the tables change") {
  TestNode& early = Frontend("frontend-1");
  CHECK(early.Take(Kind::kRoutes).at(0).As<wire::RoutesNotice>().modules.empty());
  TestNode& worker = Worker("message-1");
  TestNode& late = Frontend("frontend-2");
  for (TestNode* frontend : {&early, &late}) {
    const auto notices = frontend->Take(Kind::kRoutes);
    REQUIRE(notices.size() == 1);
    const auto modules = notices[0].As<wire::RoutesNotice>().modules;
    REQUIRE(modules.size() == 1);
    CHECK(modules[0] == wire::ModuleRoutes{"message", worker.registration.routes});
  }
  CHECK(worker.CountOf(Kind::kRoutes) == 0);
  Worker("message-2");
  CHECK(early.CountOf(Kind::kRoutes) == 0);
}

}  // namespace parley::bus
