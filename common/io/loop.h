// The event loop of a process: one thread, file descriptors, timers, signals, and work posted by other threads.
//
// A turn: wait for something to be ready, call its handlers, call the timers that are due, then the turn-end hooks.
// Turn-end hooks are where what was gathered during the turn leaves in batches.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "common/base/now.h"

namespace parley::io {

// What a descriptor is ready for; a bit set.
enum Ready : uint32_t { kReadable = 1, kWritable = 2, kHangUp = 4 };

// Called when a watched descriptor is ready. An interface rather than a closure, so that a hundred thousand connections
// cost no allocation of their own.
class Watcher {
 public:
  virtual void OnReady(uint32_t ready) = 0;

 protected:
  ~Watcher() = default;
};

using TimerId = uint64_t;  // 0: none

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Runs turns until Stop(). Every other method but Post() is for the loop's own thread.
  void Run();
  // One turn that waits at most `wait_ms` (-1: for ever).
  void Turn(int wait_ms);
  void Stop() { stopped_ = true; }

  // Level-triggered. `watcher` must stay until Unwatch; unwatching inside a handler is allowed, also for others.
  void Watch(int fd, uint32_t interest, Watcher* watcher);
  void Rewatch(int fd, uint32_t interest, Watcher* watcher);
  void Unwatch(int fd, Watcher* watcher);
  // For the few descriptors where a closure is simpler. Owned by the loop until Unwatch(fd).
  void Watch(int fd, uint32_t interest, std::function<void(uint32_t)> handler);
  void Unwatch(int fd);

  TimerId After(int64_t ms, std::function<void()> handler);
  // First after `ms`, then every `ms`, until cancelled.
  TimerId Every(int64_t ms, std::function<void()> handler);
  void Cancel(TimerId timer);

  // At the end of every turn, in the order of their adding, for as long as the loop lives.
  void AtTurnEnd(std::function<void()> hook);
  // Makes the next wait return at once: for work left over for the next turn.
  void DoNotWait() { do_not_wait_ = true; }

  // From any thread: `work` runs on the loop's thread in its next turn.
  void Post(std::function<void()> work);

  // `handler(signal)` for each of `signals`, on the loop's thread. Call before any other thread is started: the
  // signals are blocked in all of them, which also keeps EINTR away from ZeroMQ's threads.
  void OnSignals(std::initializer_list<int> signals, std::function<void(int)> handler);

  // As read at the start of the turn.
  [[nodiscard]] const Now& now() const { return now_; }

 private:
  struct Timer {
    int64_t due_ms;
    TimerId id;
    bool operator>(const Timer& other) const { return std::tie(due_ms, id) > std::tie(other.due_ms, other.id); }
  };
  struct TimerWork {
    std::function<void()> handler;
    int64_t every_ms;  // 0: once
  };
  class FunctionWatcher;

  void RunTimers();
  void RunPosted();
  [[nodiscard]] int WaitMs(int wait_ms) const;

  int epoll_fd_ = -1;
  int wake_fd_ = -1;
  bool stopped_ = false;
  bool do_not_wait_ = false;
  Now now_;

  std::vector<std::pair<Watcher*, uint32_t>> ready_;  // this turn's; an unwatched one is nulled
  std::unordered_map<int, std::unique_ptr<FunctionWatcher>> functions_;
  std::vector<std::unique_ptr<FunctionWatcher>> retired_;  // freed at the end of the turn

  std::vector<Timer> timers_;  // a heap; cancelled ones have no work
  std::unordered_map<TimerId, TimerWork> timer_work_;
  TimerId last_timer_ = 0;

  std::vector<std::function<void()>> hooks_;

  std::mutex posted_mutex_;
  std::vector<std::function<void()>> posted_;
};

}  // namespace parley::io
