#include "client/cli/account.h"

#include <fstream>

namespace parley::cli {

void ServerOptions::AddTo(CLI::App& app) {
  app.add_option("--server", server, "where the server listens, HOST:PORT")->capture_default_str();
  app.add_option("--state", state, "folder that remembers sessions (default: ~/.config/parley)");
}

void AccountOptions::AddTo(CLI::App& app) {
  app.add_option("--user", user, "the user's handle");
  app.add_option("--password", password, "the password; others on this machine may see it: better use the next one");
  app.add_option("--password-file", password_file, "file with the password");
  app.add_option("--token", token, "a session's token, instead of user and password");
}

Result<std::string> AccountOptions::Password() const {
  if (password_file.empty()) return password;
  std::ifstream in(password_file);
  std::string line;
  if (!std::getline(in, line) || line.empty()) {
    return Fail(Code::kBadRequest, "cannot read a password from " + password_file);
  }
  return line;
}

Result<void> Account::Keep(const std::string& token) {
  if (!folder || folder->Token() == token) return {};
  return folder->KeepToken(token);
}

Result<Account> FindAccount(const ServerOptions& server, const AccountOptions& account, const std::string& use) {
  Account found;
  TRY_ASSIGN(found.server, client::Endpoint::Parse(server.server));
  found.credentials.device = "parley " + use;
  found.credentials.user = account.user;
  if (!account.token.empty()) {
    found.credentials.token = account.token;
    return found;
  }
  if (account.user.empty()) return Fail(Code::kBadRequest, "say who you are with --user NAME");
  if (const auto handle = UserHandle::Parse(account.user); !handle) {
    return Fail(Code::kBadRequest, "--user " + account.user + ": " + handle.error().message);
  }
  TRY_ASSIGN(found.credentials.password, account.Password());
  TRY_ASSIGN(found.folder, SessionFolder::Take(StateFolder(server.state), found.server, account.user, use));
  found.credentials.token = found.folder->Token();
  return found;
}

}  // namespace parley::cli
