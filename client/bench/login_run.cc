#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "client/bench/runs.h"
#include "client/bench/setup.h"
#include "common/base/ids.h"
#include "common/base/options.h"

namespace parley::bench {
namespace {

// What a round's fifths in the middle saw: without the first ones, who find nobody before them, and the last, who leave
// most of the server idle.
double SteadyRate(const Opened& opened) {
  std::vector<double> at = opened.at;
  std::ranges::sort(at);
  const size_t from = at.size() / 5, to = at.size() - 1 - at.size() / 5;
  if (to <= from || at[to] <= at[from]) return static_cast<double>(at.size()) / opened.seconds;
  return static_cast<double>(to - from) / (at[to] - at[from]);
}

}  // namespace

// Users that nobody knows yet register, log in, and resume: what a burst of newcomers costs. With `known`, users that
// are there log in with their password.
int RunLogin(const RunOptions& run, const LoginOptions& options) {
  io::Loop loop;
  Report report(run.json);
  const auto failed = [](const Error& error) {
    fmt::print(stderr, "parley-bench: {}\n", error.message);
    return kExitFailed;
  };
  RunOptions who = run;
  if (!options.known) who.users = run.users + "-" + RandomHex(4);
  Result<Site> site = Prepare(who, options.connections);
  if (!site) return failed(site.error());
  // A token of a user that is never seen again is of no use, and who has one does not need a password.
  site->accounts = std::make_unique<Accounts>(who.users, "/dev/null");

  // A user's second session makes no account.
  std::vector<Account> accounts;
  for (size_t i = 0; i < options.connections; ++i) accounts.push_back(site->accounts->Of(i, options.known ? 1 : 0));
  const Result<std::vector<ProcessUse>> before = ReadProcesses(site->pids);
  if (!before) return failed(before.error());
  struct Round {
    std::string_view name, text;
  };
  std::vector<Round> rounds{{"register_and_login", "register and log in"}, {"resume", "resume"}};
  if (options.known) rounds = {{"login", "log in"}};
  for (const Round& round : rounds) {
    const Result<Opened> opened = OpenAll(loop, *site, who, accounts, Then::kClose);
    if (!opened) return failed(opened.error());
    const double rate = SteadyRate(*opened);
    report.Add(std::string(round.name) + "_per_second", rate,
               fmt::format("{:<20}{:.1f}/s ({} in {:.1f} s, the rate without the first and the last fifth)", round.text,
                           rate, options.connections, opened->seconds));
  }
  const Result<std::vector<ProcessUse>> after = ReadProcesses(site->pids);
  if (!after) return failed(after.error());
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
