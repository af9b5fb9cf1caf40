#include "common/testing/module_harness.h"

#include <algorithm>
#include <unordered_set>

#include "common/base/check.h"
#include "common/base/log.h"
#include "common/testing/queue_executor.h"
#include "common/wire/route_key.h"

namespace parley::testing {
namespace {

constexpr int kStepsMax = 100'000;
constexpr int64_t kTickMs = 20;
const NodeId kFrontend{0xF00D};

}  // namespace

bool Published::Reaches(const std::string& topic) const {
  return std::ranges::find(head.topics, topic) != head.topics.end();
}

struct ModuleHarness::Impl final : wire::BusPort {
  explicit Impl(std::string name, Make maker) : module(std::move(name)), make(std::move(maker)) {}

  void Send(const wire::Envelope& envelope) override { wire::Append(from_worker, envelope); }
  void SendEncoded(std::string_view envelopes) override { from_worker.append(envelopes); }
  size_t pending_bytes() const override { return congested ? size_t{1} << 30 : from_worker.size(); }

  void Start() {
    wire::Registration registration;
    registration.role = "worker";
    registration.name = module + "-1";
    registration.host = "here";
    registration.version = "test";
    registration.boot = std::to_string(++boot);
    registration.module = module;
    registration.store = "store";
    kv = store::OpenMemory(disk);
    commits = std::make_unique<QueueExecutor>();
    helpers = std::make_unique<QueueExecutor>();
    worker = std::make_unique<module::Worker>(
        registration, [this](module::Host& host) { return make(host); }, *kv, *this, *commits, *helpers);
    worker->Tick(now);
  }

  void ToWorker(const wire::Envelope& envelope) {
    std::string batch;
    wire::Append(batch, envelope);
    worker->OnBatch(batch, now);
  }
  void ToWorker(wire::Kind kind, std::string body) {
    wire::Envelope envelope;
    envelope.kind = kind;
    envelope.body = body;
    ToWorker(envelope);
  }

  // The whole of the bus: registration, all slots to this worker, requests back to it, calls elsewhere to the stubs.
  void OnEnvelope(const wire::Envelope& e) {
    switch (e.kind) {
      case wire::Kind::kRegister: {
        ToWorker(wire::Kind::kWelcome, schema::Encode(wire::Welcome{"bus" + std::to_string(bus_boot), "test"}));
        wire::Assignment all;
        for (int slot = 0; slot < kSlots; ++slot) all.slots.push_back({slot, static_cast<int64_t>(boot)});
        ToWorker(wire::Kind::kAssign, schema::Encode(all));
        return;
      }
      case wire::Kind::kRequest: {
        wire::Envelope request = e;
        request.source = NodeId::OfIdentity(worker->identity());
        request.epoch = boot;
        if (e.module == module) return ToWorker(request);
        return AnswerFromStub(request);
      }
      case wire::Kind::kReply:
      case wire::Kind::kMoved:
        if (e.target == NodeId::OfIdentity(worker->identity())) return ToWorker(e);
        OnAnswer(e);
        return;
      case wire::Kind::kPublish:
        OnPublish(e);
        return;
      case wire::Kind::kHop:
        PARLEY_CHECK(e.target == kFrontend && sent.contains(e.request));
        hops.push_back(schema::Decode<wire::Hop>(e.body).value());
        return;
      default:
        return;
    }
  }

  void AnswerFromStub(const wire::Envelope& request) {
    if ((request.flags & wire::kTraced) != 0) {
      std::string hop;
      wire::AppendHop(hop, {request.source, request.request}, {"stub", "is asked", std::string(request.method), 0});
      worker->OnBatch(hop, now);
    }
    wire::Envelope reply;
    reply.kind = wire::Kind::kReply;
    reply.request = request.request;
    reply.target = request.source;
    const auto stub = stubs.find(std::string(request.method));
    Result<std::string> result = Fail(Code::kUnavailable, "no stub for " + std::string(request.method));
    if (stub != stubs.end()) result = stub->second(wire::CallerOf(request), request.body);
    if (result) {
      reply.body = *result;
    } else {
      reply.code = static_cast<uint8_t>(result.error().code);
      reply.body = result.error().message;
    }
    ToWorker(reply);
  }

