// parley methods: what can be called, with arguments and a line of documentation each.
#include "client/cli/methods.h"

#include <spdlog/fmt/fmt.h>

#include <iostream>

#include "client/cli/commands.h"
#include "client/cli/waiting.h"
#include "common/base/options.h"

namespace parley::cli {
namespace {

constexpr int64_t kPatienceMs = 10'000;
constexpr int64_t kCompletionPatienceMs = 1'000;

struct MethodsOptions {
  ServerOptions server;
  std::string prefix;
  bool names = false;
};

int Print(const MethodsOptions& options, const client::Endpoint& server) {
  const Result<MethodList> list = AskMethods(server, kPatienceMs);
  if (!list) return Complain(list.error().message);
  for (const Method& method : list->methods) {
    if (!method.name.starts_with(options.prefix)) continue;
    fmt::print("{} ({})\n    {}\n", method.name, method.access, method.doc);
    for (const schema::Argument& argument : method.arguments) {
      fmt::print("    {:<14} {:<5}{} {}\n", argument.name, argument.type, argument.required ? " " : "?", argument.doc);
    }
  }
  return kExitOk;
}

// For completion: quick, silent, and from memory when the server is not there.
int PrintNames(const MethodsOptions& options, const client::Endpoint& server) {
  const std::string file = ServerFolder(StateFolder(options.server.state), server) + "/methods";
  std::string names;
  if (const Result<MethodList> list = AskMethods(server, kCompletionPatienceMs)) {
    for (const Method& method : list->methods) names += method.name + "\n";
    [[maybe_unused]] const Result<void> kept = WriteSmallFile(file, names);  // then it is asked again next time
  } else {
    names = ReadSmallFile(file) + "\n";
  }
  std::cout << names;
  return kExitOk;
}

}  // namespace

Result<MethodList> AskMethods(const client::Endpoint& server, int64_t patience_ms) {
  WaitingConnection connection(patience_ms);
  TRY(connection.Connect(server));
  TRY_ASSIGN(const std::string result, connection.Call("session.methods", ""));
  TRY_ASSIGN(MethodList list, schema::Decode<MethodList>(result));
  std::ranges::sort(list.methods, {}, &Method::name);
  return list;
}

Run AddMethods(CLI::App& app) {
  auto options = std::make_shared<MethodsOptions>();
  CLI::App* methods = app.add_subcommand("methods", "list what can be called, with arguments and explanations");
  methods->add_option("prefix", options->prefix, "only methods that begin so, such as message.");
  options->server.AddTo(*methods);
  methods->add_flag("--names", options->names, "the names only, remembered for when the server is not there");
  return [options] {
    const Result<client::Endpoint> server = client::Endpoint::Parse(options->server.server);
    if (!server) return Complain(server.error().message);
    return options->names ? PrintNames(*options, *server) : Print(*options, *server);
  };
}

}  // namespace parley::cli
