#include <spdlog/fmt/fmt.h>

#include <csignal>

#include "client/bench/people.h"
#include "client/bench/runs.h"
#include "client/bench/setup.h"
#include "common/base/options.h"

namespace parley::bench {
namespace {

constexpr double kDrainSeconds = 30, kReadySeconds = 60;

void ReportWindow(Report& report, const PeopleTotals& before, const PeopleTotals& after, double seconds,
                  People& people) {
  const double rate = static_cast<double>(after.acknowledged - before.acknowledged) / seconds;
  report.Add("acknowledged_per_second", rate,
             fmt::format("acknowledged        {:.0f} messages/s, {:.0f} deliveries/s, for {:.1f} s", rate,
                         static_cast<double>(after.heard - before.heard) / seconds, seconds));
  Histogram& answers = people.answer_latencies();
  report.Add("ack_p50_ms", answers.QuantileMs(0.5),
             fmt::format("acknowledged after  p50 {:.2f} ms, p99 {:.2f} ms, at most {:.1f} ms", answers.QuantileMs(0.5),
                         answers.QuantileMs(0.99), answers.max_ms()));
  report.Add("ack_p99_ms", answers.QuantileMs(0.99), "");
  report.Add("ack_max_ms", answers.max_ms(), "");
  Histogram& hearings = people.hearing_latencies();
  report.Add("heard_p50_ms", hearings.QuantileMs(0.5),
             fmt::format("heard after         p50 {:.2f} ms, p99 {:.2f} ms, at most {:.1f} ms",
                         hearings.QuantileMs(0.5), hearings.QuantileMs(0.99), hearings.max_ms()));
  report.Add("heard_p99_ms", hearings.QuantileMs(0.99), "");
  report.Add("heard_max_ms", hearings.max_ms(), "");
}

// Whether everybody has all that was acknowledged to anybody, once, where it was promised to be.
bool ReportChecks(Report& report, const People& people) {
  const PeopleTotals totals = people.Count();
  uint64_t errors = 0;
  for (const auto& [code, count] : people.errors()) {
    errors += count;
    report.Say(fmt::format("errors              {} {}", count, code));
  }
  report.Add("errors", errors, "");
  report.Add("asked_again", totals.asked_again,
             fmt::format("clients             asked {} times again, came back {} times", totals.asked_again,
                         totals.came_back));
  report.Add("came_back", totals.came_back, "");
  report.Add("missing", totals.missing,
             fmt::format("checked             {} messages, {} deliveries: {} missing, {} twice, {} elsewhere than "
                         "promised, {} unanswered",
                         totals.acknowledged, totals.heard, totals.missing, totals.twice, totals.unpromised,
                         totals.unanswered));
  report.Add("twice", totals.twice, "");
  report.Add("unpromised", totals.unpromised, "");
  report.Add("unanswered", totals.unanswered, "");
  const bool good = errors + totals.missing + totals.twice + totals.unpromised + totals.unanswered == 0;
  report.AddText("verdict", good ? "good" : "bad",
                 good ? "verdict             good: everybody has every acknowledged message, once, at its place"
                      : "verdict             BAD");
  return good;
}

}  // namespace

int RunPeople(const RunOptions& run, const PeopleOptions& options) {
  io::Loop loop;
  bool stop = false;
  loop.OnSignals({SIGTERM, SIGINT}, [&stop](int) { stop = true; });
  Report report(run.json);
  Result<Site> site = Prepare(run, options.people);
  if (!site) return Failed(site.error().message);
  std::vector<Account> accounts;
  for (size_t i = 0; i < options.people; ++i) accounts.push_back(site->accounts->Of(i, 0));
  if (const Result<void> made = MakeSessions(loop, *site, run, accounts, report); !made)
    return Failed(made.error().message);

  People people(loop, client::Endpoint::Parse(run.server).value(), *site->accounts, accounts, options.group_size,
                options.body);
  people.Start();
  for (const double until = SecondsNow() + kReadySeconds; !people.ready();) {
    if (!people.problem().empty()) return Failed(people.problem());
    if (SecondsNow() > until) return Failed("not everybody could log in and join a group within a minute");
    loop.Turn(100);
  }
  if (const Result<void> saved = site->accounts->Save(); !saved) return Failed(saved.error().message);
  // Scripts wait for this line, also those that want JSON.
  fmt::print(run.json ? stderr : stdout, "ready people={}\n", options.people);
  std::fflush(nullptr);

  people.Talk(options.rate, options.group_percent / 100);
  TurnFor(loop, options.warm_up, stop);
  people.answer_latencies().Clear();
  people.hearing_latencies().Clear();
  const PeopleTotals before = people.Count();
  const double began = SecondsNow();
  if (options.seconds > 0) TurnFor(loop, options.seconds, stop);
  while (options.seconds <= 0 && !stop) loop.Turn(-1);
  people.Finish();
  const double seconds = SecondsNow() - began;
  const PeopleTotals after = people.Count();
  for (const double until = SecondsNow() + kDrainSeconds; !people.quiet() && SecondsNow() < until;) loop.Turn(100);
  ReportWindow(report, before, after, seconds, people);
  const bool good = ReportChecks(report, people);
  report.Finish();
  return good ? kExitOk : kExitFailed;
}

}  // namespace parley::bench
