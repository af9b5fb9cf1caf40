// parley admin: what operators do, as tables for people and JSON for programs.
#include "client/cli/admin/admin.h"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <csignal>

#include "client/cli/commands.h"
#include "common/base/ids.h"
#include "common/base/options.h"
#include "common/schema/codec.h"
#include "common/schema/json.h"

namespace parley::cli {
namespace {

// Beside kExitOk, kExitFailed and kExitUsage.
constexpr int kExitNotAllowed = 3, kExitNoSuch = 4, kExitNotNow = 5;

int ExitCodeOf(const Error& error) {
  if (error.code == Code::kUnauthenticated || error.code == Code::kForbidden) return kExitNotAllowed;
  if (error.code == Code::kNotFound) return kExitNoSuch;
  return RowOf(error.code).retryable ? kExitNotNow : static_cast<int>(kExitFailed);
}

std::string Explained(const Error& error) {
  std::string line = fmt::format("{}: {}", NameOf(error.code), error.message);
  if (error.code == Code::kUnsupported) line += "; is parley-admin running?";
  if (error.code == Code::kForbidden) line += "; an admin may give that role with `parley admin grant USER`";
  return line;
}

}  // namespace

Result<void> Operator::LogIn() {
  TRY_ASSIGN(Account account, FindAccount(options_.server, options_.account, "admin"));
  TRY(connection_.Connect(account.server));
  TRY_ASSIGN(const client::LoggedIn session, connection_.LogIn(account.credentials));
  return account.Keep(session.token);
}

Result<std::string> Operator::Ask(std::string_view method, const client::Arguments& arguments) {
  return connection_.Call(method, arguments.Encoded());
}

Result<std::string> Operator::Change(std::string_view method, client::Arguments arguments, std::string_view id) {
  return Ask(method, arguments.Text("id", id.empty() ? RequestId::Random().Hex() : id));
}

Result<std::string> Operator::AskPages(std::string_view method, const client::Arguments& arguments,
                                       std::string_view list, size_t items_max) {
  std::string items, cursor;
  size_t count = 0;
  do {
    const size_t wanted = items_max == 0 ? 200 : std::min<size_t>(200, items_max - count);
    client::Arguments page = arguments;
    page.Int("limit", static_cast<int64_t>(wanted)).OptionalText("cursor", cursor);
    TRY_ASSIGN(const std::string result, Ask(method, page));
    schema::Parser parser;
    TRY_ASSIGN(const schema::Value value, parser.Parse(result));
    schema::Writer writer(items);
    const schema::Value found = value.Find(list);
    for (size_t i = 0; found.type() == schema::Type::kList && i < found.size(); ++i, ++count) {
      schema::WriteValue(writer, found.at(i));
    }
    const schema::Value next = value.Find("cursor");
    cursor = next.type() == schema::Type::kText ? next.AsText() : "";
  } while (!cursor.empty() && (items_max == 0 || count < items_max));
  std::string all;
  schema::Writer writer(all);
  writer.Map(cursor.empty() ? 1 : 2);
  writer.Text(list);
  writer.List(count);
  writer.Raw(items);
  if (!cursor.empty()) {
    writer.Text("cursor");
    writer.Text(cursor);
  }
  return all;
}

Result<void> PrintJson(const std::string& result) {
  TRY_ASSIGN(const std::string json, schema::JsonOf(result, isatty(STDOUT_FILENO) != 0 ? 2 : -1));
  fmt::print("{}\n", json);
  return {};
}

void PrintTable(const Table& table, std::string_view empty) {
  if (table.size() == 0) return fmt::print("{}\n", empty);
  for (const std::string& line : table.Lines()) fmt::print("{}\n", line);
}

Result<void> SayOr(const Operator& op, const std::string& result, const std::string& said) {
  if (op.json()) return PrintJson(result);
  fmt::print("{}\n", said);
  return {};
}

Result<UserHandle> ParseUser(const std::string& text) {
  Result<UserHandle> user = UserHandle::Parse(text);
  if (!user) return Fail(Code::kBadRequest, text + ": " + user.error().message);
  return user;
}

Run AddAdmin(CLI::App& app) {
  auto options = std::make_shared<AdminOptions>();
  auto commands = std::make_shared<AdminCommands>();
  CLI::App* admin = app.add_subcommand("admin", "operate the system: users, announcements, nodes, what happens");
  options->server.AddTo(*admin);
  options->account.AddTo(*admin);
  admin->add_flag("--json", options->json, "print the server's result as JSON");
  admin->add_option("--timeout", options->timeout_s, "seconds to wait for an answer")
      ->capture_default_str()
      ->check(CLI::Range(1, 3600));
  admin->require_subcommand(1);
  AddRecordCommands(*admin, *commands);
  AddAccountCommands(*admin, *commands);
  AddSystemCommands(*admin, *commands);
  for (const AdminCommand& command : *commands) command.app->fallthrough();
  admin->footer(
      "For users with the admin role: the root user, whose password ./scripts/up leaves in the home's root-password,\n"
      "and whom an admin granted it. The session is remembered, so the password is needed once.\n"
      "Examples:\n"
      "  parley admin nodes --user root --password-file .parley/root-password\n"
      "  export PARLEY_USER=root\n"
      "  parley admin ban mallory --reason 'spam' --for 7d\n"
      "  parley admin audit --about mallory\n"
      "  parley admin users --json | jq '.users[] | select(.state == \"banned\")'\n"
      "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not allowed (who you are, or your role), 4 no such thing,\n"
      "5 not now: nothing is wrong with the question, try again.");
  return [options, commands] {
    std::signal(SIGPIPE, SIG_IGN);
    for (const AdminCommand& command : *commands) {
      if (!command.app->parsed()) continue;
      Operator op(*options);
      const Result<void> logged_in = op.LogIn();
      const Result<void> done = logged_in ? command.run(op) : logged_in;
      if (done) return static_cast<int>(kExitOk);
      Complain(Explained(done.error()));
      return ExitCodeOf(done.error());
    }
    return static_cast<int>(kExitUsage);
  };
}

}  // namespace parley::cli
