// parley: chat, call any method, watch what happens, operate the system.
#include <spdlog/fmt/fmt.h>

#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstring>
#include <system_error>

#include "client/cli/commands.h"
#include "common/base/log.h"
#include "common/base/options.h"

namespace parley::cli {

int Complain(const std::string& message) {
  fmt::print(stderr, "parley: {}\n", message);
  return kExitFailed;
}

namespace {

// What could not be written is said, unless whoever read it has seen enough, as `head` has.
int OnUnwritable(int error) {
  return error == EPIPE ? kExitFailed : Complain(std::string("standard output: ") + std::strerror(error));
}

int RunToItsEnd(const Run& run) {
  try {
    const int code = run();
    return std::fflush(stdout) == 0 ? code : OnUnwritable(errno);
  } catch (const std::system_error& error) {
    // fmt's, of a print; nothing else here throws.
    return OnUnwritable(error.code().value());
  }
}

}  // namespace
}  // namespace parley::cli

int main(int argc, char** argv) {
  using namespace parley;
  std::setlocale(LC_CTYPE, "C.UTF-8");  // how wide characters are
  CLI::App app("Parley from the command line: chat, call any method, watch what happens, operate the system.",
               "parley");
  app.set_version_flag("--version", std::string("parley ") + PARLEY_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  parley chat --user alice\n"
      "  parley call session.hello\n"
      "  parley methods message.\n"
      "  parley admin nodes --user root --password-file .parley/root-password\n"
      "  parley top --user root\n"
      "Each option can also be given as an environment variable: --server as PARLEY_SERVER, --user as PARLEY_USER.\n"
      "Exit codes: 0 done, 1 failed (why is on standard error), 2 wrong usage; admin has more.");
  std::vector<cli::Run> runs{cli::AddChat(app),    cli::AddCall(app),  cli::AddTrace(app), cli::AddWatch(app),
                             cli::AddMethods(app), cli::AddAdmin(app), cli::AddTop(app),   cli::AddCompletion(app)};
  if (const auto code = ParseCommandLine(app, argc, argv)) return *code;
  SetUpLog("parley", "text", "error");
  const std::vector<CLI::App*> all = app.get_subcommands([](CLI::App*) { return true; });
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i]->parsed()) return cli::RunToItsEnd(runs[i]);
  }
  return kExitUsage;
}