  void OnAnswer(const wire::Envelope& e) {
    Answer answer{std::string(e.body), {}};
    if (e.kind == wire::Kind::kMoved) {
      answer.result = Fail(Code::kUnavailable, "moved");
    } else if (e.code != 0) {
      answer.result = Fail(static_cast<Code>(e.code), std::string(e.body), e.ttl_ms);
    } else if (!e.extra.empty()) {
      answer.directives = schema::Decode<wire::Directives>(e.extra).value();
    }
    answers[e.request] = std::move(answer);
    answered.push_back(e.request);
  }

  void OnPublish(const wire::Envelope& e) {
    Published event;
    event.method = e.method;
    event.body = e.body;
    event.user = e.user;
    event.head = wire::DecodeHead(e.extra).value();
    event.except = Connection{e.target, e.connection};
    event.except_user = (e.flags & wire::kExceptUser) != 0;
    event.droppable = (e.flags & wire::kDroppable) != 0;
    published.push_back(std::move(event));
  }

  // One step of anything that can move; false when nothing can.
  bool Step() {
    worker->EndTurn();
    if (!from_worker.empty()) {
      const std::string batch = std::exchange(from_worker, {});
      wire::BatchReader reader(batch);
      while (const auto envelope = reader.Next()) OnEnvelope(*envelope);
      PARLEY_CHECK(!reader.malformed());
      return true;
    }
    return commits->Step() || helpers->Step();
  }

