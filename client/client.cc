#include "client/client.h"

#include "common/base/ids.h"
#include "common/base/log.h"
#include "common/schema/codec.h"

namespace parley::client {
namespace {

// Codes of session.closed after which coming back is wanted; all others are somebody's decision.
bool ComesBack(std::string_view code) { return code == "idle" || code == "slow" || code == "draining"; }

}  // namespace

bool Client::AskAgain(const Error& error) { return RowOf(error.code).retryable; }

Client::Client(io::Loop& loop, Listener& listener, Endpoint server, Credentials credentials)
    : loop_(loop),
      listener_(listener),
      server_(std::move(server)),
      credentials_(std::move(credentials)),
      connection_(loop, *this) {}

Client::~Client() {
  stopped_ = true;
  ++life_;
  if (retry_timer_ != 0) loop_.Cancel(retry_timer_);
  if (alive_timer_ != 0) loop_.Cancel(alive_timer_);
}

// --- connecting
// -------------------------------------------------------------------------------------------------------

void Client::Start() {
  if (!stopped_) return;
  stopped_ = false;
  alive_timer_ = loop_.Every(kPingMs / 3, [this] { CheckAlive(); });
  Connect();
}

void Client::Stop() { Finish(Error{Code::kTimeout, "the client was stopped; the outcome is unknown", 0}); }

void Client::End(const Error& why) {
  Finish(why);
  listener_.OnEnded(why);
}

void Client::Finish(const Error& why) {
  if (stopped_) return;
  stopped_ = true;
  online_ = false;
  ++life_;
  if (retry_timer_ != 0) loop_.Cancel(std::exchange(retry_timer_, 0));
  loop_.Cancel(std::exchange(alive_timer_, 0));
  connection_.Close();
  const auto open = std::exchange(open_, {});
  for (const auto& [number, request] : open) request.reply(Fail(why));
}

void Client::Connect() {
  retry_timer_ = 0;
  ++life_;
  closed_.reset();
  connection_.Open(server_);
}

void Client::OnConnected() {
  Ask("session.hello", Arguments().Text("client", "parley").Text("version", PARLEY_VERSION).Encoded(),
      [](const Result<schema::Value>&) {});
  LogIn();
}

void Client::OnDisconnected(const Error& why) {
  online_ = false;
  if (closed_ && !ComesBack(closed_->code)) {
    return End(
        Error{Code::kForbidden, "the server closed the session (" + closed_->code + "): " + closed_->message, 0});
  }
  Reconnect(closed_ ? Error{Code::kUnavailable, closed_->message, closed_->retry_after_ms} : why);
}

void Client::Reconnect(const Error& why) {
  if (stopped_) return;
  online_ = false;
  ++life_;
  syncing_ = false;
  contacts_listing_ = {};
  tracker_.Disconnected();
  connection_.Close();
  const int64_t wait_ms = backoff_.Next(why.retry_after_ms, RandomU64());
  retry_timer_ = loop_.After(wait_ms, [this] { Connect(); });
  listener_.OnOffline(why, wait_ms);
}

// A connection may be dead without a word: ask, and give up on it when nothing comes.
void Client::CheckAlive() {
  if (!connection_.connected()) return;
  const int64_t silent_ms = loop_.now().mono_ms - connection_.heard_ms();
  if (silent_ms >= kSilentMs) return Reconnect(Error{Code::kUnavailable, "the server does not answer", 0});
  if (silent_ms >= kPingMs) Ask("session.ping", "", [](const Result<schema::Value>&) {});
}

void Client::Later(int64_t ms, std::function<void()> work) {
  loop_.After(ms, [this, life = life_, alive = std::weak_ptr<bool>(alive_), work = std::move(work)] {
    if (!alive.expired() && life == life_) work();
  });
}

// A request of the client's own: void when the connection ends, for the next one asks anew.
void Client::Ask(std::string_view method, const std::string& arguments, Reply reply) {
  connection_.Call(method, arguments, [this, life = life_, reply = std::move(reply)](Result<schema::Value> result) {
    if (life == life_ && connection_.connected()) reply(std::move(result));
  });
}

// --- logging in
// -------------------------------------------------------------------------------------------------------

void Client::LogIn() {
  if (credentials_.token.empty()) return LogInWithPassword();
  Ask("user.resume",
      Arguments().Text("token", credentials_.token).OptionalText("device", credentials_.device).Encoded(),
      [this](const Result<schema::Value>& result) {
        if (result) return Entered(*result);
        if (result.error().code != Code::kUnauthenticated || credentials_.password.empty()) {
          return RefusedLogin(result.error());
        }
        credentials_.token.clear();
        LogInWithPassword();
      });
}

void Client::LogInWithPassword() {
  const Arguments arguments = Arguments()
                                  .Text("user", credentials_.user)
                                  .Text("password", credentials_.password)
                                  .OptionalText("device", credentials_.device);
  Ask("user.login", arguments.Encoded(), [this](const Result<schema::Value>& result) {
    if (result) return Entered(*result);
    if (result.error().code == Code::kUnauthenticated && credentials_.register_first_use) return Register();
    RefusedLogin(result.error());
  });
}

void Client::Register() {
  credentials_.register_first_use = false;
  const Arguments arguments = Arguments()
                                  .Text("user", credentials_.user)
                                  .Text("password", credentials_.password)
                                  .Text("id", RequestId::Random().Hex());
  Ask("user.register", arguments.Encoded(), [this](const Result<schema::Value>& result) {
    if (result) {
      registered_ = true;
      return LogInWithPassword();
    }
    if (result.error().code == Code::kExists) {
      return RefusedLogin(Error{Code::kUnauthenticated, "wrong password for " + credentials_.user, 0});
    }
    if (AskAgain(result.error())) credentials_.register_first_use = true;
    RefusedLogin(result.error());
  });
}

void Client::RefusedLogin(const Error& why) {
  if (AskAgain(why)) return Reconnect(why);
  End(why);
}

void Client::Entered(const schema::Value& result) {
  const Result<LoggedIn> session = schema::Decode<LoggedIn>(result);
  if (!session) return End(Error{Code::kInternal, "the answer to the login: " + session.error().message, 0});
  credentials_.token = session->token;
  user_ = session->user;
  online_ = true;
  backoff_.Reset();
  const uint64_t life = life_;
  // What the listener asks now is sent at once; only what waited before is left.
  std::vector<uint64_t> waiting;
  for (const auto& [number, request] : open_) waiting.push_back(number);
  listener_.OnOnline(*session, std::exchange(was_online_, true));
  if (life != life_) return;
  // Before the listing: what was asked first is done first.
  for (const uint64_t number : waiting) Transmit(number);
  Sync();
  ListAllContacts();
}

// --- requests
// ---------------------------------------------------------------------------------------------------------

void Client::Call(std::string_view method, std::string arguments, Reply reply, int64_t patience_ms) {
  if (stopped_) return reply(Fail(Code::kUnavailable, "not connected to the server"));
  if (open_requests() >= kOpenMax)
    return reply(Fail(Code::kOverloaded, "too many requests are waiting for the server"));
  const uint64_t number = ++last_number_;
  const int64_t until_ms = patience_ms > 0 ? loop_.now().mono_ms + patience_ms : INT64_MAX;
  open_.emplace(number, Open{std::string(method), std::move(arguments), std::move(reply), {}, until_ms});
  if (online_) Transmit(number);
}

void Client::Change(std::string_view method, Arguments arguments, Reply reply, int64_t patience_ms) {
  Call(method, arguments.Text("id", RequestId::Random().Hex()).Encoded(), std::move(reply), patience_ms);
}

void Client::Notify(std::string_view method, const Arguments& arguments) {
  if (online_) connection_.Notify(method, arguments.Encoded());
}

void Client::Transmit(uint64_t number) {
  const auto it = open_.find(number);
  if (it == open_.end()) return;
  Ask(it->second.method, it->second.arguments,
      [this, number](Result<schema::Value> result) { Answered(number, std::move(result)); });
}

void Client::Answered(uint64_t number, Result<schema::Value> result) {
  const auto it = open_.find(number);
  if (it == open_.end()) return;
  if (!result && AskAgain(result.error()) && loop_.now().mono_ms < it->second.until_ms) {
    ++asked_again_;
    const int64_t wait_ms = it->second.backoff.Next(result.error().retry_after_ms, RandomU64());
    return Later(wait_ms, [this, number] { Transmit(number); });
  }
  const Open request = std::move(it->second);
  open_.erase(it);
  if (result) NoteAnswer(request, *result);
  request.reply(std::move(result));
}

// An edit, a recall or a reaction is a record too: its answer tells only the seq, so it is pulled.
void Client::NoteAnswer(const Open& request, const schema::Value& result) {
  if (request.method != "message.edit" && request.method != "message.recall" && request.method != "message.react")
    return;
  schema::Parser parser;
  const Result<schema::Value> arguments = parser.Parse(request.arguments);
  const schema::Value seq = result.Find("seq");
  if (!arguments || seq.type() != schema::Type::kInt) return;
  const schema::Value text = arguments->Find("conversation");
  if (text.type() != schema::Type::kText) return;
  if (const Result<Conversation> conversation = Conversation::Parse(text.AsText())) {
    tracker_.NoteHead(*conversation, seq.AsInt().value_or(0));
    PullWhatIsBehind();
  }
}

// --- sending
// ----------------------------------------------------------------------------------------------------------

void Client::Send(const Address& to, std::string body, const Extras& extras, std::function<void(Result<Sent>)> reply) {
  if (open_requests() >= kOpenMax) {
    return reply(Fail(Code::kOverloaded, "too many requests are waiting for the server"));
  }
  std::deque<Outgoing>& line = sending_[to];
  line.push_back({std::move(body), extras, std::move(reply)});
  if (line.size() > 1) {
    ++queued_sends_;
  } else {
    SendFirst(to);
  }
}

void Client::SendFirst(const Address& to) {
  const Outgoing& first = sending_.at(to).front();
  Arguments arguments;
  arguments.Text("to", to.text()).Text("body", first.body).OptionalText("kind", first.extras.kind);
  if (first.extras.reply_to > 0) arguments.Int("reply_to", first.extras.reply_to);
  if (!first.extras.mentions.empty()) arguments.Texts("mentions", first.extras.mentions);
  Change("message.send", std::move(arguments),
         [this, to](const Result<schema::Value>& result) { SendAnswered(to, result); });
}

void Client::SendAnswered(const Address& to, const Result<schema::Value>& result) {
  const auto it = sending_.find(to);
  const Outgoing first = std::move(it->second.front());
  it->second.pop_front();
  const bool more = !it->second.empty();
  if (!more) sending_.erase(it);
  Result<Sent> sent = result ? schema::Decode<Sent>(*result) : Result<Sent>(Fail(result.error()));
  if (sent) {
    // The connection that sent it gets no push: the record is what was asked for, at the place the answer gives.
    Record record;
    record.conversation = sent->conversation;
    record.seq = sent->seq;
    record.from = user_;
    record.time_ms = sent->time_ms;
    record.kind = first.extras.kind.empty() ? "text" : first.extras.kind;
    record.body = first.body;
    record.reply_to = first.extras.reply_to;
    record.mentions = first.extras.mentions;
    Deliver(record, schema::Encode(record));
    PullWhatIsBehind();
  }
  first.reply(std::move(sent));
  if (!more) return;
  --queued_sends_;
  SendFirst(to);
}

}  // namespace parley::client
