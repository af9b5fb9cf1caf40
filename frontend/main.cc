// parley-frontend: holds the clients' connections.
#include <sys/resource.h>

#include <csignal>

#include "common/base/ids.h"
#include "common/base/log.h"
#include "common/base/options.h"
#include "common/metrics/server.h"
#include "frontend/server.h"

namespace parley::frontend {
namespace {

// Files of the process that are no client's.
constexpr uint64_t kOtherFiles = 64;

void AddOptions(CLI::App& app, ServerOptions& options) {
  GatewayOptions& gateway = options.gateway;
  app.add_option("--listen", options.listen, "HOST:PORT for clients; several frontends may share it");
  app.add_option("--bus", options.bus, "address of the bus");
  app.add_option("--connections-max", options.connections_max,
                 "connections at a time; 0: as many as the limit of open files allows");
  app.add_option("--address-connections-max", gateway.address_connections_max,
                 "connections of one address at a time, but the machine's own; 0: no limit")
      ->check(CLI::NonNegativeNumber);
  app.add_option_function<std::string>(
         "--proxy-protocol",
         [&options](const std::string& text) {
           Result<Networks> proxies = Networks::Parse(text);
           if (!proxies) throw CLI::ValidationError("--proxy-protocol", proxies.error().message);
           options.proxies = *std::move(proxies);
         },
         "networks of load balancers, such as 10.0.0.0/8,fd00::/8: connections from there must begin with a PROXY "
         "header, version 2, which tells the client's address")
      ->type_name("CIDR[,CIDR…]");
  app.add_option("--user-rate", gateway.user_rate, "requests per second of one user; 0: no limit")
      ->check(CLI::Range(0, 1'000'000));
  app.add_option("--user-burst", gateway.user_burst, "requests that a user may ask at once")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--idle-ms", gateway.timeouts.idle_ms, "a connection that sends nothing for so long is closed")
      ->check(CLI::Range(100, 1'000'000'000));
  app.add_option("--anonymous-ms", gateway.timeouts.anonymous_ms, "the same, before a login")
      ->check(CLI::Range(100, 1'000'000'000));
  app.add_option("--incomplete-ms", gateway.timeouts.incomplete_ms, "how long a message may stay incomplete")
      ->check(CLI::Range(100, 1'000'000'000));
  app.add_option("--stuck-ms", gateway.timeouts.stuck_ms, "how long a client may take nothing of what it is sent")
      ->check(CLI::Range(100, 1'000'000'000));
  app.add_option("--drain-ms", gateway.timeouts.drain_ms, "how long leaving waits for answers to clients")
      ->check(CLI::Range(0, 600'000));
}

// Fills connections_max, or says why so many cannot be had.
std::optional<std::string> CheckConnections(ServerOptions& options) {
  if (options.connections_max > 0) return CheckOpenFiles(options.connections_max + kOtherFiles);
  if (auto problem = CheckOpenFiles(2 * kOtherFiles)) return problem;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  options.connections_max = static_cast<size_t>(limit.rlim_cur - kOtherFiles);
  return std::nullopt;
}

int Run(int argc, char** argv) {
  CLI::App app("The frontend: holds clients' connections and passes what they ask to the modules over the bus.");
  CommonOptions common;
  ServerOptions options;
  AddCommonOptions(app, common, "frontend-1");
  AddOptions(app, options);
  if (const std::optional<int> code = ParseCommandLine(app, argc, argv)) return *code;
  SetUpLog(common.name, common.log_format, common.log_level);
  if (const auto problem = CheckConnections(options)) {
    LogError("{}", *problem);
    return kExitStartCheck;
  }

  io::Loop loop;
  std::unique_ptr<Server> server;
  loop.OnSignals({SIGTERM, SIGINT}, [&](int) {
    if (server != nullptr) server->Drain();
  });
  wire::Registration registration;
  registration.role = "frontend";
  registration.name = common.name;
  registration.host = common.host;
  registration.version = PARLEY_VERSION;
  registration.boot = RandomHex(16);
  Result<std::unique_ptr<Server>> started = Server::Start(loop, options, std::move(registration));
  if (!started) {
    LogError("{}", started.error().message);
    return kExitStartCheck;
  }
  server = *std::move(started);
  server->OnReady([&] {
    LogInfo("Ready for up to {} clients at {}.", options.connections_max, server->address());
    SayReady(common);
  });
  metrics::Subject subject{"frontend", common.name, {}, 0, {}, {}};
  subject.report = [&](metrics::Exposition& out) { server->Report(out); };
  subject.not_ready = [&] { return server->NotReady(); };
  const auto served = metrics::Server::Start(loop, common.metrics, std::move(subject));
  if (!served) {
    LogError("{}", served.error().message);
    return kExitStartCheck;
  }
  LogInfo("Waiting for the bus at {}.", options.bus);
  loop.Run();
  if (!server->failure().empty()) {
    LogError("{}", server->failure());
    return kExitFailed;
  }
  LogInfo("Left in order.");
  return kExitOk;
}

}  // namespace
}  // namespace parley::frontend

int main(int argc, char** argv) { return parley::frontend::Run(argc, argv); }
