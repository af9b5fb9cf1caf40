#include "client/connection.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/base/log.h"

namespace parley::client {
namespace {

constexpr size_t kReadBytes = 64 * 1024;

std::string ErrnoText(int error) { return std::strerror(error); }

schema::Framer NewFramer() { return {Connection::kMessageBytesMax, 2 * limits::kDepthMax}; }

}  // namespace

Connection::~Connection() {
  ++life_;
  Release();
}

void Connection::Open(const Endpoint& endpoint) {
  Close();
  ++life_;
  state_ = State::kConnecting;
  server_ = endpoint.text();
  heard_ms_ = loop_.now().mono_ms;
  next_address_ = 0;
  addresses_.clear();
  // Failing is reported from the loop, so that callers see it at one place only.
  connect_timer_ = loop_.After(0, [this, endpoint] {
    connect_timer_ = 0;
    Result<std::vector<SocketAddress>> found = Resolve(endpoint);
    if (!found) return Drop(std::move(found).error());
    addresses_ = *std::move(found);
    TryNextAddress("");
  });
}

void Connection::TryNextAddress(std::string problem) {
  Release();
  while (next_address_ < addresses_.size()) {
    const SocketAddress& address = addresses_[next_address_++];
    fd_ = socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) {
      problem = ErrnoText(errno);
      continue;
    }
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd_, address.get(), address.size) == 0 || errno == EINPROGRESS) {
      interest_ = io::kWritable;
      loop_.Watch(fd_, interest_, this);
      connect_timer_ = loop_.After(kConnectMs, [this] {
        connect_timer_ = 0;
        TryNextAddress("no answer");
      });
      return;
    }
    problem = ErrnoText(errno);
    close(fd_);
    fd_ = -1;
  }
  Drop(Error{Code::kUnavailable, "cannot connect to " + server_ + ": " + problem, 0});
}

void Connection::FinishConnecting() {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return TryNextAddress(ErrnoText(error));
  loop_.Cancel(connect_timer_);
  connect_timer_ = 0;
  state_ = State::kConnected;
  heard_ms_ = loop_.now().mono_ms;
  framer_ = NewFramer();
  WatchFor(io::kReadable);
  listener_.OnConnected();
}

// Gives up the socket and its buffers.
void Connection::Release() {
  if (connect_timer_ != 0) loop_.Cancel(connect_timer_);
  connect_timer_ = 0;
  if (fd_ >= 0) {
    loop_.Unwatch(fd_, this);
    close(fd_);
    fd_ = -1;
  }
  in_.clear();
  out_.clear();
  sent_ = 0;
}

void Connection::Close() {
  if (state_ == State::kClosed) return;
  ++life_;
  state_ = State::kClosed;
  Release();
  const auto open = std::exchange(open_, {});
  for (const auto& [msgid, reply] : open) {
    reply(Fail(Code::kTimeout, "the connection was closed before the answer; the outcome is unknown"));
  }
}

void Connection::Drop(Error why) {
  Close();
  listener_.OnDisconnected(why);
}

void Connection::Call(std::string_view method, std::string_view arguments, Reply reply) {
  if (!connected()) return reply(Fail(Code::kUnavailable, "not connected to the server"));
  if (open_.size() >= limits::kInFlightMax || out_.size() - sent_ > kUnsentBytesMax) {
    return reply(Fail(Code::kOverloaded, "too many requests are open on this connection"));
  }
  const uint32_t msgid = ++last_msgid_;
  open_.emplace(msgid, std::move(reply));
  schema::AppendRequest(out_, msgid, method, arguments);
  Flush();
}

void Connection::Notify(std::string_view method, std::string_view arguments) {
  if (!connected() || out_.size() - sent_ > kUnsentBytesMax) return;
  schema::AppendNotification(out_, method, arguments);
  Flush();
}

// A failed write is left to the reading side, which then knows the server's last words.
void Connection::Flush() {
  while (sent_ < out_.size()) {
    const ssize_t n = send(fd_, out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      if (errno == EAGAIN) return WatchFor(io::kReadable | io::kWritable);
      out_.clear();
      sent_ = 0;
      return WatchFor(io::kReadable);
    }
    sent_ += static_cast<size_t>(n);
  }
  out_.clear();
  sent_ = 0;
  WatchFor(io::kReadable);
}

void Connection::WatchFor(uint32_t interest) {
  if (interest == interest_) return;
  interest_ = interest;
  loop_.Rewatch(fd_, interest, this);
}

void Connection::OnReady(uint32_t ready) {
  if (state_ == State::kConnecting) return FinishConnecting();
  const uint64_t life = life_;
  if ((ready & io::kWritable) != 0) Flush();
  if ((ready & (io::kReadable | io::kHangUp)) != 0 && life == life_) Receive();
}

void Connection::Receive() {
  const size_t before = in_.size();
  in_.resize(before + kReadBytes);
  const ssize_t n = recv(fd_, in_.data() + before, kReadBytes, 0);
  const int error = errno;
  in_.resize(before + (n > 0 ? static_cast<size_t>(n) : 0));
  if (n > 0) {
    heard_ms_ = loop_.now().mono_ms;
    return ReadMessages();
  }
  if (n < 0 && (error == EAGAIN || error == EINTR)) return;
  const std::string how = n == 0 ? "the server closed the connection" : "the connection broke: " + ErrnoText(error);
  Drop(Error{Code::kUnavailable, how, 0});
}

void Connection::ReadMessages() {
  const uint64_t life = life_;
  // Handlers may close the connection, which clears in_: the bytes being handled have to stay.
  std::string bytes = std::move(in_);
  in_.clear();
  std::string_view rest = bytes;
  while (rest.size() > framer_.size()) {
    const schema::Framer::State state = framer_.Scan(rest.substr(framer_.size()));
    if (state == schema::Framer::State::kNeedMore) break;
    if (state != schema::Framer::State::kComplete) {
      return Drop(Error{Code::kInternal, "the server sent what is not MessagePack, or too large", 0});
    }
    const std::string_view message = rest.substr(0, framer_.size());
    rest.remove_prefix(message.size());
    framer_ = NewFramer();
    Handle(message);
    if (life != life_) return;
  }
  bytes.erase(0, bytes.size() - rest.size());
  in_ = std::move(bytes);
}

void Connection::Handle(std::string_view bytes) {
  const schema::RpcMessage message = schema::ParseRpc(parser_, bytes, 2 * limits::kDepthMax);
  if (message.status == schema::RpcMessage::Status::kIgnored) return;
  if (message.status != schema::RpcMessage::Status::kGood || message.kind == schema::RpcKind::kRequest) {
    return Drop(Error{Code::kInternal, "the server sent an unexpected message: " + message.problem, 0});
  }
  if (message.kind == schema::RpcKind::kNotification) {
    return listener_.OnPush(message.method, message.arguments, message.params);
  }
  const auto it = open_.find(message.msgid);
  if (it == open_.end()) return LogWarn("The server answered a request that is not open msgid={}", message.msgid);
  const Reply reply = std::move(it->second);
  open_.erase(it);
  if (message.error.is_nil()) return reply(message.result);
  reply(Fail(schema::ErrorOf(message.error)));
}

}  // namespace parley::client
