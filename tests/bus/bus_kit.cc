#include "tests/bus/bus_kit.h"

#include "common/base/log.h"

namespace parley::bus {

Sent TestWire::Send(std::string_view identity, std::string_view batch) {
  const auto it = lines.find(identity);
  if (it == lines.end()) return Sent::kGone;
  if (it->second.full) return Sent::kFull;
  wire::BatchReader reader(batch);
  while (reader.Next()) it->second.arrived.emplace_back(reader.bytes());
  REQUIRE_FALSE(reader.malformed());
  return Sent::kYes;
}

TestNode::TestNode(BusTest& test, wire::Registration its_registration)
    : registration(std::move(its_registration)), test_(&test) {
  line();
}

TestWire::Line& TestNode::line() { return test_->out.lines[identity()]; }

std::string TestNode::identity() const { return registration.role + "/" + registration.name + "/" + registration.boot; }

void TestNode::SayBytes(std::string_view batch) {
  REQUIRE(alive_);
  test_->Deliver(identity(), batch);
}

void TestNode::Say(const Envelope& envelope) {
  std::string batch;
  wire::Append(batch, envelope);
  SayBytes(batch);
}

void TestNode::Register() {
  const std::string body = schema::Encode(registration);
  Envelope envelope;
  envelope.kind = Kind::kRegister;
  envelope.body = body;
  Say(envelope);
}

RequestId TestNode::Request(const Ask& ask) {
  Envelope envelope;
  envelope.kind = Kind::kRequest;
  envelope.module = ask.module;
  envelope.method = "message.send";
  envelope.slot = ask.slot;
  envelope.lane = ask.lane;
  envelope.ttl_ms = ask.ttl_ms;
  envelope.body = ask.body;
  envelope.flags = ask.flags;
  envelope.request = ask.id.empty() ? RequestId::Random() : ask.id;
  Say(envelope);
  return envelope.request;
}

void TestNode::Reply(const Envelope& request, std::string_view body, uint8_t code) {
  Envelope reply;
  reply.kind = Kind::kReply;
  reply.request = request.request;
  reply.target = request.source;
  reply.epoch = request.epoch;
  reply.code = code;
  reply.body = body;
  Say(reply);
}

void TestNode::Moved(const Envelope& request) {
  Envelope moved;
  moved.kind = Kind::kMoved;
  moved.request = request.request;
  moved.target = request.source;
  Say(moved);
}

void TestNode::Publish(const std::vector<std::string>& topics, std::string_view body, uint8_t flags) {
  const std::string head = wire::EncodeHead({topics, 0, {}, {}});
  Envelope event;
  event.kind = Kind::kPublish;
  event.method = "message.new";
  event.extra = head;
  event.body = body;
  event.flags = flags;
  Say(event);
}

void TestNode::Subscribe(const std::vector<std::string>& topics) {
  const std::string body = schema::Encode(wire::Topics{topics});
  Envelope envelope;
  envelope.kind = Kind::kSubscribe;
  envelope.body = body;
  Say(envelope);
}

void TestNode::Unsubscribe(const std::vector<std::string>& topics) {
  const std::string body = schema::Encode(wire::Topics{topics});
  Envelope envelope;
  envelope.kind = Kind::kUnsubscribe;
  envelope.body = body;
  Say(envelope);
}

void TestNode::Leave() {
  Envelope envelope;
  envelope.kind = Kind::kLeaving;
  Say(envelope);
}

void TestNode::Die() {
  alive_ = false;
  test_->out.lines.erase(identity());
}

void TestNode::Restart() {
  Die();
  registration.boot += "x";
  alive_ = true;
  slots_.reset();
  line();
}

void TestNode::Speak() {
  silent_ = false;
  Say(Envelope{});
}

std::vector<Letter> TestNode::Take(Kind kind) {
  std::vector<Letter>& arrived = line().arrived;
  std::vector<Letter> taken, rest;
  for (Letter& letter : arrived) (letter->kind == kind ? taken : rest).push_back(std::move(letter));
  arrived = std::move(rest);
  return taken;
}

std::vector<std::string> TestNode::TakeBodies(Kind kind) {
  std::vector<std::string> bodies;
  for (const Letter& letter : Take(kind)) bodies.emplace_back(letter->body);
  return bodies;
}

size_t TestNode::CountOf(Kind kind) {
  return static_cast<size_t>(std::ranges::count_if(line().arrived, [&](const Letter& l) { return l->kind == kind; }));
}

std::optional<std::map<int64_t, int64_t>> TestNode::Slots() {
  for (const Letter& letter : Take(Kind::kAssign)) {
    slots_.emplace();
    for (const wire::SlotEpoch& slot : letter.As<wire::Assignment>().slots) slots_->emplace(slot.slot, slot.epoch);
  }
  return slots_;
}

std::string TestNode::Refusal() {
  const std::vector<Letter> refusals = Take(Kind::kRefused);
  return refusals.empty() ? "" : refusals.back().As<wire::Refused>().reason;
}

BusTest::BusTest() {
  [[maybe_unused]] static const bool quiet = [] {
    SetUpLog("test", "text", "error");
    return true;
  }();
  kv = store::OpenMemory(disk_);
  cluster = std::make_unique<ClusterStore>(*kv);
  router = std::make_unique<Router>(options, *cluster);
  REQUIRE(router->Load().has_value());
}

void BusTest::RestartBus() {
  router.reset();
  cluster.reset();
  kv.reset();
  options.boot = "boot-of-bus-" + std::to_string(++lives_);
  for (auto& [identity, line] : out.lines) line.arrived.clear();
  kv = store::OpenMemory(disk_);
  cluster = std::make_unique<ClusterStore>(*kv);
  router = std::make_unique<Router>(options, *cluster);
  REQUIRE(router->Load().has_value());
}

TestNode& BusTest::Make(wire::Registration registration) {
  nodes_.push_back(std::make_unique<TestNode>(*this, std::move(registration)));
  return *nodes_.back();
}

TestNode& BusTest::Worker(const std::string& name, const WorkerOptions& worker) {
  TestNode& node = Make(WorkerRegistration(name, worker));
  node.Register();
  return node;
}

TestNode& BusTest::Frontend(const std::string& name) {
  TestNode& node = Make(FrontendRegistration(name));
  node.Register();
  return node;
}

TestNode& BusTest::Serving(const std::string& name, const WorkerOptions& worker) {
  TestNode& node = Worker(name, worker);
  Settle();
  REQUIRE(node.Slots().has_value());
  return node;
}

void BusTest::Deliver(std::string_view identity, std::string_view batch) {
  router->OnBatch(identity, batch, now);
  Turn();
}

void BusTest::Turn() {
  router->Tick(now);
  router->Flush(out, now);
}

void BusTest::Pass(int64_t ms) {
  std::string heartbeat;
  wire::Append(heartbeat, Envelope{});
  for (const int64_t until = now.mono_ms + ms; now.mono_ms < until;) {
    const int64_t step = std::min<int64_t>(50, until - now.mono_ms);
    now.mono_ms += step;
    now.wall_ms += step;
    if (now.mono_ms / 500 != (now.mono_ms - step) / 500) {
      for (const auto& node : nodes_) {
        if (node->alive() && !node->silent()) router->OnBatch(node->identity(), heartbeat, now);
      }
    }
    Turn();
  }
}

wire::Registration WorkerRegistration(const std::string& name, const WorkerOptions& worker) {
  wire::Registration registration;
  registration.role = "worker";
  registration.name = name;
  registration.host = "host-1";
  registration.version = "0.1.0";
  registration.boot = "boot-of-" + name;
  registration.module = worker.module;
  registration.store = worker.store.empty() ? "store-of-" + name : worker.store;
  registration.capacity = worker.capacity;
  registration.window_requests = worker.window_requests;
  registration.window_bytes = worker.window_bytes;
  wire::RouteRow route;
  route.method = worker.module + ".send";
  route.access = static_cast<int64_t>(Access::kUser);
  route.key = {{wire::KeyKind::kCaller, ""}};
  route.doc = "Sends.";
  registration.routes = {route};
  return registration;
}

wire::Registration FrontendRegistration(const std::string& name) {
  wire::Registration registration;
  registration.role = "frontend";
  registration.name = name;
  registration.host = "host-2";
  registration.version = "0.1.0";
  registration.boot = "boot-of-" + name;
  return registration;
}

Error ErrorOf(const Envelope& reply) {
  return {static_cast<Code>(reply.code), std::string(reply.body), static_cast<int64_t>(reply.ttl_ms)};
}

}  // namespace parley::bus
