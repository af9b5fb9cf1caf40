// parley: chat, call any method, watch what happens.
#include <spdlog/fmt/fmt.h>

#include "client/cli/commands.h"
#include "common/base/log.h"
#include "common/base/options.h"

namespace parley::cli {

int Complain(const std::string& message) {
  fmt::print(stderr, "parley: {}\n", message);
  return kExitFailed;
}

}  // namespace parley::cli

int main(int argc, char** argv) {
  using namespace parley;
  CLI::App app("Parley from the command line: chat, call any method, watch what happens.", "parley");
  app.set_version_flag("--version", std::string("parley ") + PARLEY_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  parley chat --user alice\n"
      "  parley call session.hello\n"
      "  parley methods message.\n"
      "Each option can also be given as an environment variable: --server as PARLEY_SERVER, --user as PARLEY_USER.\n"
      "Exit codes: 0 done, 1 failed (why is on standard error), 2 wrong usage.");
  std::vector<cli::Run> runs{cli::AddChat(app), cli::AddCall(app), cli::AddWatch(app), cli::AddMethods(app),
                             cli::AddCompletion(app)};
  if (const auto code = ParseCommandLine(app, argc, argv)) return *code;
  SetUpLog("parley", "text", "error");
  const std::vector<CLI::App*> all = app.get_subcommands([](CLI::App*) { return true; });
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i]->parsed()) return runs[i]();
  }
  return kExitUsage;
}
