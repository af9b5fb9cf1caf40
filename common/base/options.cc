#include "common/base/options.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cctype>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "common/base/log.h"

namespace parley {
namespace {

std::string HostName() {
  char name[256] = {};
  if (gethostname(name, sizeof name - 1) != 0) return "localhost";
  return name;
}

std::string EnvironmentName(std::string_view long_name) {
  std::string name = "PARLEY_";
  for (const char c : long_name)
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

// An environment variable set to nothing counts as not set.
void GiveEnvironmentNames(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    if (option->get_lnames().empty()) continue;
    const std::string& name = option->get_lnames()[0];
    if (name == "help" || name == "version" || name == "config") continue;
    option->envname(EnvironmentName(name));
  }
  for (CLI::App* sub : app.get_subcommands([](CLI::App*) { return true; })) GiveEnvironmentNames(*sub);
}

// A message to the socket that systemd names in NOTIFY_SOCKET, as sd_notify(3) has it. False where it did not arrive.
bool TellSupervisor(std::string_view socket_path, std::string_view message) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // abstract: no file
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_path.size());
  const ssize_t sent = sendto(fd, message.data(), message.size(), 0, reinterpret_cast<const sockaddr*>(&address), size);
  close(fd);
  return sent == static_cast<ssize_t>(message.size());
}

}  // namespace

void AddCommonOptions(CLI::App& app, CommonOptions& options, std::string_view default_name) {
  options.name = default_name;
  options.host = HostName();
  app.option_defaults()->always_capture_default();
  app.add_option("--name", options.name, "name of this process, unique in the cluster");
  app.add_option("--host", options.host, "name of the machine it runs on");
  app.add_option("--ready-file", options.ready_file, "file to touch once the process is ready for work");
  app.add_option("--metrics", options.metrics,
                 "HOST:PORT to serve /metrics, /healthz and /readyz at over HTTP; empty: nowhere");
  app.add_option("--log-format", options.log_format, "text or json")->check(CLI::IsMember({"text", "json"}));
  app.add_option("--log-level", options.log_level, "debug, info, warn or error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  app.set_config("--config", "", "file with options, one `name=value` a line");
  app.set_version_flag("--version", std::string("parley ") + PARLEY_VERSION);
  app.footer(
      "Each option can also be given as an environment variable: --user-rate as PARLEY_USER_RATE.\n"
      "Exit codes: 0 left in order, 1 failed, 2 wrong usage, 3 a start-up check failed, 4 the store failed.");
}

std::optional<int> ParseCommandLine(CLI::App& app, int argc, char** argv) {
  GiveEnvironmentNames(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  return std::nullopt;
}

void SayReady(const CommonOptions& options) {
  if (const char* socket_path = std::getenv("NOTIFY_SOCKET"); socket_path != nullptr && socket_path[0] != '\0') {
    if (!TellSupervisor(socket_path, "READY=1")) LogWarn("Cannot tell {} that this process is ready.", socket_path);
  }
  if (options.ready_file.empty()) return;
  std::ofstream file(options.ready_file);
  file << getpid() << '\n';
  if (!file.flush()) LogWarn("Cannot write the ready file {}.", options.ready_file);
}

std::optional<std::string> CheckOpenFiles(uint64_t files) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max >= files) return std::nullopt;
  return fmt::format(
      "This process may open {} files and needs {}: raise the limit (ulimit -n, or LimitNOFILE= in a unit).",
      limit.rlim_max, files);
}

}  // namespace parley
