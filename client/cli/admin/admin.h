// What the operator's subcommands share: who they are, how they ask, and how the answer is printed.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/arguments.h"
#include "client/cli/account.h"
#include "client/cli/table.h"
#include "client/cli/waiting.h"

namespace parley::cli {

struct AdminOptions {
  ServerOptions server;
  AccountOptions account;
  bool json = false;
  int timeout_s = 30;
};

// An operator who is logged in.
class Operator {
 public:
  explicit Operator(const AdminOptions& options) : options_(options), connection_(int64_t{options.timeout_s} * 1000) {}

  Result<void> LogIn();
  [[nodiscard]] bool json() const { return options_.json; }

  // The result, encoded.
  Result<std::string> Ask(std::string_view method, const client::Arguments& arguments);
  // The same for a change: adds an `id`, unless one is given.
  Result<std::string> Change(std::string_view method, client::Arguments arguments, std::string_view id = {});
  // All pages, up to `items_max` items (0: all): one result whose `list` has them all, with the last `cursor` where
  // there are more.
  Result<std::string> AskPages(std::string_view method, const client::Arguments& arguments, std::string_view list,
                               size_t items_max);

 private:
  const AdminOptions& options_;
  WaitingConnection connection_;
};

// One subcommand: what it does once logged in. The error becomes the exit code.
using AdminRun = std::function<Result<void>(Operator&)>;
struct AdminCommand {
  CLI::App* app;
  AdminRun run;
};
using AdminCommands = std::vector<AdminCommand>;

// Each adds its own to `admin`.
void AddAccountCommands(CLI::App& admin, AdminCommands& commands);
void AddRecordCommands(CLI::App& admin, AdminCommands& commands);
void AddSystemCommands(CLI::App& admin, AdminCommands& commands);

// Prints a result as it is.
Result<void> PrintJson(const std::string& result);
// A table, or a sentence when it is empty.
void PrintTable(const Table& table, std::string_view empty);
// The result as JSON when that is wanted, else `said`.
Result<void> SayOr(const Operator& op, const std::string& result, const std::string& said);
// A user's handle, or what is wrong with it.
Result<UserHandle> ParseUser(const std::string& text);

}  // namespace parley::cli
