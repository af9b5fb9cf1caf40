// parley-sim: many lives of a simulated cluster. A seed that breaks a promise prints the line that runs it again.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

#include "common/base/log.h"
#include "tests/sim/friends_world.h"
#include "tests/sim/groups_world.h"
#include "tests/sim/world.h"

namespace {

std::string running;  // what to say if a CHECK ends the process

void OnAbort(int) { [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, running.data(), running.size()); }

// The same for people who do things about each other: tests/sim/friends_world.h.
int RunFriends(uint64_t seed, uint64_t rounds, int steps) {
  uint64_t failed = 0;
  size_t done = 0;
  for (const uint64_t end = seed + rounds; seed < end; ++seed) {
    running = "aborted: parley-sim --friends --seed " + std::to_string(seed) + " --rounds 1 --steps " +
              std::to_string(steps) + "\n";
    const parley::sim::FriendsWorld::Report report =
        parley::sim::FriendsWorld(seed, parley::sim::Mutation::kNone, steps).Run();
    done += report.done;
    if (!report.broken) continue;
    ++failed;
    std::printf("%s\n", report.broken->c_str());
    std::fflush(stdout);
  }
  std::printf("%llu of %llu seeds failed; %zu acknowledged changes\n", static_cast<unsigned long long>(failed),
              static_cast<unsigned long long>(rounds), done);
  return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Runs a whole Parley cluster in one thread, with everything that can go wrong, from a seed.");
  parley::sim::Scenario scenario;
  uint64_t rounds = 1'000;
  scenario.seed = 1;
  app.add_option("--seed", scenario.seed, "the first seed")->capture_default_str();
  app.add_option("--rounds", rounds, "how many seeds, one after the other")->capture_default_str();
  app.add_option("--steps", scenario.steps, "what happens in each before everything is mended")->capture_default_str();
  bool friends = false;
  app.add_flag("--friends", friends, "requests, friends and blocks instead of messages");
  app.add_flag("--trace", scenario.trace, "tell what goes wrong when");
  int mutation = 0;
  app.add_option("--mutation", mutation, "what is wrong on purpose: processes.h, Mutation")->check(CLI::Range(0, 5));
  bool groups = false;
  app.add_flag("--groups", groups, "users who come and go in groups, instead of pairs who write");
  CLI11_PARSE(app, argc, argv);
  scenario.mutation = static_cast<parley::sim::Mutation>(mutation);
  parley::SetUpLog("sim", "text", "error");
  std::signal(SIGABRT, OnAbort);
  if (friends) return RunFriends(scenario.seed, rounds, scenario.steps);

  uint64_t failed = 0;
  size_t acknowledged = 0, moved = 0;
  int64_t simulated_ms = 0;
  const uint64_t end = scenario.seed + rounds;
  for (; scenario.seed < end; ++scenario.seed) {
    running = "aborted: " + parley::sim::Report().Line(scenario) + "\n";
    const parley::sim::Report report =
        groups ? parley::sim::GroupsWorld(scenario).Run() : parley::sim::World(scenario).Run();
    acknowledged += report.acknowledged;
    moved += report.moved;
    simulated_ms += report.simulated_ms;
    if (!report.broken) continue;
    ++failed;
    std::printf("%s%s\n", report.Line(scenario).c_str(), groups ? " --groups" : "");
    std::fflush(stdout);
  }
  std::printf(
      "%llu of %llu seeds failed; %zu acknowledged changes, %zu slots moved meanwhile, %lld simulated seconds\n",
      static_cast<unsigned long long>(failed), static_cast<unsigned long long>(rounds), acknowledged, moved,
      static_cast<long long>(simulated_ms / 1'000));
  return failed == 0 ? 0 : 1;
}
