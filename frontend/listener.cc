#include "frontend/listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/base/log.h"

namespace parley::frontend {
namespace {

constexpr int kBacklog = 4096;
// Between two looks at the clients who are connected already.
constexpr int kAcceptsPerTurn = 64;
constexpr int64_t kPauseMs = 1'000;
constexpr int kKeepAliveIdleS = 120, kKeepAliveEveryS = 30, kKeepAliveTries = 4;

// Accepted sockets inherit these.
void SetOptions(int fd) {
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &kKeepAliveIdleS, sizeof kKeepAliveIdleS);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &kKeepAliveEveryS, sizeof kKeepAliveEveryS);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &kKeepAliveTries, sizeof kKeepAliveTries);
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::Bind(io::Loop& loop, const std::string& address, OnClient on_client) {
  const size_t colon = address.rfind(':');
  std::string host = colon == std::string::npos ? "" : address.substr(0, colon);
  const std::string port = colon == std::string::npos ? "" : address.substr(colon + 1);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (host.empty() || port.empty()) {
    return Fail(Code::kBadRequest, "Cannot listen on '" + address + "': give HOST:PORT, such as 127.0.0.1:7000.");
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int failed = getaddrinfo(host.c_str(), port.c_str(), &hints, &found); failed != 0) {
    return Fail(Code::kBadRequest, "Cannot listen on '" + address + "': " + gai_strerror(failed) + ".");
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return Fail(Code::kBadRequest, std::string("Cannot open a socket: ") + std::strerror(errno) + ".");
  SetOptions(fd);
  if (bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, kBacklog) != 0) {
    const int error = errno;
    close(fd);
    if (error == EADDRINUSE) {
      return Fail(Code::kExists,
                  "The address " + address + " is in use by another program: choose another with --listen.");
    }
    return Fail(Code::kBadRequest, "Cannot listen on " + address + ": " + std::strerror(error) + ".");
  }
  return std::unique_ptr<Listener>(new Listener(loop, fd, std::move(on_client)));
}

Listener::Listener(io::Loop& loop, int fd, OnClient on_client)
    : loop_(loop), fd_(fd), on_client_(std::move(on_client)) {
  loop_.Watch(fd_, io::kReadable, this);
}

Listener::~Listener() {
  if (resume_ != 0) loop_.Cancel(resume_);
  loop_.Unwatch(fd_, this);
  close(fd_);
}

std::string Listener::address() const {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (getsockname(fd_, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return "?";
  // The port is at the same place in both families.
  const int port = ntohs(reinterpret_cast<const sockaddr_in&>(bound).sin_port);
  const std::string host = IpAddress::Of(bound).text();
  return (bound.ss_family == AF_INET6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

void Listener::OnReady(uint32_t) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    if (!AcceptOne()) return;
  }
}

void Listener::AcceptAll() {
  for (int i = 0; i < kBacklog && AcceptOne(); ++i) {
  }
}

bool Listener::AcceptOne() {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  const int fd = accept4(fd_, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) {
    on_client_(fd, IpAddress::Of(peer));
    return true;
  }
  if (errno == ECONNABORTED || errno == EINTR) return true;
  if (errno != EAGAIN) {
    LogWarn("Cannot accept a client, and pause accepting for {} ms: {}. Raise the limit of open files if it is that.",
            kPauseMs, std::strerror(errno));
    PauseFor(kPauseMs);
  }
  return false;
}

// Whoever waits stays ready, and the loop would spin.
void Listener::PauseFor(int64_t ms) {
  if (resume_ != 0) return;
  loop_.Rewatch(fd_, 0, this);
  resume_ = loop_.After(ms, [this] {
    resume_ = 0;
    loop_.Rewatch(fd_, io::kReadable, this);
  });
}

}  // namespace parley::frontend
