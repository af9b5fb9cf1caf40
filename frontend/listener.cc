#include "frontend/listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/base/log.h"
#include "common/io/tcp.h"

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
  const std::optional<io::HostPort> where = io::HostPort::Parse(address);
  if (!where) {
    return Fail(Code::kBadRequest, "Cannot listen on '" + address + "': give HOST:PORT, such as 127.0.0.1:7000.");
  }
  const Result<int> fd = io::ListenTcp(*where, kBacklog, SetOptions);
  if (!fd && fd.error().code == Code::kExists) {
    return Fail(Code::kExists,
                "The address " + address + " is in use by another program: choose another with --listen.");
  }
  if (!fd) return Fail(Code::kBadRequest, "Cannot listen on '" + address + "': " + fd.error().message + ".");
  return std::unique_ptr<Listener>(new Listener(loop, *fd, std::move(on_client)));
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

std::string Listener::address() const { return io::BoundAddress(fd_); }

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
