// The group load: one group, of whose members some are online; a few of them write, each the next message once the last
// is acknowledged, and everybody online hears everything.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client/bench/histogram.h"
#include "client/bench/message.h"
#include "common/io/loop.h"

namespace parley::bench {

class Hearer;

// What happened to all of it so far.
struct GroupTotals {
  uint64_t acknowledged = 0;  // messages
  uint64_t heard = 0;         // deliveries: pushes of messages to members
  uint64_t missing = 0;       // of what was acknowledged, what a member neither heard nor wrote
  uint64_t twice = 0;
  uint64_t disordered = 0;
  uint64_t gaps = 0;  // members who do not have the conversation without a hole
  uint64_t unanswered = 0;
};

class GroupLoad {
 public:
  // `fds`: sockets of members who are logged in, of which the first `writers` write. Owns them.
  GroupLoad(io::Loop& loop, const std::vector<int>& fds, size_t writers, const std::string& group, size_t body_bytes,
            uint32_t in_flight);
  ~GroupLoad();

  void Start();
  // Nothing new is sent; what is open is still answered.
  void Finish() { finishing_ = true; }
  // Everything sent was answered, and everything acknowledged heard by everybody.
  [[nodiscard]] bool quiet() const;

  [[nodiscard]] GroupTotals Count() const;
  // Deliveries alone: cheap.
  [[nodiscard]] uint64_t heard() const { return heard_; }
  // From sending to the answer, and to a member's hearing it.
  Histogram& answer_latencies() { return answer_latencies_; }
  Histogram& hearing_latencies() { return hearing_latencies_; }
  [[nodiscard]] const std::map<std::string, uint64_t>& errors() const { return errors_; }
  [[nodiscard]] uint64_t lost_connections() const { return lost_connections_; }

 private:
  friend class Hearer;

  io::Loop& loop_;
  bool finishing_ = false;
  std::vector<std::unique_ptr<Hearer>> hearers_;
  std::function<void()> start_;
  std::vector<char> scratch_;
  uint64_t acknowledged_ = 0, heard_ = 0;
  Histogram answer_latencies_, hearing_latencies_;
  std::vector<int64_t> sent_ns_;            // by number modulo its size: when a message was sent
  std::map<std::string, uint64_t> errors_;  // by code
  uint64_t lost_connections_ = 0;
  uint32_t next_number_ = 0;
};

}  // namespace parley::bench
