#include "client/pollable.h"

#include <sys/epoll.h>
#include <unistd.h>

namespace parley::client {

// The kernel alone knows: epoll refuses what can never make it wait.
bool Pollable(int fd) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  const bool pollable = epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
  close(epoll);
  return pollable;
}

}  // namespace parley::client
