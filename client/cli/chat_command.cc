// parley chat: finds out who is there, then hands over to the chat.
#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <csignal>
#include <iostream>

#include "client/cli/chat.h"
#include "client/cli/commands.h"
#include "client/cli/waiting.h"
#include "common/base/ids.h"
#include "common/base/options.h"

namespace parley::cli {
namespace {

constexpr int kTriesMax = 3;

struct ChatOptions {
  ServerOptions server;
  AccountOptions account;
  std::string to;
};

Result<void> Register(WaitingConnection& connection, const client::Credentials& credentials) {
  const client::Arguments arguments = client::Arguments()
                                          .Text("user", credentials.user)
                                          .Text("password", credentials.password)
                                          .Text("id", RequestId::Random().Hex());
  TRY(connection.Call("user.register", arguments.Encoded()));
  return {};
}

// Asks for the password until it is right. Whoever gives one that fits nobody may make the account, and then types it
// twice: a slip must not become a password.
Result<void> AskPassword(Account& account) {
  client::Credentials& credentials = account.credentials;
  WaitingConnection connection;
  TRY(connection.Connect(account.server));
  credentials.token.clear();
  for (int i = 0; i < kTriesMax; ++i) {
    const auto password = AskSecret(fmt::format("Password for {} (if you are new: choose one): ", credentials.user));
    if (!password)
      return Fail(Code::kUnauthenticated, "a password is needed: --password-file FILE, or PARLEY_PASSWORD");
    credentials.password = *password;
    Result<client::LoggedIn> session = connection.LogIn(credentials);
    if (!session && session.error().code == Code::kUnauthenticated) {
      const auto again = AskSecret("Nobody has that name and password. New here? The same password again: ");
      if (!again) return Fail(session.error());
      if (*again != *password) {
        fmt::print(stderr, "That was another one.\n");
        continue;
      }
      const Result<void> registered = Register(connection, credentials);
      if (!registered && registered.error().code == Code::kExists) {
        fmt::print(stderr, "There is a user {}, with another password.\n", credentials.user);
        continue;
      }
      TRY(registered);
      fmt::print("Welcome, {}: your account has been made.\n", credentials.user);
      session = connection.LogIn(credentials);
    }
    if (!session) return Fail(session.error());
    credentials.token = session->token;
    return account.Keep(session->token);
  }
  return Fail(Code::kUnauthenticated, "no luck with that password");
}

// One chat from a remembered session or a password; `refused` is set when the server does not know that session.
int RunOnce(const ChatOptions& options, bool& refused) {
  Result<Account> account = FindAccount(options.server, options.account, "chat");
  if (!account) return Complain(account.error().message);
  client::Credentials& credentials = account->credentials;
  // A password that comes with the command is meant: whoever gives it is registered on first use.
  credentials.register_first_use = !credentials.password.empty();
  if (credentials.token.empty() && credentials.password.empty()) {
    if (const auto asked = AskPassword(*account); !asked) return Complain(asked.error().message);
  }
  Chat chat(*std::move(account), options.to);
  const int code = chat.Run();
  refused = chat.refused();
  return code;
}

int RunChat(const ChatOptions& options) {
  std::signal(SIGPIPE, SIG_IGN);
  if (!options.to.empty()) {
    if (const auto to = Address::Parse(options.to); !to) return Complain("to: " + to.error().message);
  }
  if (options.account.user.empty()) return Complain("say who you are with --user NAME");
  bool refused = false;
  const int code = RunOnce(options, refused);
  // It is forgotten now: with the password once more.
  return refused ? RunOnce(options, refused) : code;
}

}  // namespace

Run AddChat(CLI::App& app) {
  auto options = std::make_shared<ChatOptions>();
  CLI::App* chat = app.add_subcommand("chat", "chat in the terminal");
  chat->add_option("to", options->to, "whom to talk with first (default: the last one)");
  options->server.AddTo(*chat);
  options->account.AddTo(*chat);
  chat->footer(
      "A user who is not known yet is registered. The session is remembered, and what was missed is shown once, on\n"
      "return. /help lists what can be typed. Works with pipes too: lines in, lines out; it leaves when the input "
      "ends\n"
      "and everything is sent.\n"
      "Examples:\n"
      "  parley chat --user alice\n"
      "  parley chat --user alice bob\n"
      "  echo 'the build is green' | parley chat --user robot --password-file pw '#team'");
  return [options] { return RunChat(*options); };
}

}  // namespace parley::cli
