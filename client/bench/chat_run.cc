#include <spdlog/fmt/fmt.h>

#include "client/bench/chat.h"
#include "client/bench/runs.h"
#include "client/bench/setup.h"
#include "common/base/options.h"

namespace parley::bench {
namespace {

constexpr double kDrainSeconds = 15;

// What the window of measuring saw.
struct Window {
  double seconds = 0;
  uint64_t delivered = 0;
  std::vector<ProcessUse> server, generator;
};

void ReportWindow(Report& report, const Window& window, Histogram& latencies) {
  const double rate = static_cast<double>(window.delivered) / window.seconds;
  report.Add("delivered_per_second", rate,
             fmt::format("delivered           {:.0f} messages/s ({} in {:.1f} s, each acknowledged and received)", rate,
                         window.delivered, window.seconds));
  const double p50 = latencies.QuantileMs(0.5), p99 = latencies.QuantileMs(0.99), max = latencies.max_ms();
  report.Add("ack_p50_ms", p50,
             fmt::format("acknowledged after  p50 {:.2f} ms, p99 {:.2f} ms, at most {:.1f} ms", p50, p99, max));
  report.Add("ack_p99_ms", p99, "");
  report.Add("ack_max_ms", max, "");
}

void ReportCpu(Report& report, const Window& window) {
  const auto messages = static_cast<double>(std::max<uint64_t>(window.delivered, 1));
  double total_s = 0;
  for (const ProcessUse& each : window.server) total_s += each.cpu_s;
  if (!window.server.empty()) {
    report.Add("server_cpu_us", total_s * 1e6 / messages,
               fmt::format("server processor    {:.2f} µs per message, {:.0f} % of one core", total_s * 1e6 / messages,
                           total_s * 100 / window.seconds));
    for (const ProcessUse& each : window.server) {
      report.Say(fmt::format("  {:<18}{:.2f} µs, {:.0f} %", each.name, each.cpu_s * 1e6 / messages,
                             each.cpu_s * 100 / window.seconds));
    }
    report.AddProcesses("processes", window.server, messages, window.seconds);
  }
  const double own_s = window.generator[0].cpu_s;
  report.Add("generator_cpu_us", own_s * 1e6 / messages,
             fmt::format("generator processor {:.2f} µs per message, {:.0f} % of one core", own_s * 1e6 / messages,
                         own_s * 100 / window.seconds));
}

// Whether the load may be believed: everything that was acknowledged arrived once, in order, under the promised seq.
bool ReportChecks(Report& report, const ChatLoad& load) {
  const ChatTotals totals = load.Count();
  uint64_t errors = 0;
  std::string codes;
  for (const auto& [code, count] : load.errors()) {
    errors += count;
    codes += fmt::format("{}{} {}", codes.empty() ? " (" : ", ", code, count);
  }
  if (!codes.empty()) codes += ")";
  report.Add("errors", errors, fmt::format("errors              {}{}", errors, codes));
  report.AddText("error_codes", codes, "");
  report.Add("missing", totals.missing,
             fmt::format("checked             {} messages: {} missing, {} twice, {} out of order, {} unanswered, "
                         "{} conversations with gaps, {} connections lost",
                         totals.acknowledged, totals.missing, totals.twice, totals.disordered, totals.unanswered,
                         totals.gaps, load.lost_connections()));
  report.Add("twice", totals.twice, "");
  report.Add("out_of_order", totals.disordered, "");
  report.Add("unanswered", totals.unanswered, "");
  report.Add("gaps", totals.gaps, "");
  report.Add("lost_connections", load.lost_connections(), "");
  const bool good = totals.missing + totals.twice + totals.disordered + totals.unanswered + totals.disagreeing +
                        totals.gaps + load.lost_connections() + errors ==
                    0;
  report.AddText("verdict", good ? "good" : "bad",
                 good ? "verdict             good: every acknowledged message arrived exactly once and in order"
                      : "verdict             BAD");
  if (load.errors().contains("rate_limited")) report.Say("The server limits its users: PARLEY_USER_RATE=0 lifts that.");
  return good;
}

}  // namespace

int RunChat(const RunOptions& run, const ChatOptions& options) {
  io::Loop loop;
  Report report(run.json);
  Result<Site> site = Prepare(run, options.connections);
  if (!site) return Failed(site.error().message);

  std::vector<Account> accounts;
  std::vector<std::string> users;
  for (size_t i = 0; i < options.connections; ++i) {
    accounts.push_back(site->accounts->Of(i, 0));
    users.push_back(accounts.back().user);
  }
  const Result<Opened> opened = OpenAll(loop, *site, run, std::move(accounts));
  if (!opened) return Failed(opened.error().message);
  ReportOpened(report, *opened);

  ChatLoad load(loop, opened->fds, users, options.body, options.in_flight);
  load.Start();
  TurnFor(loop, options.warm_up);

  const std::vector<pid_t> self{getpid()};
  const Result<std::vector<ProcessUse>> server_before = ReadProcesses(site->pids), self_before = ReadProcesses(self);
  if (!server_before) return Failed(server_before.error().message);
  const uint64_t delivered_before = load.Count().delivered;
  load.latencies().Clear();
  const double began = SecondsNow();
  TurnFor(loop, options.seconds);

  Window window;
  window.seconds = SecondsNow() - began;
  window.delivered = load.Count().delivered - delivered_before;
  const Result<std::vector<ProcessUse>> server_after = ReadProcesses(site->pids), self_after = ReadProcesses(self);
  if (!server_after) return Failed(server_after.error().message);
  window.server = Since(*server_after, *server_before);
  window.generator = Since(*self_after, *self_before);
  ReportWindow(report, window, load.latencies());
  ReportCpu(report, window);

  load.Finish();
  for (const double until = SecondsNow() + kDrainSeconds; !load.quiet() && SecondsNow() < until;) loop.Turn(100);
  const bool good = ReportChecks(report, load);
  report.Finish();
  return good ? kExitOk : kExitFailed;
}

}  // namespace parley::bench
