#include <spdlog/fmt/fmt.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "client/bench/runs.h"
#include "client/bench/setup.h"
#include "client/pollable.h"
#include "common/base/limits.h"
#include "common/base/options.h"
#include "common/schema/rpc.h"

namespace parley::bench {
namespace {

constexpr double kSettleSeconds = 2;

// Reads and drops what the server sends, counts connections that end, and says something before the server would take
// silence for absence. No state for each connection but its descriptor.
class IdleCrowd {
 public:
  IdleCrowd(io::Loop& loop, const std::vector<int>& fds) : loop_(loop), fds_(fds) {
    for (size_t i = 0; i < fds_.size(); ++i) {
      loop_.Watch(fds_[i], io::kReadable, [this, i](uint32_t) { Read(i); });
    }
    schema::AppendRequest(ping_, 1'000'000, "session.ping", "");
    constexpr int64_t kRoundMs = limits::kIdleMs / 2, kStepMs = 1'000;
    const size_t step = fds_.size() * kStepMs / kRoundMs + 1;
    loop_.Every(kStepMs, [this, step] {
      for (size_t i = 0; i < step; ++i, ++next_ping_) {
        const int fd = fds_[next_ping_ % fds_.size()];
        if (fd >= 0) [[maybe_unused]]
          const ssize_t n = send(fd, ping_.data(), ping_.size(), MSG_NOSIGNAL);
      }
    });
  }

  [[nodiscard]] uint64_t lost() const { return lost_; }

 private:
  void Read(size_t index) {
    char bytes[4096];
    const ssize_t n = recv(fds_[index], bytes, sizeof bytes, 0);
    if (n > 0 || (n < 0 && errno == EAGAIN)) return;
    loop_.Unwatch(fds_[index]);
    close(std::exchange(fds_[index], -1));
    ++lost_;
  }

  io::Loop& loop_;
  std::vector<int> fds_;
  std::string ping_;
  size_t next_ping_ = 0;
  uint64_t lost_ = 0;
};

// Sorted so that the first sessions, which make the accounts, come first.
std::vector<Account> AccountsFor(const Accounts& accounts, size_t connections, int sessions) {
  const size_t users = (connections + static_cast<size_t>(sessions) - 1) / static_cast<size_t>(sessions);
  std::vector<Account> list;
  for (int session = 0; list.size() < connections; ++session) {
    for (size_t user = 0; user < users && list.size() < connections; ++user) list.push_back(accounts.Of(user, session));
  }
  return list;
}

void ReportMemory(Report& report, const std::vector<ProcessUse>& growth, size_t connections) {
  const auto count = static_cast<double>(connections);
  double total_kib = 0;
  for (const ProcessUse& each : growth) total_kib += each.memory_kib;
  report.Add("memory_kib", total_kib / count,
             fmt::format("server memory       {:.2f} KiB per connection (resident, growth of all processes)",
                         total_kib / count));
  for (const ProcessUse& each : growth) {
    report.Say(fmt::format("  {:<18}{:.2f} KiB", each.name, each.memory_kib / count));
  }
  report.AddProcesses("processes", growth, count, 1);
}

}  // namespace

int RunIdle(const RunOptions& run, const IdleOptions& options) {
  io::Loop loop;
  bool stop = false;
  loop.OnSignals({SIGTERM, SIGINT}, [&stop](int) { stop = true; });
  Report report(run.json);
  Result<Site> site = Prepare(run, options.connections);
  if (!site) return Failed(site.error().message);
  const std::vector<Account> accounts = AccountsFor(*site->accounts, options.connections, options.sessions);

  if (!site->pids.empty()) {  // memory is measured
    const Result<void> made = MakeSessions(loop, *site, run, accounts, report);
    if (!made) return Failed(made.error().message);
    TurnFor(loop, kSettleSeconds, stop);
  }
  const Result<std::vector<ProcessUse>> before = ReadProcesses(site->pids);
  if (!before) return Failed(before.error().message);
  const Result<Opened> opened = OpenAll(loop, *site, run, accounts);
  if (!opened) return Failed(opened.error().message);
  ReportOpened(report, *opened);
  IdleCrowd crowd(loop, opened->fds);
  if (!site->pids.empty()) {
    TurnFor(loop, kSettleSeconds, stop);
    const Result<std::vector<ProcessUse>> after = ReadProcesses(site->pids);
    if (!after) return Failed(after.error().message);
    ReportMemory(report, Since(*after, *before), options.connections);
  }
  // Scripts wait for this line, also those that want JSON.
  fmt::print(run.json ? stderr : stdout, "ready connections={}\n", options.connections);
  std::fflush(nullptr);

  if (options.seconds > 0) {
    TurnFor(loop, options.seconds, stop);
  } else {
    if (client::Pollable(STDIN_FILENO)) {
      loop.Watch(STDIN_FILENO, io::kReadable, [&](uint32_t) {
        char bytes[256];
        if (read(STDIN_FILENO, bytes, sizeof bytes) <= 0) stop = true;
      });
    }
    while (!stop) loop.Turn(-1);
  }
  report.Add("lost_connections", crowd.lost(), fmt::format("connections lost    {}", crowd.lost()));
  report.Finish();
  return crowd.lost() == 0 ? kExitOk : kExitFailed;
}

}  // namespace parley::bench