  std::string module;
  Make make;
  std::shared_ptr<store::MemoryDisk> disk = store::MakeMemoryDisk();
  Now now{1'000'000, 1'700'000'000'000};
  uint64_t boot = 0;
  int bus_boot = 0;
  std::string from_worker;
  std::unordered_set<RequestId> sent;
  std::unordered_map<RequestId, Answer> answers;
  std::vector<RequestId> answered;
  bool congested = false;
  std::vector<Published> published;
  std::vector<wire::Hop> hops;
  std::map<std::string, std::function<Result<std::string>(const Caller&, std::string_view)>> stubs;
  std::unique_ptr<store::KeyValue> kv;
  std::unique_ptr<QueueExecutor> commits, helpers;
  std::unique_ptr<module::Worker> worker;  // last: it uses all of the above
};

ModuleHarness::ModuleHarness(std::string module, Make make)
    : impl_(std::make_unique<Impl>(std::move(module), std::move(make))) {
  impl_->Start();
  Settle();
  PARLEY_CHECK(impl_->worker->ready());
}
ModuleHarness::~ModuleHarness() = default;

Caller ModuleHarness::As(std::string_view user, uint64_t connection, std::string session) {
  return {Access::kUser, UserHandle::Must(user), std::move(session), "192.0.2.1", {kFrontend, connection}};
}
Caller ModuleHarness::AsAdmin(std::string_view user) {
  Caller caller = As(user);
  caller.role = Access::kAdmin;
  return caller;
}
Caller ModuleHarness::Nobody() { return {Access::kAnonymous, {}, "", "192.0.2.1", {kFrontend, 1}}; }
Caller ModuleHarness::AsModule(std::string_view user) {
  Caller caller;
  caller.role = Access::kModule;
  if (!user.empty()) caller.user = UserHandle::Must(user);
  caller.connection.node = kFrontend;
  return caller;
}

Answer ModuleHarness::CallEncoded(const Caller& caller, std::string_view method, std::string arguments) {
  return CallEncoded(caller, method, std::move(arguments), RequestId::Random());
}

Answer ModuleHarness::CallEncoded(const Caller& caller, std::string_view method, std::string arguments, RequestId id) {
  Send(caller, method, arguments, id);
  return Await(id);
}

void ModuleHarness::Send(const Caller& caller, std::string_view method, std::string_view arguments, RequestId id,
                         uint8_t flags) {
  const std::vector<module::Route>& routes = impl_->worker->module().routes();
  const auto route =
      std::ranges::find(routes, method, [](const module::Route& r) { return std::string_view(r.row.method); });
  wire::Envelope request;
  request.kind = wire::Kind::kRequest;
  request.request = id;
  request.module = impl_->module;
  request.method = method;
  request.role = caller.role;
  request.user = caller.user.text();
  request.session = caller.session;
  request.address = caller.address;
  request.source = caller.connection.node;
  request.connection = caller.connection.number;
  request.epoch = impl_->boot;
  request.ttl_ms = 10'000;
  request.flags = flags;
  request.body = arguments;
  if (!impl_->sent.insert(id).second) request.flags |= wire::kResent;
  schema::Parser parser;
  if (route != routes.end()) {
    const Result<schema::Value> parsed = parser.Parse(arguments.empty() ? "\x80" : arguments);
    request.lane = static_cast<wire::Lane>(route->row.lane);
    if (parsed) request.slot = SlotOf(wire::FindKey(route->row.key, *parsed, request.user).value_or(""));
  }
  impl_->ToWorker(request);
}

bool ModuleHarness::Answered(RequestId id) const { return impl_->answers.contains(id); }

Answer ModuleHarness::Await(RequestId id) {
  // A handler may wait for a retry, which takes time.
  for (int ticks = 0; ticks < 600; ++ticks) {
    Settle();
    if (const auto answer = impl_->answers.extract(id)) return std::move(answer.mapped());
    Advance(kTickMs);
  }
  return {Fail(Code::kTimeout, "the request was never answered"), {}};
}

std::vector<RequestId> ModuleHarness::TakeAnswered() { return std::exchange(impl_->answered, {}); }

void ModuleHarness::Congest(bool congested) { impl_->congested = congested; }

void ModuleHarness::AcceptWork(bool accept) { impl_->helpers->Accept(accept); }

std::vector<wire::Hop> ModuleHarness::TakeHops() { return std::exchange(impl_->hops, {}); }

std::vector<Published> ModuleHarness::TakePublished() { return std::exchange(impl_->published, {}); }

void ModuleHarness::Stub(std::string method,
                         std::function<Result<std::string>(const Caller&, std::string_view)> answer) {
  impl_->stubs[std::move(method)] = std::move(answer);
}

void ModuleHarness::Crash() {
  impl_->worker.reset();
  impl_->from_worker.clear();
  impl_->Start();
  Settle();
}

void ModuleHarness::NodeGone(NodeId node) {
  impl_->ToWorker(wire::Kind::kNodeGone, schema::Encode(wire::NodeGone{fmt::format("{:016x}", node.value)}));
  Settle();
}

void ModuleHarness::RestartBus() {
  ++impl_->bus_boot;
  impl_->ToWorker(wire::Kind::kUnknown, "");
  Settle();
}

void ModuleHarness::Advance(int64_t ms) {
  for (int64_t left = ms; left > 0; left -= std::min<int64_t>(left, 1'000)) {
    const int64_t step = std::min<int64_t>(left, 1'000);
    impl_->now.mono_ms += step;
    impl_->now.wall_ms += step;
    // The bus is heard from, so that the worker does not give it up.
    impl_->ToWorker(wire::Kind::kHeartbeat, "");
    impl_->worker->Tick(impl_->now);
    Settle();
  }
}

void ModuleHarness::AdvanceWall(int64_t ms) {
  impl_->now.wall_ms += ms;
  Advance(1);  // the worker learns of it
}

void ModuleHarness::Settle() {
  int steps = 0;
  while (impl_->Step()) PARLEY_CHECK(++steps < kStepsMax);
}

store::KeyValue& ModuleHarness::disk() { return *impl_->kv; }
module::Module& ModuleHarness::module() { return impl_->worker->module(); }
Now ModuleHarness::now() const { return impl_->now; }

}  // namespace parley::testing
