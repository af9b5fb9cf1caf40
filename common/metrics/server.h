// Serves /metrics, /healthz and /readyz of this process, from a thread of its own: whatever comes in there, the main
// loop does no more than put figures together when one is scraped, and note at the end of a turn that it turned.
//
// Bounds: kConnectionsMax connections, of which the oldest goes when another comes; each is over after kConnectionMs.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/base/result.h"
#include "common/io/loop.h"
#include "common/metrics/exposition.h"

namespace parley::metrics {

inline constexpr size_t kConnectionsMax = 32;
inline constexpr int64_t kConnectionMs = 5'000;
// A main loop that tells its figures later than this is left out of the page.
inline constexpr int64_t kCollectMs = 2'000;

// What is served of whom.
struct Subject {
  std::string module;  // or bus, or frontend
  std::string node;
  std::string data;  // the folder of its store; empty: none
  uint64_t disk_reserve_bytes = 0;
  // Both on the main loop's thread. At each scrape: adds what the process counts.
  std::function<void(Exposition&)> report;
  // At the end of each turn: why the process takes no work, as a sentence; empty: it does.
  std::function<std::string()> not_ready;
};

class Server {
 public:
  // Call on the main loop's thread, after Loop::OnSignals and after what else has hooks at the turn's end: this one
  // comes last. `address`: HOST:PORT, with an IPv6 host in brackets and port 0 for one that the kernel chooses. Null
  // where it is empty: nothing is served. The error is a sentence.
  static Result<std::unique_ptr<Server>> Start(io::Loop& main_loop, const std::string& address, Subject subject);
  // Also on the main loop's thread.
  ~Server();

  // HOST:PORT, with the port in use.
  [[nodiscard]] const std::string& address() const;

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace parley::metrics
