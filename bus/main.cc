// parley-bus: the process that every other one connects to. The socket, the clock and the disk around bus/router.h.
#include <csignal>

#include "bus/limits.h"
#include "bus/router.h"
#include "common/base/ids.h"
#include "common/base/log.h"
#include "common/base/options.h"
#include "common/io/loop.h"
#include "common/metrics/families.h"
#include "common/metrics/server.h"
#include "common/store/folder.h"
#include "common/wire/sockets.h"

namespace parley::bus {
namespace {

constexpr int64_t kCountersEveryMs = 60'000;
constexpr uint64_t kOpenFilesMin = 256;
constexpr int kMessagesPerTurn = 64;  // together hardly more than a pipe takes of events

struct Options {
  CommonOptions common;
  std::string listen = "tcp://127.0.0.1:7100";
  std::string data = "./data/bus-1";
  std::string coordinator = "embedded";
  int64_t settle_ms = 1'000;
  int64_t park_ms = 8'000;
};

void AddOptions(CLI::App& app, Options& options) {
  AddCommonOptions(app, options.common, "bus-1");
  app.add_option("--listen", options.listen, "where the nodes connect; never open it to networks that are not trusted");
  app.add_option("--data", options.data, "folder for who is primary of what");
  app.add_option("--coordinator", options.coordinator,
                 "who decides that: embedded is this bus itself, the only choice yet")
      ->check([](const std::string& value) {
        return value == "embedded" ? "" : "only 'embedded' is supported yet, with one bus; '" + value + "' is not";
      });
  app.add_option("--settle-ms", options.settle_ms,
                 "how long to wait for the first workers of a module to share its slots")
      ->check(CLI::Range(int64_t{0}, int64_t{3'600'000}));
  app.add_option("--park-ms", options.park_ms, "how long a request waits here while nobody serves its slot")
      ->check(CLI::Range(int64_t{0}, kTtlMaxMs));
}

class SocketOutbound final : public Outbound {
 public:
  explicit SocketOutbound(wire::RouterSocket& socket) : socket_(socket) {}
  Sent Send(std::string_view identity, std::string_view batch) override {
    switch (socket_.Send(identity, batch)) {
      case wire::RouterSocket::Sent::kYes:
        return Sent::kYes;
      case wire::RouterSocket::Sent::kFull:
        return Sent::kFull;
      case wire::RouterSocket::Sent::kGone:
        break;
    }
    return Sent::kGone;
  }

 private:
  wire::RouterSocket& socket_;
};

int FailStart(const std::string& sentence) {
  LogError("{}", sentence);
  return kExitStartCheck;
}

int Run(const Options& options) {
  if (const auto problem = CheckOpenFiles(kOpenFilesMin)) return FailStart(*problem);
  io::Loop loop;
  // Before any other thread: ZeroMQ's must not get the signals.
  bool leaving = false;
  loop.OnSignals({SIGTERM, SIGINT}, [&](int) {
    leaving = true;
    loop.Stop();
  });

  Result<store::Folder> folder = store::OpenFolder(options.data, "bus", {});
  if (!folder) return FailStart(folder.error().message);
  ClusterStore cluster(*folder->store);
  Router router({RandomHex(8), options.settle_ms, options.park_ms, options.common.name, options.common.host}, cluster);
  if (const Result<void> loaded = router.Load(); !loaded) return FailStart(loaded.error().message);
  Result<std::unique_ptr<wire::RouterSocket>> bound = wire::RouterSocket::Bind(loop, options.listen);
  if (!bound) return FailStart(bound.error().message);
  wire::RouterSocket& socket = **bound;
  SocketOutbound outbound(socket);

  // A turn: take what arrived, let time pass, send what that made, and look again for what arrived meanwhile.
  loop.AtTurnEnd([&] {
    socket.Drain(
        [&](std::string_view identity, std::string_view batch) { router.OnBatch(identity, batch, loop.now()); },
        kMessagesPerTurn);
    router.Tick(loop.now());
    router.Flush(outbound, loop.now());
    socket.EndTurn();
    if (router.failure()) loop.Stop();
  });
  loop.Every(kTickMs, [] {});  // a turn at least so often

  Counters logged;
  const auto log_counters = [&] {
    if (router.counters() != logged) LogInfo("So far: {}.", router.counters().Text());
    logged = router.counters();
  };
  loop.Every(kCountersEveryMs, log_counters);

  metrics::Subject subject{"bus", options.common.name, options.data, store::LevelDbOptions().reserve_bytes, {}, {}};
  subject.report = [&](metrics::Exposition& out) {
    router.Report(out);
    out.Add(metrics::kBusSent, socket.sent_bytes());
    out.Add(metrics::kBusReceived, socket.received_bytes());
  };
  subject.not_ready = [&]() -> std::string {
    if (const auto& failure = router.failure()) return "its store failed: " + failure->message;
    return leaving ? "it is leaving" : "";
  };
  const auto served = metrics::Server::Start(loop, options.common.metrics, std::move(subject));
  if (!served) return FailStart(served.error().message);

  LogInfo("{} listens on {}.", options.common.name, socket.address());
  SayReady(options.common);
  loop.Run();

  log_counters();
  if (router.failure()) {
    LogError("The store failed, so nothing can be decided any more: {}.", router.failure()->message);
    return kExitStore;
  }
  LogInfo("{} leaves.", options.common.name);
  return kExitOk;
}

}  // namespace
}  // namespace parley::bus

int main(int argc, char** argv) {
  CLI::App app("The bus of Parley: every other process connects to it.");
  parley::bus::Options options;
  parley::bus::AddOptions(app, options);
  if (const auto exit_code = parley::ParseCommandLine(app, argc, argv)) return *exit_code;
  parley::SetUpLog(options.common.name, options.common.log_format, options.common.log_level);
  return parley::bus::Run(options);
}
