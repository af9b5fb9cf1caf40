// parley call: one request, its result as JSON.
#include "client/cli/call.h"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <iostream>
#include <iterator>

#include "client/cli/commands.h"
#include "common/base/ids.h"
#include "common/base/options.h"
#include "common/schema/json.h"

namespace parley::cli {
namespace {

struct CallOptions {
  ServerOptions server;
  AccountOptions account;
  std::string method;
  std::string arguments = "{}";
  bool notify = false;
  bool new_id = false;
  int timeout_s = 30;
};

Result<void> Call(const CallOptions& options) {
  TRY_ASSIGN(const std::string arguments, ReadArguments(options.arguments, options.new_id));
  WaitingConnection connection(int64_t{options.timeout_s} * 1000);
  TRY(ConnectAs(connection, options.server, options.account, "call"));
  if (options.notify) return connection.Notify(options.method, arguments);
  TRY_ASSIGN(const std::string result, connection.Call(options.method, arguments));
  TRY_ASSIGN(const std::string json, schema::JsonOf(result, isatty(STDOUT_FILENO) != 0 ? 2 : -1));
  std::cout << json << std::endl;
  return {};
}

}  // namespace

Result<std::string> ReadArguments(std::string json, bool new_id) {
  if (json == "-") json.assign(std::istreambuf_iterator<char>(std::cin), {});
  TRY_ASSIGN(std::string encoded, schema::EncodedOfJson(json));
  schema::Parser parser;
  TRY_ASSIGN(const schema::Value map, parser.Parse(encoded));
  if (map.type() != schema::Type::kMap) return Fail(Code::kBadRequest, "the arguments must be a JSON object");
  if (!new_id || !map.Find("id").is_nil()) return encoded;
  return client::Arguments(map).Text("id", RequestId::Random().Hex()).Encoded();
}

Result<void> ConnectAs(WaitingConnection& connection, const ServerOptions& server, const AccountOptions& options,
                       const std::string& device) {
  if (options.user.empty() && options.token.empty()) {
    TRY_ASSIGN(const client::Endpoint endpoint, client::Endpoint::Parse(server.server));
    return connection.Connect(endpoint);
  }
  TRY_ASSIGN(Account account, FindAccount(server, options, device));
  TRY(connection.Connect(account.server));
  TRY_ASSIGN(const client::LoggedIn session, connection.LogIn(account.credentials));
  return account.Keep(session.token);
}

int ComplainOf(const Error& error) {
  std::string line = fmt::format("{}: {}", NameOf(error.code), error.message);
  if (error.retry_after_ms > 0) line += fmt::format(" (again after {} ms)", error.retry_after_ms);
  return Complain(line);
}

Run AddCall(CLI::App& app) {
  auto options = std::make_shared<CallOptions>();
  CLI::App* call = app.add_subcommand("call", "call a method and print its result as JSON");
  call->add_option("method", options->method, "such as message.send; see `parley methods`")->required();
  call->add_option("arguments", options->arguments, "a JSON object, or - to read it from the input")
      ->capture_default_str();
  options->server.AddTo(*call);
  options->account.AddTo(*call);
  call->add_flag("--notify", options->notify, "send it as a notification: carried out, not answered");
  call->add_flag("--new-id", options->new_id, "add a fresh `id` to the arguments, unless they have one");
  call->add_option("--timeout", options->timeout_s, "seconds to wait for the answer")
      ->capture_default_str()
      ->check(CLI::Range(1, 3600));
  call->footer(
      "Without a user or token the call is anonymous.\n"
      "Examples:\n"
      "  parley call session.hello\n"
      "  parley call user.register '{\"user\": \"alice\", \"password\": \"correct horse\"}'\n"
      "  parley call --user alice --password-file pw message.send --new-id '{\"to\": \"bob\", \"body\": \"hello\"}'\n"
      "  parley call --user alice message.history '{\"with\": \"bob\"}'     (the session is remembered)\n"
      "Exit codes: 0 there is a result, 1 an error (on standard error, as CODE: message), 2 wrong usage.");
  return [options] {
    const Result<void> called = Call(*options);
    if (called) return static_cast<int>(kExitOk);
    return ComplainOf(called.error());
  };
}

}  // namespace parley::cli
