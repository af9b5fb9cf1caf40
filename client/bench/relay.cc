#include "client/bench/relay.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <vector>

#include "common/base/check.h"

namespace parley::bench {
namespace {

constexpr int kEvents = 512;
constexpr size_t kReadBytes = 64 * 1024;

// For ever. No state but who is whose partner.
[[noreturn]] void Serve(int listener) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  PARLEY_CHECK(epoll >= 0);
  const auto watch = [&](int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    PARLEY_CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);
  };
  watch(listener);
  std::vector<int> partners;  // by descriptor; -1: nobody yet
  int alone = -1;
  std::array<epoll_event, kEvents> events;
  std::array<char, kReadBytes> bytes;
  for (;;) {
    const int count = epoll_wait(epoll, events.data(), kEvents, -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<size_t>(i)].data.fd;
      if (fd == listener) {
        const int client = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (client < 0) continue;
        const int one = 1;
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        partners.resize(std::max(partners.size(), static_cast<size_t>(client) + 1), -1);
        partners[static_cast<size_t>(client)] = alone;
        if (alone >= 0) partners[static_cast<size_t>(alone)] = client;
        alone = alone < 0 ? client : -1;
        watch(client);
        continue;
      }
      const ssize_t size = recv(fd, bytes.data(), bytes.size(), 0);
      const int partner = partners[static_cast<size_t>(fd)];
      if (size > 0 && partner >= 0) {
        [[maybe_unused]] const ssize_t sent = send(partner, bytes.data(), static_cast<size_t>(size), MSG_NOSIGNAL);
      } else if (size == 0) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, fd, nullptr);
      }
    }
  }
}

}  // namespace

Result<Relay> Relay::Start(int core) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), size) != 0 || listen(listener, SOMAXCONN) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    close(listener);
    return Fail(Code::kUnavailable, "Cannot listen on 127.0.0.1.");
  }
  const pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "relay");
    if (core >= 0) {
      cpu_set_t cores;
      CPU_ZERO(&cores);
      CPU_SET(static_cast<size_t>(core), &cores);
      sched_setaffinity(0, sizeof cores, &cores);
    }
    Serve(listener);
  }
  close(listener);
  if (pid < 0) return Fail(Code::kUnavailable, "Cannot start another process.");
  return Relay(pid, ntohs(address.sin_port));
}

Relay::~Relay() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

}  // namespace parley::bench
