// A whole cluster in one thread, and what befalls it. At each step the dice choose what happens next: a batch arrives,
// a commit ends, time passes, somebody writes, something breaks. After that everything is mended and must come to rest,
// with every promise kept. The seed is all that a run depends on.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/device.h"
#include "tests/sim/frontend.h"
#include "tests/sim/judge.h"
#include "tests/sim/network.h"
#include "tests/sim/processes.h"

namespace parley::sim {

struct Scenario {
  uint64_t seed = 0;
  int steps = 1'500;
  Mutation mutation = Mutation::kNone;
  bool trace = false;  // tells on standard error what happens
};

struct Report {
  std::optional<std::string> broken;
  size_t acknowledged = 0;
  int64_t simulated_ms = 0;
  uint64_t fingerprint = 0;  // of all that passed over the lines: two runs of a seed have the same
  size_t moved = 0;          // slots that changed hands before everything was mended
  // One line that runs it again.
  [[nodiscard]] std::string Line(const Scenario& scenario) const;
};

class World {
 public:
  explicit World(const Scenario& scenario);
  Report Run();

 private:
  void Step();
  bool DeliverToBus();
  bool DeliverToNode();
  void DisturbTaking(const std::string& taker);
  void KillBus();
  bool StepHelpers();
  void Pass(int64_t ms);
  void Misfortune();
  void Revive(bool all);
  void KillWorker(WorkerProcess& worker);
  void BreakLine();
  void Pause();
  void ConnectSome(bool all);
  void Mend();
  // What is not at rest yet; empty: nothing.
  [[nodiscard]] std::string Unrest() const;
  void Note(const std::string& what);
  [[nodiscard]] std::vector<std::string> Identities() const;
  [[nodiscard]] bool Runs(int64_t paused_until_ms) const { return now_.mono_ms >= paused_until_ms; }

  const Scenario scenario_;
  Dice dice_;
  Now now_{1'000'000, 1'700'000'000'000};
  Judge judge_;
  uint64_t fingerprint_ = 0;
  size_t taken_ = 0;    // slots
  bool moves_ = false;  // a world in which slots move most of the time: workers come late, and time passes slowly
  Network network_;
  BusProcess bus_;
  std::vector<std::unique_ptr<WorkerProcess>> workers_;
  std::vector<std::unique_ptr<Frontend>> frontends_;
  std::vector<std::unique_ptr<Device>> devices_;
  std::vector<UserHandle> users_;
  // Which misfortunes this run has: any subset, so that each also happens without the others hiding it.
  std::array<bool, 8> may_{};
};

}  // namespace parley::sim
