// Requests of the background lane take turns: a connection has few of them under way at a time, and the others wait
// here, so that whoever asks for many large pages at once has few of them made at once. Knows requests as bytes.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

namespace parley::frontend {

class Turns {
 public:
  static constexpr int kUnderWayMax = 4;  // of a connection

  struct Waiting {
    uint32_t ticket = 0;   // of the open request
    std::string envelope;  // encoded
    int64_t deadline_ms = 0;
  };

  // Lets a request of the session wait. What waits leaves in the order of its coming.
  void Wait(uint64_t session, Waiting waiting);
  // The next request of the session that may go now, if any; it is then under way until Done.
  std::optional<Waiting> Next(uint64_t session);
  void Done(uint64_t session);
  // The session is no more. Returns how many bytes it had waiting.
  size_t Forget(uint64_t session);
  // Takes out the requests whose time is over, and calls `each(session, waiting)` with them.
  template <class Each>
  void Expire(int64_t now_ms, Each&& each) {
    std::deque<std::pair<uint64_t, Waiting>> late;
    for (auto& [session, line] : lines_) {
      // All wait equally long, so the first is the first to be late.
      while (!line.waiting.empty() && line.waiting.front().deadline_ms <= now_ms) {
        late.emplace_back(session, std::move(line.waiting.front()));
        line.waiting.pop_front();
      }
    }
    for (const auto& [session, waiting] : late) {
      Tidy(session);
      each(session, waiting);
    }
  }

  // Sessions with anything under way or waiting.
  [[nodiscard]] size_t size() const { return lines_.size(); }

 private:
  struct Line {
    int under_way = 0;
    std::deque<Waiting> waiting;
  };
  void Tidy(uint64_t session);

  std::unordered_map<uint64_t, Line> lines_;
};

}  // namespace parley::frontend
