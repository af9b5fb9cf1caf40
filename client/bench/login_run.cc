#include <spdlog/fmt/fmt.h>

#include "client/bench/runs.h"
#include "client/bench/setup.h"
#include "common/base/ids.h"
#include "common/base/options.h"

namespace parley::bench {

// Users that nobody knows yet register, log in, and resume: what a burst of newcomers costs.
int RunLogin(const RunOptions& run, const LoginOptions& options) {
  io::Loop loop;
  Report report(run.json);
  RunOptions fresh = run;
  fresh.users = run.users + "-" + RandomHex(4);
  Result<Site> site = Prepare(fresh, options.connections);
  if (!site) return Failed(site.error().message);
  // A token of a user that is never seen again is of no use.
  site->accounts = std::make_unique<Accounts>(fresh.users, "/dev/null");

  std::vector<Account> accounts;
  for (size_t i = 0; i < options.connections; ++i) accounts.push_back(site->accounts->Of(i, 0));
  const Result<std::vector<ProcessUse>> before = ReadProcesses(site->pids);
  if (!before) return Failed(before.error().message);
  for (const std::string_view round : {"register", "resume"}) {
    const Result<Opened> opened = OpenAll(loop, *site, fresh, accounts, Then::kClose);
    if (!opened) return Failed(opened.error().message);
    const double rate = static_cast<double>(options.connections) / opened->seconds;
    const bool first = round == "register";
    report.Add(first ? "register_and_login_per_second" : "resume_per_second", rate,
               fmt::format("{:<20}{:.0f}/s ({} in {:.1f} s)", first ? "register and log in" : "resume", rate,
                           options.connections, opened->seconds));
  }
  const Result<std::vector<ProcessUse>> after = ReadProcesses(site->pids);
  if (!after) return Failed(after.error().message);
  double cpu_s = 0;
  for (const ProcessUse& each : Since(*after, *before)) cpu_s += each.cpu_s;
  if (!site->pids.empty()) {
    const double ms = cpu_s * 1000 / static_cast<double>(options.connections);
    report.Add("server_cpu_ms", ms, fmt::format("server processor    {:.2f} ms per user", ms));
  }
  report.Finish();
  return kExitOk;
}

}  // namespace parley::bench
