#include <spdlog/fmt/fmt.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/arguments.h"
#include "client/bench/group.h"
#include "client/bench/runs.h"
#include "client/bench/setup.h"
#include "client/bench/stream.h"
#include "common/base/ids.h"
#include "common/base/options.h"
#include "common/schema/rpc.h"

namespace parley::bench {
namespace {

constexpr double kDrainSeconds = 15, kSettleSeconds = 2;
constexpr size_t kJoiningAtOnce = 32;

// Makes the group and lets its members in, some at a time. What else arrives meanwhile is dropped.
class Founding {
 public:
  Founding(io::Loop& loop, const std::vector<int>& fds, std::string group)
      : loop_(loop), fds_(fds), group_(std::move(group)), unhandled_(fds.size()) {}

  Result<void> Run() {
    for (size_t i = 0; i < fds_.size(); ++i) loop_.Watch(fds_[i], io::kReadable, [this, i](uint32_t) { Read(i); });
    Ask(0, "group.create");
    while (answered_ < 1 && problem_.empty()) loop_.Turn(1000);
    size_t next = 1;
    double said = SecondsNow();
    while (answered_ < fds_.size() && problem_.empty()) {
      while (next < fds_.size() && next < answered_ + kJoiningAtOnce) Ask(next++, "group.join");
      loop_.Turn(1000);
      if (SecondsNow() - said < 5) continue;
      said = SecondsNow();
      fmt::print(stderr, "{} of {} in the group …\n", answered_, fds_.size());
    }
    // Whoever listens after this begins with whole messages.
    TurnFor(loop_, kSettleSeconds);
    if (std::ranges::any_of(unhandled_, [](const std::string& in) { return !in.empty(); })) {
      problem_ = "the server stopped in the middle of a message";
    }
    for (const int fd : fds_) loop_.Unwatch(fd);
    if (!problem_.empty()) return Fail(Code::kUnavailable, problem_);
    return {};
  }

