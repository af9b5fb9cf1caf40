// What the main loop lets other threads see of it: that it turns, and whether the process takes work.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

namespace parley::metrics {

class Pulse {
 public:
  // A main loop turns every 50 ms when it has nothing to do. One that did not for so long is stuck.
  static constexpr int64_t kStuckMs = 5'000;

  explicit Pulse(int64_t now_ms) : turned_ms_(now_ms) {}

  // The loop's thread, at the end of each turn. `not_ready`: why the process takes no work; empty: it does.
  void OnTurn(int64_t now_ms, const std::string& not_ready);

  // Any thread. Why it is not well, or not ready, as a sentence; empty: it is. A loop that is stuck is not ready
  // either.
  [[nodiscard]] std::string Sick(int64_t now_ms) const;
  [[nodiscard]] std::string NotReady(int64_t now_ms) const;
  [[nodiscard]] int64_t AgeMs(int64_t now_ms) const;

 private:
  std::atomic<int64_t> turned_ms_;
  std::string told_ = kStarting;  // of the loop's thread, which so asks for no lock when nothing has changed
  mutable std::mutex mutex_;
  std::string not_ready_ = kStarting;

  static constexpr const char* kStarting = "it is starting";
};

}  // namespace parley::metrics
