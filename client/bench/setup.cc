#include "client/bench/setup.h"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

#include "common/base/options.h"

namespace parley::bench {
namespace {

constexpr uint64_t kOtherFiles = 32;

std::string StandardTokenFile(const client::Endpoint& server) {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  const std::string folder =
      cache != nullptr && *cache != '\0' ? cache : std::string(home != nullptr ? home : ".") + "/.cache";
  return fmt::format("{}/parley/bench-{}-{}.tokens", folder, server.host, server.port);
}

}  // namespace

double SecondsNow() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

void TurnFor(io::Loop& loop, double seconds) { TurnFor(loop, seconds, false); }

void TurnFor(io::Loop& loop, double seconds, const bool& stop) {
  bool over = false;
  loop.After(static_cast<int64_t>(seconds * 1000), [&over] { over = true; });
  while (!over && !stop) loop.Turn(-1);
}

Result<Site> Prepare(const RunOptions& run, size_t connections) {
  Site site;
  TRY_ASSIGN(const client::Endpoint server, client::Endpoint::Parse(run.server));
  TRY_ASSIGN(const std::vector<client::SocketAddress> addresses, client::Resolve(server));
  site.server = addresses[0];
  TRY_ASSIGN(site.pids, ParsePids(run.pids));
  if (const auto problem = CheckOpenFiles(connections + kOtherFiles)) return Fail(Code::kLimit, *problem);
  site.accounts = std::make_unique<Accounts>(run.users, run.tokens.empty() ? StandardTokenFile(server) : run.tokens);
  return site;
}

Result<Opened> OpenAll(io::Loop& loop, Site& site, const RunOptions& run, std::vector<Account> accounts, Then then) {
  Opened opened;
  opened.fds.resize(accounts.size(), -1);
  const double began = SecondsNow();
  Openings openings(loop, site.server, *site.accounts, std::move(accounts), run.logins_at_once,
                    [&](size_t index, int fd) {
                      opened.fds[index] = fd;
                      if (then == Then::kClose) close(fd);
                    });
  openings.Start();
  double said = began;
  while (!openings.done()) {
    loop.Turn(1000);
    if (SecondsNow() - said < 5) continue;
    said = SecondsNow();
    fmt::print(stderr, "{} of {} logged in …\n", openings.opened(), opened.fds.size());
  }
  opened.seconds = SecondsNow() - began;
  opened.counts = openings.counts();
  // Also when it failed: what was made is there next time.
  TRY(site.accounts->Save());
  if (openings.failed()) return Fail(Code::kUnavailable, openings.problem());
  return opened;
}

void ReportOpened(Report& report, const Opened& opened) {
  report.Add("connections", uint64_t{opened.fds.size()},
             fmt::format("connections         {}: {} resumed, {} logged in, {} users registered, in {:.1f} s",
                         opened.fds.size(), opened.counts.resumed, opened.counts.logged_in, opened.counts.registered,
                         opened.seconds));
  report.Add("login_seconds", opened.seconds, "");
}

Result<void> MakeSessions(io::Loop& loop, Site& site, const RunOptions& run, std::vector<Account> accounts,
                          Report& report) {
  const bool known =
      std::ranges::all_of(accounts, [&](const Account& account) { return !site.accounts->TokenOf(account).empty(); });
  if (known) return {};
  TRY_ASSIGN(const Opened opened, OpenAll(loop, site, run, std::move(accounts), Then::kClose));
  report.Say(fmt::format("sessions            {} made in {:.1f} s", opened.fds.size(), opened.seconds));
  return {};
}

int Failed(std::string_view why) {
  fmt::print(stderr, "parley-bench: {}\n", why);
  return kExitFailed;
}

}  // namespace parley::bench
