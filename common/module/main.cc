#include "common/module/main.h"

#include <csignal>

#include "common/base/ids.h"
#include "common/base/log.h"
#include "common/io/loop.h"
#include "common/metrics/families.h"
#include "common/metrics/server.h"
#include "common/module/offload_executor.h"
#include "common/module/worker.h"
#include "common/module/worker_metrics.h"
#include "common/store/folder.h"
#include "common/wire/sockets.h"

namespace parley::module {
namespace {

constexpr uint64_t kOpenFiles = 1024;  // LevelDB's tables, mostly
constexpr int64_t kTickMs = 20;
constexpr int64_t kDrainMs = 8'000;
constexpr int64_t kEvacuateEveryMs = 1'000;
constexpr int64_t kBusBackMs = 5'000;  // a bus that is lost while slots move away may be restarting
constexpr size_t kHelperQueuePerThread = 64;

struct WorkerOptions {
  std::string bus = "tcp://127.0.0.1:7100";
  std::string data;
  int capacity = 1;
  int threads = 2;
  int window = 4096;
  int window_mib = 32;
  int cache_mib = 64;
  int disk_reserve_mib = 64;
  int64_t leave_ms = 60'000;
};

void AddWorkerOptions(CLI::App& app, WorkerOptions& options, const std::string& module) {
  options.data = "./data/" + module + "-1";
  app.add_option("--bus", options.bus, "address of the bus");
  app.add_option("--data", options.data, "data folder; made when absent");
  app.add_option("--capacity", options.capacity, "share of the module's slots, against other workers'")
      ->check(CLI::Range(1, 1000));
  app.add_option("--threads", options.threads, "helper threads for slow computations")->check(CLI::Range(1, 256));
  app.add_option("--window", options.window, "requests taken at a time")->check(CLI::Range(1, 1'000'000));
  app.add_option("--window-mib", options.window_mib, "MiB of requests taken at a time")->check(CLI::Range(1, 4096));
  app.add_option("--cache-mib", options.cache_mib, "MiB of memory for reading from the store")
      ->check(CLI::Range(1, 1 << 20));
  app.add_option("--disk-reserve-mib", options.disk_reserve_mib,
                 "MiB of disk kept free: with less, changes are refused until there is space")
      ->check(CLI::Range(0, 1 << 20));
  app.add_option("--leave-ms", options.leave_ms,
                 "how long a worker that is told to end waits for others to take its slots over; 0: not at all")
      ->check(CLI::Range(int64_t{0}, int64_t{86'400'000}));
}

using metrics::Family;
using enum metrics::FamilyType;

constexpr Family kCommitSeconds{"parley_commit_seconds", kSeconds, "Writing a batch and syncing it to the disk."};
constexpr Family kHelperThreads{"parley_helper_threads", kGauge, "Helper threads for slow computations."};
constexpr Family kHelperQueue{"parley_helper_queue_length", kGauge, "Computations that wait for a helper thread."};
constexpr Family kHelperQueueMax{"parley_helper_queue_max", kGauge, "How many may wait; beyond, requests are refused."};
constexpr Family kHelperWait{"parley_helper_wait_seconds", kSeconds, "How long computations waited for a thread."};
constexpr Family kHelperWork{"parley_helper_work_seconds", kSeconds, "How long they then took."};
constexpr Family kHelperRefused{"parley_helper_refused_total", kCounter, "Computations that found the queue full."};

void ReportExecutors(metrics::Exposition& out, const OffloadExecutor& commits, const OffloadExecutor& helpers) {
  out.Add(kCommitSeconds, commits.times());
  out.Add(kHelperThreads, static_cast<int64_t>(helpers.threads()));
  out.Add(kHelperQueue, static_cast<uint64_t>(helpers.queued()));
  out.Add(kHelperQueueMax, static_cast<uint64_t>(helpers.queued_max()));
  out.Add(kHelperWait, helpers.waits());
  out.Add(kHelperWork, helpers.times());
  out.Add(kHelperRefused, helpers.refused());
}

std::string NotReady(const Worker& worker, bool leaving) {
  if (leaving) return "it is leaving";
  if (const auto reason = worker.failure()) return "its store failed: " + *reason;
  if (!worker.registered()) return "the bus does not answer";
  if (!worker.ready()) return "the bus has not told it its slots yet";
  return {};
}

wire::Registration RegistrationOf(const CommonOptions& common, const WorkerOptions& options, const std::string& module,
                                  const std::string& store_id) {
  wire::Registration registration;
  registration.role = "worker";
  registration.name = common.name;
  registration.host = common.host;
  registration.version = PARLEY_VERSION;
  registration.boot = RandomHex(8);
  registration.module = module;
  registration.store = store_id;
  registration.capacity = options.capacity;
  registration.window_requests = options.window;
  registration.window_bytes = int64_t{options.window_mib} << 20;
  return registration;
}

int StartCheckFailed(const std::string& sentence) {
  LogError("{}", sentence);
  return kExitStartCheck;
}

}  // namespace

int RunProgram(int argc, char** argv, const Program& program) {
  CLI::App app("parley-" + program.module + ": a worker of Parley's " + program.module + " module.");
  CommonOptions common;
  WorkerOptions options;
  AddCommonOptions(app, common, program.module + "-1");
  AddWorkerOptions(app, options, program.module);
  program.add_options(app);
  if (const std::optional<int> code = ParseCommandLine(app, argc, argv)) return *code;
  SetUpLog(common.name, common.log_format, common.log_level);

  if (const auto problem = CheckOpenFiles(kOpenFiles)) return StartCheckFailed(*problem);
  if (const Result<void> checked = program.check(); !checked) return StartCheckFailed(checked.error().message);
  store::LevelDbOptions store_options;
  store_options.cache_bytes = static_cast<size_t>(options.cache_mib) << 20;
  store_options.reserve_bytes = static_cast<size_t>(options.disk_reserve_mib) << 20;
  Result<store::Folder> folder = store::OpenFolder(options.data, program.module, store_options);
  if (!folder) return StartCheckFailed(folder.error().message);

  io::Loop loop;
  bool leaving = false;
  bool at_once = false;
  loop.OnSignals({SIGTERM, SIGINT}, [&](int) { at_once = std::exchange(leaving, true); });
  wire::Registration registration = RegistrationOf(common, options, program.module, folder->id);
  const std::string identity = "worker/" + registration.name + "/" + registration.boot;
  Result<std::unique_ptr<wire::DealerSocket>> socket = wire::DealerSocket::Connect(loop, identity, options.bus);
  if (!socket) return StartCheckFailed(socket.error().message);
  wire::DealerSocket& bus = **socket;

  OffloadExecutor commits(loop, 1, 1);
  OffloadExecutor helpers(loop, options.threads, kHelperQueuePerThread * static_cast<size_t>(options.threads));
  WorkerMetrics measured([] { return ReadClocks().mono_us; });
  Worker worker(std::move(registration), program.make, *folder->store, bus, commits, helpers);
  worker.TimeBy(ReadClocks);
  LogInfo("Parley {} {} starts: data {}, bus {}.", program.module, PARLEY_VERSION, options.data, options.bus);

  bool said_ready = false;
  bool looks_again = false;
  int64_t evacuate_until_ms = 0, evacuate_ms = 0, leave_by_ms = 0;
  int64_t heard_bus_ms = 0;
  int exit_code = kExitOk;
  loop.Every(kTickMs, [&] { worker.Tick(loop.now()); });

  // The main loop. One turn: read what arrived, run the handlers, commit what they wrote, send what is released.
  loop.AtTurnEnd([&] {
    bus.Drain([&](std::string_view batch) { worker.OnBatch(batch, loop.now()); });
    worker.EndTurn();
    bus.Flush();
    if (worker.busy()) loop.DoNotWait();
    if (worker.gathers() && !std::exchange(looks_again, true)) {
      loop.After(Worker::kGatherStepMs, [&] {
        looks_again = false;
        worker.Tick(loop.now());
      });
    }

    if (const auto reason = worker.failure()) {
      LogError("The store failed ({}). Nothing that was not durable was acknowledged. Leaving.", *reason);
      exit_code = kExitStore;
      return loop.Stop();
    }
    if (!worker.refused().empty()) {
      LogError("The bus refused this worker: {}.", worker.refused());
      exit_code = kExitStartCheck;
      return loop.Stop();
    }
    if (worker.ready() && !said_ready) {
      said_ready = true;
      SayReady(common);
      LogInfo("Ready, primary of {} slots.", worker.slots());
    }
    const int64_t now_ms = loop.now().mono_ms;
    if (leaving && evacuate_until_ms == 0) evacuate_until_ms = now_ms + options.leave_ms;
    if (!leaving || worker.registered()) heard_bus_ms = now_ms;
    const bool may_wait = !at_once && now_ms < evacuate_until_ms && now_ms < heard_bus_ms + kBusBackMs;
    const bool evacuating = leaving && leave_by_ms == 0 && may_wait;
    if (evacuating && now_ms >= evacuate_ms && !worker.evacuated()) {
      LogInfo("Leaving: {} slots are to move to other workers first.", worker.held());
      evacuate_ms = now_ms + kEvacuateEveryMs;
      worker.Evacuate();
      bus.Flush();
    }
    if (leaving && leave_by_ms == 0 && (!evacuating || worker.evacuated())) {
      LogInfo("Leaving: taking nothing new, finishing what was begun.");
      leave_by_ms = now_ms + kDrainMs;
      worker.Leave();
      bus.Flush();
    }
    if (leave_by_ms != 0 && (worker.drained() || now_ms >= leave_by_ms)) loop.Stop();
  });

  metrics::Subject subject{program.module, common.name, options.data, store_options.reserve_bytes, {}, {}};
  subject.report = [&](metrics::Exposition& out) {
    worker.Report(out);
    measured.Report(out);
    ReportExecutors(out, commits, helpers);
    out.Add(metrics::kBusSent, bus.sent_bytes());
    out.Add(metrics::kBusReceived, bus.received_bytes());
  };
  subject.not_ready = [&] { return NotReady(worker, leaving); };
  const auto served = metrics::Server::Start(loop, common.metrics, std::move(subject));
  if (!served) return StartCheckFailed(served.error().message);
  if (*served != nullptr) worker.Observe(measured);

  loop.Run();
  bus.Flush();
  LogInfo("Left.");
  return exit_code;
}

}  // namespace parley::module
