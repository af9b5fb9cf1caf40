#include "tests/client/fake_server.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/arguments.h"
#include "common/base/check.h"
#include "common/base/limits.h"
#include "common/schema/codec.h"

namespace parley::client {
namespace {

std::string TextOf(const schema::Value& arguments, std::string_view name) {
  const schema::Value value = arguments.Find(name);
  return value.type() == schema::Type::kText ? std::string(value.AsText()) : std::string();
}
int64_t IntOf(const schema::Value& arguments, std::string_view name) {
  const schema::Value value = arguments.Find(name);
  return value.type() == schema::Type::kInt ? value.AsInt().value_or(0) : 0;
}

}  // namespace

FakeServer::FakeServer(io::Loop& loop, uint16_t port) : loop_(loop), port_(port) { Listen(true); }

FakeServer::~FakeServer() {
  Listen(false);
  DropAll();
}

void FakeServer::Listen(bool on) {
  if (!on) {
    if (listener_ >= 0) {
      loop_.Unwatch(listener_);
      close(listener_);
    }
    listener_ = -1;
    return;
  }
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int reuse = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  PARLEY_CHECK(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  PARLEY_CHECK(listen(listener_, 16) == 0);
  socklen_t size = sizeof address;
  PARLEY_CHECK(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
  loop_.Watch(listener_, io::kReadable, [this](uint32_t) { Accept(); });
}

void FakeServer::Accept() {
  const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  auto session = std::make_unique<Session>();
  session->fd = fd;
  sessions_[fd] = std::move(session);
  loop_.Watch(fd, io::kReadable, [this, fd](uint32_t) { Receive(fd); });
}

void FakeServer::Drop(int fd) {
  if (sessions_.erase(fd) == 0) return;
  loop_.Unwatch(fd);
  close(fd);
}

void FakeServer::DropAll() {
  while (!sessions_.empty()) Drop(sessions_.begin()->first);
}

void FakeServer::Receive(int fd) {
  Session& session = *sessions_.at(fd);
  char bytes[4096];
  const ssize_t n = recv(fd, bytes, sizeof bytes, 0);
  if (n <= 0) return Drop(fd);
  session.in.append(bytes, static_cast<size_t>(n));
  schema::Parser parser;
  for (;;) {
    schema::Framer framer(limits::kRequestBytesMax, limits::kDepthMax);
    if (session.in.empty() || framer.Scan(session.in) != schema::Framer::State::kComplete) return;
    const std::string message = session.in.substr(0, framer.size());
    session.in.erase(0, framer.size());
    Handle(session, schema::ParseRpc(parser, message, limits::kDepthMax));
    if (!sessions_.contains(fd)) return;
  }
}

void FakeServer::Handle(Session& session, const schema::RpcMessage& request) {
  const std::string method(request.method);
  asked.push_back(method);
  std::string out;
  if (const auto refused = refuse_.find(method); refused != refuse_.end()) {
    schema::AppendErrorResponse(out, request.msgid, refused->second);
    refuse_.erase(refused);
    return Write(session, out);
  }
  const Result<std::string> result = Answer(session, method, request.arguments);
  if (request.kind == schema::RpcKind::kNotification) return;
  if (const auto lost = lose_.find(method); lost != lose_.end()) {
    lose_.erase(lost);
    return Drop(session.fd);
  }
  if (result) {
    schema::AppendResponse(out, request.msgid, *result);
  } else {
    schema::AppendErrorResponse(out, request.msgid, result.error());
  }
  Write(session, out);
}

Result<std::string> FakeServer::Answer(Session& session, std::string_view method, const schema::Value& arguments) {
  if (method == "session.hello" || method == "session.ping" || method == "message.typing") return std::string();
  if (method == "user.register") {
    if (passwords_.contains(TextOf(arguments, "user"))) return Fail(Code::kExists, "user: that name is taken");
    passwords_[TextOf(arguments, "user")] = TextOf(arguments, "password");
    return Arguments().Text("user", TextOf(arguments, "user")).Encoded();
  }
  if (method == "user.login") {
    const auto it = passwords_.find(TextOf(arguments, "user"));
    if (it == passwords_.end() || it->second != TextOf(arguments, "password")) {
      return Fail(Code::kUnauthenticated, "wrong user or password");
    }
    return LogIn(session, it->first);
  }
  if (method == "user.resume") {
    const std::string token = TextOf(arguments, "token");
    const std::string user = token.substr(0, token.find(':'));
    if (token != user + ":token" || !passwords_.contains(user)) return Fail(Code::kUnauthenticated, "token: not valid");
    return LogIn(session, user);
  }
  if (session.user.empty()) return Fail(Code::kUnauthenticated, "log in first");
  if (const auto more = methods.find(std::string(method)); more != methods.end()) return more->second(arguments);
  if (method == "message.send") return SendMessage(session, arguments);
  if (method == "message.history") return History(session, arguments);
  if (method == "message.sync") {
    Listing listing;
    for (const auto& [conversation, log] : logs_) {
      const int64_t floor = FloorOf(session.user, conversation);
      const auto head = static_cast<int64_t>(log.size());
      if (floor > 0) listing.conversations.push_back({Conversation::Must(conversation), head, floor, 0, 0, head});
    }
    return schema::Encode(listing);
  }
  return Fail(Code::kUnsupported, "no such method");
}

Result<std::string> FakeServer::LogIn(Session& session, const std::string& user) {
  session.user = user;
  return schema::Encode(LoggedIn{UserHandle::Must(user), user + ":token", "1", "user"});
}

int64_t FakeServer::FloorOf(const std::string& user, const std::string& conversation) const {
  const Conversation parsed = Conversation::Must(conversation);
  if (parsed.is_direct()) return parsed.Has(UserHandle::Must(user)) ? 1 : 0;
  const auto group = floors_.find(conversation);
  if (group == floors_.end()) return 0;
  const auto member = group->second.find(user);
  return member == group->second.end() ? 0 : member->second;
}

Record& FakeServer::AppendIn(const Conversation& conversation, const std::string& from) {
  std::vector<Record>& log = logs_[conversation.text()];
  Record record;
  record.conversation = conversation;
  record.seq = static_cast<int64_t>(log.size()) + 1;
  record.from = UserHandle::Must(from);
  record.time_ms = 1'700'000'000'000 + record.seq;
  record.kind = "text";
  return log.emplace_back(record);
}

Record& FakeServer::Append(const std::string& from, const std::string& to, const std::string& body,
                           const std::string& id) {
  Record& record = AppendIn(Conversation::Between(UserHandle::Must(from), Address::Must(to)), from);
  record.body = body;
  record.id = id;
  return record;
}

void FakeServer::SayIn(const std::string& group, const std::string& from, const std::string& body) {
  const Record record = Append(from, group, body, "");
  if (pushes) Push(record, nullptr);
}

void FakeServer::Happen(const std::string& group, const std::string& event, const std::string& from,
                        const std::string& user) {
  Record& appended = AppendIn(Conversation::Must(group), from);
  appended.kind = "system";
  appended.event = event;
  if (!user.empty()) appended.user = UserHandle::Must(user);
  const Record record = appended;
  const std::string& whom = user.empty() ? from : user;
  if (event == "created" || event == "joined") floors_[group][whom] = record.seq;
  if (pushes) Push(record, nullptr);
  if (event == "left" || event == "kicked") floors_[group].erase(whom);
  if (event == "dissolved") floors_.erase(group);
}

Result<std::string> FakeServer::SendMessage(const Session& session, const schema::Value& arguments) {
  const std::string id = TextOf(arguments, "id");
  if (id.empty()) return Fail(Code::kBadRequest, "id: missing");
  if (const auto known = sent_.find(id); known != sent_.end()) return known->second;
  const Record& record = Append(session.user, TextOf(arguments, "to"), TextOf(arguments, "body"), id);
  Push(record, &session);
  return sent_[id] = schema::Encode(Sent{record.conversation, record.seq, record.time_ms});
}

Result<std::string> FakeServer::History(const Session& session, const schema::Value& arguments) {
  const std::string conversation = TextOf(arguments, "conversation");
  const int64_t floor = FloorOf(session.user, conversation);
  if (floor == 0) return Fail(Code::kNotFound, "conversation: no such one");
  const std::vector<Record>& log = logs_[conversation];
  const auto after = static_cast<size_t>(std::max(IntOf(arguments, "after"), floor - 1));
  constexpr size_t kPage = 3;  // shorter than asked for, as a server may
  std::string list;
  schema::Writer writer(list);
  const size_t end = std::min(log.size(), after + kPage);
  writer.List(end > after ? end - after : 0);
  for (size_t i = after; i < end; ++i) schema::EncodeTo(list, log[i]);
  std::string out;
  schema::Writer page(out);
  page.Map(4);
  page.Text("head");
  page.Int(static_cast<int64_t>(log.size()));
  page.Text("floor");
  page.Int(floor);
  page.Text("more");
  page.Bool(end < log.size());
  page.Text("messages");
  page.Raw(list);
  return out;
}

void FakeServer::Say(const std::string& from, const std::string& to, const std::string& body) {
  const Record record = Append(from, to, body, "");
  if (pushes) Push(record, nullptr);
}

void FakeServer::Push(const Record& record, const Session* except) {
  const std::string encoded = schema::Encode(record);
  schema::Parser parser;
  const std::string arguments = Arguments(parser.Parse(encoded).value()).Int("head", record.seq).Encoded();
  std::string out;
  schema::AppendNotification(out, "message.new", arguments);
  for (const auto& [fd, session] : sessions_) {
    if (session.get() == except || session->user.empty()) continue;
    if (FloorOf(session->user, record.conversation.text()) > 0) Write(*session, out);
  }
}

void FakeServer::PushToAll(std::string_view method, const std::string& arguments) {
  std::string out;
  schema::AppendNotification(out, method, arguments);
  for (const auto& [fd, session] : sessions_) Write(*session, out);
}

// Tests send little: it always fits the socket's buffer.
void FakeServer::Write(Session& session, const std::string& bytes) {
  PARLEY_CHECK(send(session.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
}

int FakeServer::CountOf(const std::string& method) const {
  return static_cast<int>(std::count(asked.begin(), asked.end(), method));
}

}  // namespace parley::client
