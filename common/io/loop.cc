#include "common/io/loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "common/base/check.h"

namespace parley::io {
namespace {

constexpr int kEventsPerTurn = 512;

uint32_t EpollMask(uint32_t interest) {
  return ((interest & kReadable) ? EPOLLIN | EPOLLRDHUP : 0U) | ((interest & kWritable) ? EPOLLOUT : 0U);
}

uint32_t ReadyOf(uint32_t events) {
  return ((events & (EPOLLIN | EPOLLRDHUP)) ? kReadable : 0U) | ((events & EPOLLOUT) ? kWritable : 0U) |
         ((events & (EPOLLERR | EPOLLHUP)) ? kHangUp : 0U);
}

}  // namespace

class Loop::FunctionWatcher final : public Watcher {
 public:
  explicit FunctionWatcher(std::function<void(uint32_t)> handler) : handler_(std::move(handler)) {}
  void OnReady(uint32_t ready) override { handler_(ready); }

 private:
  std::function<void(uint32_t)> handler_;
};

Loop::Loop() : epoll_fd_(epoll_create1(EPOLL_CLOEXEC)), wake_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  PARLEY_CHECK(epoll_fd_ >= 0 && wake_fd_ >= 0);
  now_ = ReadClocks();
  Watch(wake_fd_, kReadable, [this](uint32_t) {
    uint64_t count = 0;
    [[maybe_unused]] const ssize_t n = read(wake_fd_, &count, sizeof count);
  });
}

Loop::~Loop() {
  close(wake_fd_);
  close(epoll_fd_);
}

void Loop::Run() {
  while (!stopped_) Turn(-1);
}

int Loop::WaitMs(int wait_ms) const {
  if (do_not_wait_) return 0;
  if (timers_.empty()) return wait_ms;
  const int64_t until = std::clamp<int64_t>(timers_.front().due_ms - ReadClocks().mono_ms, 0, 3'600'000);
  return wait_ms < 0 ? static_cast<int>(until) : static_cast<int>(std::min<int64_t>(until, wait_ms));
}

void Loop::Turn(int wait_ms) {
  std::array<epoll_event, kEventsPerTurn> events;
  const int wait = WaitMs(wait_ms);
  do_not_wait_ = false;
  const int count = epoll_wait(epoll_fd_, events.data(), kEventsPerTurn, wait);
  PARLEY_CHECK(count >= 0 || errno == EINTR);
  now_ = ReadClocks();
  ready_.clear();
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<size_t>(i)];
    ready_.emplace_back(static_cast<Watcher*>(event.data.ptr), ReadyOf(event.events));
  }
  // By index: a handler may unwatch another that is ready in this same turn, which then is null.
  for (size_t i = 0; i < ready_.size(); ++i) {
    if (ready_[i].first != nullptr) ready_[i].first->OnReady(ready_[i].second);
  }
  ready_.clear();
  RunPosted();
  RunTimers();
  for (const auto& hook : hooks_) hook();
  retired_.clear();
}

void Loop::Watch(int fd, uint32_t interest, Watcher* watcher) {
  epoll_event event{};
  event.events = EpollMask(interest);
  event.data.ptr = watcher;
  PARLEY_CHECK(epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) == 0);
}

void Loop::Rewatch(int fd, uint32_t interest, Watcher* watcher) {
  epoll_event event{};
  event.events = EpollMask(interest);
  event.data.ptr = watcher;
  PARLEY_CHECK(epoll_ctl(epoll_fd_, EPOLL_CTL_MOD, fd, &event) == 0);
}

void Loop::Unwatch(int fd, Watcher* watcher) {
  epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr);
  for (auto& [ready, mask] : ready_) {
    if (ready == watcher) ready = nullptr;
  }
}

void Loop::Watch(int fd, uint32_t interest, std::function<void(uint32_t)> handler) {
  auto watcher = std::make_unique<FunctionWatcher>(std::move(handler));
  Watch(fd, interest, watcher.get());
  PARLEY_CHECK(functions_.emplace(fd, std::move(watcher)).second);
}

void Loop::Unwatch(int fd) {
  const auto it = functions_.find(fd);
  if (it == functions_.end()) return;
  Unwatch(fd, it->second.get());
  retired_.push_back(std::move(it->second));  // it may be running
  functions_.erase(it);
}

TimerId Loop::After(int64_t ms, std::function<void()> handler) {
  const TimerId id = ++last_timer_;
  timer_work_.emplace(id, TimerWork{std::move(handler), 0});
  timers_.push_back({now_.mono_ms + ms, id});
  std::push_heap(timers_.begin(), timers_.end(), std::greater<>());
  return id;
}

TimerId Loop::Every(int64_t ms, std::function<void()> handler) {
  PARLEY_CHECK(ms > 0);
  const TimerId id = After(ms, std::move(handler));
  timer_work_[id].every_ms = ms;
  return id;
}

void Loop::Cancel(TimerId timer) { timer_work_.erase(timer); }

void Loop::RunTimers() {
  while (!timers_.empty() && timers_.front().due_ms <= now_.mono_ms) {
    std::pop_heap(timers_.begin(), timers_.end(), std::greater<>());
    const TimerId id = timers_.back().id;
    timers_.pop_back();
    const auto it = timer_work_.find(id);
    if (it == timer_work_.end()) continue;
    if (it->second.every_ms > 0) {
      timers_.push_back({now_.mono_ms + it->second.every_ms, id});
      std::push_heap(timers_.begin(), timers_.end(), std::greater<>());
      const std::function<void()> handler = it->second.handler;  // it may cancel itself
      handler();
    } else {
      const std::function<void()> handler = std::move(it->second.handler);
      timer_work_.erase(it);
      handler();
    }
  }
}

void Loop::AtTurnEnd(std::function<void()> hook) { hooks_.push_back(std::move(hook)); }

void Loop::Post(std::function<void()> work) {
  {
    const std::lock_guard lock(posted_mutex_);
    posted_.push_back(std::move(work));
    if (posted_.size() > 1) return;  // the wake-up is on its way
  }
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = write(wake_fd_, &one, sizeof one);
}

void Loop::RunPosted() {
  std::vector<std::function<void()>> posted;
  {
    const std::lock_guard lock(posted_mutex_);
    posted.swap(posted_);
  }
  for (const auto& work : posted) work();
}

void Loop::OnSignals(std::initializer_list<int> signals, std::function<void(int)> handler) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  PARLEY_CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  const int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  PARLEY_CHECK(fd >= 0);
  Watch(fd, kReadable, [fd, handler = std::move(handler)](uint32_t) {
    signalfd_siginfo info{};
    while (read(fd, &info, sizeof info) == sizeof info) handler(static_cast<int>(info.ssi_signo));
  });
}

}  // namespace parley::io
