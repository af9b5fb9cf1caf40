// Arbitrary bytes of a client, cut anywhere, against a gateway whose modules answer anything: the bus's batches are
// whole, a second client is never disturbed, and nothing is kept of the first.
#include "common/wire/node.h"
#include "frontend/gateway.h"
#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {

using namespace std::string_literals;
namespace {

class Bus final : public wire::BusPort, public frontend::GatewayHost {
 public:
  void Send(const wire::Envelope& envelope) override { wire::Append(sent, envelope); }
  void SendEncoded(std::string_view envelopes) override { sent.append(envelopes); }
  void OnBusLost() override {}
  void OnRefused(const std::string&) override {}
  void OnDrained(bool) override {}
  std::string sent;
};

void Say(frontend::Gateway& gateway, wire::Kind kind, const std::string& body) {
  wire::Envelope envelope;
  envelope.kind = kind;
  envelope.body = body;
  std::string batch;
  wire::Append(batch, envelope);
  gateway.OnBatch(batch);
}

wire::RouteRow Row(const char* method, Access access, wire::KeyKind kind, const char* argument) {
  wire::RouteRow row;
  row.method = method;
  row.access = static_cast<int64_t>(access);
  row.key = {{kind, argument}};
  row.doc = "Does it.";
  return row;
}

std::string Routes() {
  wire::RouteRow attach = Row("user.attach", Access::kModule, wire::KeyKind::kCaller, "");
  attach.attach = attach.detach = true;
  wire::RoutesNotice notice;
  notice.modules = {{"user",
                     {Row("user.login", Access::kAnonymous, wire::KeyKind::kArgument, "user"),
                      Row("user.resume", Access::kAnonymous, wire::KeyKind::kTokenOwner, "token"), attach}},
                    {"message", {Row("message.send", Access::kUser, wire::KeyKind::kPair, "to")}}};
  return schema::Encode(notice);
}

void Drain(frontend::Gateway& gateway, const frontend::Session& client) {
  for (frontend::Session* session : gateway.TakeDirty()) {
    if (session == nullptr || session->out == nullptr) continue;
    PARLEY_CHECK(session == &client);  // nobody else is spoken to
    gateway.OnSent(*session, session->out->bytes());
  }
}

}  // namespace

void Run(std::string_view bytes) {
  Choices choices(bytes);
  const size_t step = 1 + choices.Below(64);
  Bus bus;
  Now now{1'000, 1'700'000'000'000};
  frontend::Gateway gateway({}, {}, bus, bus, now);
  Say(gateway, wire::Kind::kWelcome, schema::Encode(wire::Welcome{"bus-1", "1"}));
  Say(gateway, wire::Kind::kRoutes, Routes());
  frontend::Session client, other;
  gateway.Open(client, "203.0.113.7");
  gateway.Open(other, "203.0.113.8");
  Drain(gateway, client);

  wire::Directives directives;
  directives.identify = wire::Identify{UserHandle::Must("alice"), "s1", choices.Below(2) == 1};
  directives.subscribe = {"user:alice"};
  const std::string identify = schema::Encode(directives);
  for (size_t at = 0; at < bytes.size(); at += step) {
    gateway.OnBytes(client, bytes.substr(at, step));
    // Every request is answered at once: a login identifies, all else says nothing.
    std::string sent;
    sent.swap(bus.sent);
    wire::BatchReader reader(sent);
    while (const auto envelope = reader.Next()) {
      if (envelope->kind != wire::Kind::kRequest) continue;
      wire::Envelope reply;
      reply.kind = wire::Kind::kReply;
      reply.request = envelope->request;
      reply.body = "\x80";
      if (envelope->method == "user.login") reply.extra = identify;
      std::string batch;
      wire::Append(batch, reply);
      gateway.OnBatch(batch);
    }
    PARLEY_CHECK(!reader.malformed());
    now.mono_ms += 60;
    gateway.Tick();
    Drain(gateway, client);
    PARLEY_CHECK(client.open.size() <= 256);
  }
  PARLEY_CHECK(other.is_open());
  gateway.OnGone(client);
  gateway.OnGone(other);
  PARLEY_CHECK(gateway.sessions().size() == 0 && gateway.sessions().waiting_bytes() == 0);
}

std::vector<std::string> Seeds() {
  std::string talk = "\x3f\x00"s;
  schema::AppendRequest(talk, 1, "session.hello", {});
  schema::AppendRequest(talk, 2, "user.login",
                        "\x81\xa4user\xa5"
                        "alice");
  schema::AppendRequest(talk, 3, "message.send",
                        "\x81\xa2to\xa3"
                        "bob");
  schema::AppendNotification(talk, "message.send", "\x81\xa2to\xa4#cpp");
  schema::AppendRequest(talk, 4, "session.ping", {});
  schema::AppendRequest(talk, 5, "session.methods", {});
  std::string resume = "\x01\x01"s;
  schema::AppendRequest(resume, 1, "user.resume",
                        "\x81\xa5token\xa9"
                        "alice:abc");
  schema::AppendResponse(resume, 1, {});
  return {talk, resume, "\x05\x00\xc1"s, "\x05\x00"s + std::string(20, '\x91')};
}

}  // namespace parley::fuzz