 private:
  void Ask(size_t index, std::string_view method) {
    std::string request;
    schema::AppendRequest(request, 1'000'000, method, client::Arguments().Text("group", group_).Encoded());
    if (send(fds_[index], request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
      problem_ = "a connection was lost";
    }
  }

  void Read(size_t index) {
    char bytes[65'536];
    const ssize_t n = recv(fds_[index], bytes, sizeof bytes, 0);
    if (n <= 0) {
      if (n == 0 || errno != EAGAIN) problem_ = "a connection was lost";
      return;
    }
    std::string& in = unhandled_[index];
    in.append(bytes, static_cast<size_t>(n));
    size_t used = 0;
    while (used < in.size()) {
      Stream stream(std::string_view(in).substr(used));
      const uint32_t parts = stream.List();
      const uint64_t kind = stream.Uint();
      bool good = true;
      if (kind == 1) {
        stream.Skip();
        good = stream.Nil();
      }
      for (uint32_t i = kind == 1 ? (good ? 3 : 2) : 1; i < parts && stream.ok(); ++i) stream.Skip();
      if (!stream.ok()) break;
      const std::string_view message(in.data() + used, static_cast<size_t>(stream.at() - in.data()) - used);
      if (!good) problem_ = "joining the group was refused: " + std::string(message);
      if (kind == 1) ++answered_;
      used += message.size();
    }
    in.erase(0, used);
  }

  io::Loop& loop_;
  const std::vector<int>& fds_;
  const std::string group_;
  std::vector<std::string> unhandled_;
  size_t answered_ = 0;
  std::string problem_;
};

struct Window {
  double seconds = 0;
  uint64_t heard = 0, acknowledged = 0;
  std::vector<ProcessUse> server, generator;
};

void ReportWindow(Report& report, const Window& window, GroupLoad& load) {
  const auto heard = static_cast<double>(std::max<uint64_t>(window.heard, 1));
  const double rate = heard / window.seconds;
  report.Add("deliveries_per_second", rate,
             fmt::format("deliveries          {:.0f}/s ({:.0f} messages/s, each to everybody online, in {:.1f} s)",
                         rate, static_cast<double>(window.acknowledged) / window.seconds, window.seconds));
  report.Add("ack_p50_ms", load.answer_latencies().QuantileMs(0.5),
             fmt::format("acknowledged after  p50 {:.2f} ms, p99 {:.2f} ms", load.answer_latencies().QuantileMs(0.5),
                         load.answer_latencies().QuantileMs(0.99)));
  report.Add("heard_p50_ms", load.hearing_latencies().QuantileMs(0.5),
             fmt::format("heard after         p50 {:.2f} ms, p99 {:.2f} ms, at most {:.1f} ms",
                         load.hearing_latencies().QuantileMs(0.5), load.hearing_latencies().QuantileMs(0.99),
                         load.hearing_latencies().max_ms()));
  report.Add("heard_p99_ms", load.hearing_latencies().QuantileMs(0.99), "");
  double total_s = 0;
  for (const ProcessUse& each : window.server) total_s += each.cpu_s;
  if (!window.server.empty()) {
    report.Add("server_cpu_us", total_s * 1e6 / heard,
               fmt::format("server processor    {:.2f} µs per delivery, {:.0f} % of one core", total_s * 1e6 / heard,
                           total_s * 100 / window.seconds));
    for (const ProcessUse& each : window.server) {
      report.Say(fmt::format("  {:<18}{:.2f} µs, {:.0f} %", each.name, each.cpu_s * 1e6 / heard,
                             each.cpu_s * 100 / window.seconds));
    }
    report.AddProcesses("processes", window.server, heard, window.seconds);
  }
  const double own_s = window.generator[0].cpu_s;
  report.Add("generator_cpu_us", own_s * 1e6 / heard,
             fmt::format("generator processor {:.2f} µs per delivery, {:.0f} % of one core", own_s * 1e6 / heard,
                         own_s * 100 / window.seconds));
}

// Whether the load may be believed: everybody online has everything that was acknowledged, once, in order.
bool ReportChecks(Report& report, const GroupLoad& load) {
  const GroupTotals totals = load.Count();
  uint64_t errors = 0;
  for (const auto& [code, count] : load.errors()) {
    errors += count;
    report.Say(fmt::format("errors              {} {}", code, count));
  }
  report.Add("errors", errors, "");
  report.Add("missing", totals.missing,
             fmt::format("checked             {} messages, {} deliveries: {} missing, {} twice, {} out of order, {} "
                         "unanswered, {} members with gaps, {} connections lost",
                         totals.acknowledged, totals.heard, totals.missing, totals.twice, totals.disordered,
                         totals.unanswered, totals.gaps, load.lost_connections()));
  const bool good = totals.missing + totals.twice + totals.disordered + totals.unanswered + totals.gaps + errors +
                        load.lost_connections() ==
                    0;
  report.AddText("verdict", good ? "good" : "bad",
                 good ? "verdict             good: everybody online heard every message once, in order, under the seq "
                        "that its writer was promised"
                      : "verdict             BAD");
  return good;
}

}  // namespace

int RunGroup(const RunOptions& run, const GroupOptions& options) {
  io::Loop loop;
  Report report(run.json);
  Result<Site> site = Prepare(run, options.members);
  if (!site) return Failed(site.error().message);
  std::vector<Account> accounts;
  for (size_t i = 0; i < options.members; ++i) accounts.push_back(site->accounts->Of(i, 0));
  Result<Opened> opened = OpenAll(loop, *site, run, std::move(accounts));
  if (!opened) return Failed(opened.error().message);
  ReportOpened(report, *opened);

  const std::string group = "#bench-" + RandomHex(4);
  const double founding = SecondsNow();
  const Result<void> founded = Founding(loop, opened->fds, group).Run();
  if (!founded) return Failed(founded.error().message);
  report.Add("joining_seconds", SecondsNow() - founding,
             fmt::format("members             {} in {}, let in within {:.1f} s", options.members, group,
                         SecondsNow() - founding));
  for (size_t i = options.online; i < opened->fds.size(); ++i) close(opened->fds[i]);
  opened->fds.resize(options.online);
  report.Add("online", uint64_t{options.online}, fmt::format("online              {}", options.online));

  GroupLoad load(loop, opened->fds, options.writers, group, options.body, options.in_flight);
  load.Start();
  TurnFor(loop, options.warm_up);
  const std::vector<pid_t> self{getpid()};
  const Result<std::vector<ProcessUse>> server_before = ReadProcesses(site->pids), self_before = ReadProcesses(self);
  if (!server_before) return Failed(server_before.error().message);
  const GroupTotals before = load.Count();
  load.answer_latencies().Clear();
  load.hearing_latencies().Clear();
  const double began = SecondsNow();
  TurnFor(loop, options.seconds);

  Window window;
  window.seconds = SecondsNow() - began;
  const GroupTotals after = load.Count();
  window.heard = after.heard - before.heard;
  window.acknowledged = after.acknowledged - before.acknowledged;
  const Result<std::vector<ProcessUse>> server_after = ReadProcesses(site->pids), self_after = ReadProcesses(self);
  if (!server_after) return Failed(server_after.error().message);
  window.server = Since(*server_after, *server_before);
  window.generator = Since(*self_after, *self_before);
  ReportWindow(report, window, load);

  load.Finish();
  for (const double until = SecondsNow() + kDrainSeconds; !load.quiet() && SecondsNow() < until;) loop.Turn(100);
  const bool good = ReportChecks(report, load);
  report.Finish();
  return good ? kExitOk : kExitFailed;
}

}  // namespace parley::bench
