// The chat load: users in pairs, each sends to its partner and waits for the acknowledgement before the next one.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client/bench/histogram.h"
#include "client/bench/ledger.h"
#include "client/bench/message.h"
#include "common/io/loop.h"

namespace parley::bench {

class Talker;

// What happened to all pairs so far.
struct ChatTotals {
  uint64_t acknowledged = 0;
  uint64_t received = 0;
  uint64_t delivered = 0;  // acknowledged and received by the partner
  uint64_t missing = 0;    // acknowledged and not received
  uint64_t unanswered = 0;
  uint64_t twice = 0;
  uint64_t disordered = 0;
  uint64_t disagreeing = 0;  // senders whose partner has not exactly what was promised
  uint64_t gaps = 0;         // conversations that are not dense
};

// On one loop; the hot path neither allocates nor parses more than it has to.
class ChatLoad {
 public:
  // `fds`: logged-in sockets, of which 2i and 2i+1 are partners; `users` their handles. Owns them.
  ChatLoad(io::Loop& loop, const std::vector<int>& fds, const std::vector<std::string>& users, size_t body_bytes,
           uint32_t in_flight);
  ~ChatLoad();

  void Start();
  // Nothing new is sent; what is open is still answered.
  void Finish() { finishing_ = true; }
  // Everything sent was answered, and everything acknowledged received.
  [[nodiscard]] bool quiet() const;

  [[nodiscard]] ChatTotals Count() const;
  Histogram& latencies() { return latencies_; }
  [[nodiscard]] const std::map<std::string, uint64_t>& errors() const { return errors_; }
  [[nodiscard]] uint64_t lost_connections() const { return lost_connections_; }

 private:
  friend class Talker;

  io::Loop& loop_;
  bool finishing_ = false;
  std::vector<std::unique_ptr<Talker>> talkers_;
  std::vector<char> scratch_in_, scratch_out_;
  Histogram latencies_;
  std::map<std::string, uint64_t> errors_;  // by code
  uint64_t lost_connections_ = 0;
};

}  // namespace parley::bench
