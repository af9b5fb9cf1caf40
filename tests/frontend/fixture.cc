#include "tests/frontend/fixture.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "common/base/slot.h"
#include "common/schema/framer.h"
#include "common/schema/json.h"

namespace parley::frontend {

std::string Json(const std::string& text) { return *schema::JsonOf(Packed(text)); }

std::string Packed(const std::string& json) {
  Result<std::string> packed = schema::EncodedOfJson(json);
  INFO(json);
  REQUIRE(packed);
  return *packed;
}

std::string Sent::body() const { return envelope.body.empty() ? "{}" : schema::JsonOf(envelope.body).value_or("?"); }

// --- clients ---

Client::Client(GatewayTest& test, std::string address) : test_(test), session_(std::make_unique<Session>()) {
  test_.clients_[session_.get()] = this;
  test_.gateway->Open(*session_, std::move(address));
  test_.Flush();
}

Client::~Client() { Vanishes(); }

void Client::SendsBytes(std::string_view bytes) {
  test_.gateway->OnBytes(*session_, bytes);
  test_.Flush();
}

void Client::Asks(int msgid, const std::string& method, const std::string& arguments) {
  Says("[0," + std::to_string(msgid) + ",\"" + method + "\",[" + arguments + "]]");
}

void Client::Notifies(const std::string& method, const std::string& arguments) {
  Says("[2,\"" + method + "\",[" + arguments + "]]");
}

void Client::HalfCloses() {
  test_.gateway->OnHalfClose(*session_);
  test_.Flush();
}

void Client::Vanishes() {
  if (gone_) return;
  gone_ = true;
  test_.gateway->OnGone(*session_);
  test_.clients_.erase(session_.get());
}

Lines Client::Hears() {
  Lines lines;
  std::string_view rest = arrived_;
  while (!rest.empty()) {
    schema::Framer framer(16 * 1024 * 1024, 32);
    REQUIRE(framer.Scan(rest) == schema::Framer::State::kComplete);
    lines.push_back(*schema::JsonOf(rest.substr(0, framer.size())));
    rest.remove_prefix(framer.size());
  }
  arrived_.clear();
  return lines;
}

std::string Client::Outcome() {
  const Lines lines = Hears();
  INFO(Catch::StringMaker<Lines>::convert(lines));
  REQUIRE(lines.size() == 1);
  const size_t at = lines[0].find("\"code\":\"");
  if (at == std::string::npos) return "ok";
  const size_t begin = at + 8;
  return lines[0].substr(begin, lines[0].find('"', begin) - begin);
}

bool Client::closed() const { return session_->phase != Session::Phase::kOpen && session_->out == nullptr; }

// --- the world ---

GatewayTest::GatewayTest() { Start(GatewayOptions{}); }

void GatewayTest::Start(GatewayOptions with) {
  options = with;
  wire::Registration registration;
  registration.role = "frontend";
  registration.name = "frontend-1";
  registration.boot = "b1";
  gateway = std::make_unique<Gateway>(options, registration, *this, *this, now);
  sent_.clear();
  BusWelcomes();
  TellsRoutes();
}

void GatewayTest::Passes(int64_t ms) {
  for (int64_t passed = 0; passed < ms;) {
    const int64_t step = std::min<int64_t>(50, ms - passed);
    now.mono_ms += step;
    now.wall_ms += step;
    passed += step;
    gateway->Tick();
    if (now.mono_ms % 500 < step) BusSays({});  // heartbeat
    Flush();
  }
}

void GatewayTest::Flush() {
  bool again = true;
  while (again) {
    again = false;
    for (Session* session : gateway->TakeDirty()) {
      if (session == nullptr || session->out == nullptr) continue;
      Client* client = clients_.at(session);
      size_t taken = 0;
      if (client->reads) {
        std::array<std::string_view, 8> pieces;
        const size_t count = session->out->Pieces(pieces);
        for (size_t i = 0; i < count; ++i) {
          const size_t size = std::min(pieces[i].size(), client->takes - taken);
          client->arrived_.append(pieces[i].substr(0, size));
          taken += size;
        }
      }
      gateway->OnSent(*session, taken);
      if (taken > 0 && session->out != nullptr) {
        gateway->Touch(*session);
        again = client->takes > taken;
      }
    }
  }
}

void GatewayTest::Send(const wire::Envelope& envelope) {
  std::string bytes;
  wire::Append(bytes, envelope);
  sent_.push_back({std::move(bytes), {}});
  // A deque keeps its elements where they are; a short text does not survive a move.
  sent_.back().envelope = *wire::BatchReader(sent_.back().bytes).Next();
}

void GatewayTest::SendEncoded(std::string_view envelopes) {
  wire::BatchReader reader(envelopes);
  while (const auto envelope = reader.Next()) Send(*envelope);
}

// --- the bus ---

void GatewayTest::BusSays(wire::Envelope envelope) {
  std::string batch;
  wire::Append(batch, envelope);
  gateway->OnBatch(batch);
  Flush();
}

void GatewayTest::BusWelcomes(const std::string& boot) {
  const std::string body = schema::Encode(wire::Welcome{boot, "1"});
  wire::Envelope envelope;
  envelope.kind = wire::Kind::kWelcome;
  envelope.body = body;
  BusSays(envelope);
}

void GatewayTest::BusForgets() {
  wire::Envelope envelope;
  envelope.kind = wire::Kind::kUnknown;
  BusSays(envelope);
}

namespace {

wire::RouteRow Row(std::string method, Access access, std::vector<wire::KeyRule> key) {
  wire::RouteRow row;
  row.method = std::move(method);
  row.access = static_cast<int64_t>(access);
  row.key = std::move(key);
  row.doc = "Does it.";
  row.arguments = {{"some", "text", true, "some"}};
  return row;
}

wire::ModuleRoutes ModuleNamed(const std::string& module) {
  using wire::KeyKind;
  wire::ModuleRoutes routes;
  routes.module = module;
  const auto add = [&](std::string method, Access access, std::vector<wire::KeyRule> key) {
    routes.routes.push_back(Row(std::move(method), access, std::move(key)));
    return &routes.routes.back();
  };
  if (module == "user") {
    add("user.register", Access::kAnonymous, {{KeyKind::kArgument, "user"}});
    add("user.login", Access::kAnonymous, {{KeyKind::kArgument, "user"}});
    add("user.resume", Access::kAnonymous, {{KeyKind::kTokenOwner, "token"}});
    add("user.logout", Access::kUser, {{KeyKind::kCaller, ""}});
    add("user.profile", Access::kUser, {{KeyKind::kArgument, "user"}, {KeyKind::kCaller, ""}});
    add("user.attach", Access::kModule, {{KeyKind::kCaller, ""}})->attach = true;
    add("user.detach", Access::kModule, {{KeyKind::kCaller, ""}})->detach = true;
  } else if (module == "message") {
    add("message.send", Access::kUser, {{KeyKind::kPair, "to"}});
    add("message.history", Access::kUser, {{KeyKind::kArgument, "conversation"}, {KeyKind::kPair, "with"}})->lane =
        static_cast<int64_t>(wire::Lane::kBackground);
    add("message.inside", Access::kModule, {{KeyKind::kCaller, ""}});
    add("message.typing", Access::kUser, {{KeyKind::kPair, "to"}})->lane =
        static_cast<int64_t>(wire::Lane::kBackground);
  } else {
    add(module + ".ban", Access::kAdmin, {{KeyKind::kArgument, "user"}});
    if (module == "audited") routes.routes.back().audited = true;
    if (module == "group") add("group.attach", Access::kUser, {{KeyKind::kCaller, ""}})->attach = true;
  }
  return routes;
}

}  // namespace

void GatewayTest::TellsRoutes(const std::vector<std::string>& modules) {
  wire::RoutesNotice notice;
  for (const std::string& module : modules) notice.modules.push_back(ModuleNamed(module));
  const std::string body = schema::Encode(notice);
  wire::Envelope envelope;
  envelope.kind = wire::Kind::kRoutes;
  envelope.body = body;
  BusSays(envelope);
}

std::deque<Sent> GatewayTest::Requests(const std::string& method) {
  std::deque<Sent> found;
  for (auto it = sent_.begin(); it != sent_.end();) {
    if (it->envelope.kind == wire::Kind::kRequest && it->envelope.method == method) {
      found.push_back({it->bytes, {}});
      found.back().envelope = *wire::BatchReader(found.back().bytes).Next();
      it = sent_.erase(it);
    } else {
      ++it;
    }
  }
  // Erasing from a deque moves elements: read them again.
  for (Sent& one : sent_) one.envelope = *wire::BatchReader(one.bytes).Next();
  return found;
}

std::deque<Sent> GatewayTest::Heartbeats() {
  std::deque<Sent> found;
  for (const Sent& one : sent_) {
    if (one.envelope.kind != wire::Kind::kHeartbeat) continue;
    found.push_back({one.bytes, {}});
    found.back().envelope = *wire::BatchReader(found.back().bytes).Next();
  }
  return found;
}

Sent GatewayTest::Request(const std::string& method) {
  std::deque<Sent> found = Requests(method);
  INFO(method);
  REQUIRE(found.size() == 1);
  return std::move(found.front());  // a request is longer than what a string keeps in itself, so views survive
}

size_t GatewayTest::Count(wire::Kind kind) const {
  return static_cast<size_t>(
      std::count_if(sent_.begin(), sent_.end(), [&](const Sent& one) { return one.envelope.kind == kind; }));
}

Lines GatewayTest::Topics(wire::Kind kind) {
  Lines all;
  for (const Sent& one : sent_) {
    if (one.envelope.kind != kind) continue;
    const Result<wire::Topics> topics = schema::Decode<wire::Topics>(one.envelope.body);
    all.insert(all.end(), topics->topics.begin(), topics->topics.end());
  }
  std::sort(all.begin(), all.end());
  sent_.clear();
  return all;
}

void GatewayTest::Answers(const Sent& request, const std::string& result, const wire::Directives& directives) {
  const std::string body = Packed(result);
  const std::string extra = directives.empty() ? "" : schema::Encode(directives);
  wire::Envelope reply;
  reply.kind = wire::Kind::kReply;
  reply.request = request.envelope.request;
  reply.body = body;
  reply.extra = extra;
  BusSays(reply);
}

void GatewayTest::Fails(const Sent& request, Code code, const std::string& message, uint32_t retry_after_ms) {
  wire::Envelope reply;
  reply.kind = wire::Kind::kReply;
  reply.request = request.envelope.request;
  reply.code = static_cast<uint8_t>(code);
  reply.ttl_ms = retry_after_ms;
  reply.body = message;
  BusSays(reply);
}

void GatewayTest::Publishes(const Event& event) {
  wire::Publication publication;
  publication.topics = event.topics;
  publication.directives = event.directives;
  if (!event.own_key.empty()) {
    publication.own_pairs = 1;
    schema::Writer writer(publication.own);
    writer.Text(event.own_key);
    writer.Text(event.own_value);
  }
  const std::string head = wire::EncodeHead(publication);
  const std::string body = Packed(event.body);
  wire::Envelope envelope;
  envelope.kind = wire::Kind::kEvent;
  envelope.flags = event.flags;
  envelope.method = event.method;
  envelope.user = event.user;
  envelope.extra = head;
  envelope.body = body;
  if (event.except != 0) {
    envelope.target = NodeId::OfIdentity("frontend/frontend-1/b1");
    envelope.connection = event.except;
  }
  BusSays(envelope);
}

void GatewayTest::SlotsChange(const std::string& module, const std::vector<int64_t>& slots, bool up) {
  wire::SlotsNotice notice;
  notice.module = module;
  notice.up = up;
  for (const int64_t slot : slots) notice.slots.push_back({slot, 2});
  const std::string body = schema::Encode(notice);
  wire::Envelope envelope;
  envelope.kind = wire::Kind::kSlots;
  envelope.body = body;
  BusSays(envelope);
}

// --- people ---

wire::Directives GatewayTest::Identifies(const std::string& user, const std::string& session, bool admin) {
  wire::Directives directives;
  directives.identify = wire::Identify{UserHandle::Must(user), session, admin};
  directives.subscribe = {"user:" + user, "session:" + session};
  return directives;
}

void GatewayTest::LogsIn(Client& client, const std::string& user, const std::string& session, bool admin) {
  client.Asks(1, "user.login", R"({"user":")" + user + R"(","password":"secret"})");
  Answers(Request("user.login"), "{}", Identifies(user, session, admin));
  for (const Sent& attach : Requests("user.attach")) Answers(attach, "{}");
  REQUIRE(client.Hears() == Lines{"[1,1,null,{}]"});
  sent_.clear();
}

}  // namespace parley::frontend
