// What every kind of load begins with: checks, accounts, and logged-in connections.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client/bench/accounts.h"
#include "client/bench/opening.h"
#include "client/bench/processes.h"
#include "client/bench/report.h"
#include "client/bench/runs.h"
#include "common/io/loop.h"

namespace parley::bench {

// Where the load goes, and as whom.
struct Site {
  client::SocketAddress server;
  std::vector<pid_t> pids;
  std::unique_ptr<Accounts> accounts;
};

// Checks the options and that so many connections can be opened at all.
[[nodiscard]] Result<Site> Prepare(const RunOptions& run, size_t connections);

struct Opened {
  std::vector<int> fds;  // in the order of the accounts
  OpeningCounts counts;
  double seconds = 0;
};
enum class Then : uint8_t { kStay, kClose };
// Logs in one connection for each of `accounts`, and keeps their tokens. With kClose each is closed as soon as it is
// logged in, and the descriptors are of no use.
[[nodiscard]] Result<Opened> OpenAll(io::Loop& loop, Site& site, const RunOptions& run, std::vector<Account> accounts,
                                     Then then = Then::kStay);
void ReportOpened(Report& report, const Opened& opened);
// Accounts and sessions cost the server work that is not what is measured: makes those that there are not yet.
[[nodiscard]] Result<void> MakeSessions(io::Loop& loop, Site& site, const RunOptions& run,
                                        std::vector<Account> accounts, Report& report);

// Says why the run ends here, and returns its exit code.
[[nodiscard]] int Failed(std::string_view why);

[[nodiscard]] double SecondsNow();
void TurnFor(io::Loop& loop, double seconds);
// Until then, or until `stop` is set.
void TurnFor(io::Loop& loop, double seconds, const bool& stop);

}  // namespace parley::bench
