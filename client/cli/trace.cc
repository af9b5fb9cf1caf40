// parley trace: one request, and its way through the processes.
#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "client/cli/call.h"
#include "client/cli/commands.h"
#include "client/cli/table.h"
#include "client/messages.h"
#include "common/base/options.h"
#include "common/schema/json.h"

namespace parley::cli {
namespace {

struct TraceOptions {
  ServerOptions server;
  AccountOptions account;
  std::string method;
  std::string arguments = "{}";
  bool new_id = false;
  bool json = false;
};

std::string Ms(int64_t us) { return fmt::format("{:.2f} ms", static_cast<double>(us) / 1'000); }

// In the order of time: what different processes tell arrives in any.
std::vector<std::string> Lines(std::vector<client::Hop> hops) {
  std::ranges::stable_sort(hops, {}, &client::Hop::at_us);
  Table table({{"after", true}, {"more", true}, {"process"}, {"method"}, {"what"}});
  for (size_t i = 0; i < hops.size(); ++i) {
    const int64_t more = i == 0 ? 0 : hops[i].at_us - hops[i - 1].at_us;
    table.Add({Ms(hops[i].at_us - hops[0].at_us), Ms(more), hops[i].node, hops[i].method, hops[i].what});
  }
  return table.Lines();
}

Result<void> Trace(const TraceOptions& options) {
  TRY_ASSIGN(const std::string arguments, ReadArguments(options.arguments, options.new_id));
  WaitingConnection connection;
  TRY(ConnectAs(connection, options.server, options.account, "trace"));
  schema::Parser parser;
  TRY_ASSIGN(const schema::Value map, parser.Parse(arguments));
  const std::string call = client::Arguments().Text("method", options.method).Any("arguments", map).Encoded();
  TRY_ASSIGN(const std::string encoded, connection.Call("session.trace", call));
  if (options.json) {
    TRY_ASSIGN(const std::string json, schema::JsonOf(encoded, isatty(STDOUT_FILENO) != 0 ? 2 : -1));
    std::cout << json << std::endl;
    return {};
  }
  TRY_ASSIGN(client::TraceAnswer trace, schema::Decode<client::TraceAnswer>(encoded));
  fmt::print("request {}\n", trace.request);
  for (const std::string& line : Lines(std::move(trace.hops))) fmt::print("{}\n", line);
  if (trace.error) {
    fmt::print("refused: {}: {}\n", trace.error->code, trace.error->message);
  } else {
    TRY_ASSIGN(const std::string json, schema::JsonOf(trace.result.bytes, -1));
    fmt::print("result: {}\n", json);
  }
  return {};
}

}  // namespace

Run AddTrace(CLI::App& app) {
  auto options = std::make_shared<TraceOptions>();
  CLI::App* trace = app.add_subcommand("trace", "make a call, and show its way through the processes, with times");
  trace->add_option("method", options->method, "of a module, such as message.send")->required();
  trace->add_option("arguments", options->arguments, "a JSON object, or - to read it from the input")
      ->capture_default_str();
  options->server.AddTo(*trace);
  options->account.AddTo(*trace);
  trace->add_flag("--new-id", options->new_id, "add a fresh `id` to the arguments, unless they have one");
  trace->add_flag("--json", options->json, "print what the server answers");
  trace->footer(
      "For users with the admin role. The call is made as any other is: what it changes is changed.\n"
      "Times are by the clocks of the processes: those of different hosts may differ. Log lines have the request's "
      "id.\n"
      "Example:\n"
      "  parley trace --user root --password-file .parley/root-password message.send --new-id '{\"to\": \"bob\", "
      "\"body\": \"hi\"}'\n"
      "Exit codes: 0 it was traced (also when it was refused), 1 it was not (why is on standard error), 2 wrong "
      "usage.");
  return [options] {
    const Result<void> traced = Trace(*options);
    return traced ? static_cast<int>(kExitOk) : ComplainOf(traced.error());
  };
}

}  // namespace parley::cli
