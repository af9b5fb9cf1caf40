// Which server, as whom, and where that is remembered: the options that subcommands share.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "client/cli/state.h"
#include "client/client.h"

namespace parley::cli {

struct ServerOptions {
  std::string server = "127.0.0.1:7000";
  std::string state;  // folder; empty: the standard one

  void AddTo(CLI::App& app);
};

struct AccountOptions {
  std::string user;
  std::string password;
  std::string password_file;
  std::string token;

  void AddTo(CLI::App& app);
  // The password that was given, in whatever way; empty: none.
  [[nodiscard]] Result<std::string> Password() const;
};

// An account as a subcommand uses it: a session of its own, remembered in the state folder.
struct Account {
  client::Endpoint server;
  std::optional<SessionFolder> folder;  // none for a session that was given by its token
  client::Credentials credentials;

  // Remembers the token for the next time.
  Result<void> Keep(const std::string& token);
};

// `use` keeps the sessions of different subcommands apart, for a session has only one connection. kBadRequest when no
// user was given; kUnauthenticated when there is neither a remembered token nor a password.
[[nodiscard]] Result<Account> FindAccount(const ServerOptions& server, const AccountOptions& account,
                                          const std::string& use);

}  // namespace parley::cli
