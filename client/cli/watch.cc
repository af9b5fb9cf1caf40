// parley watch: everything the server pushes to a user, as JSON lines, for as long as wanted.
#include <spdlog/fmt/fmt.h>

#include <csignal>
#include <iostream>

#include "client/cli/account.h"
#include "client/cli/commands.h"
#include "common/base/options.h"
#include "common/schema/json.h"

namespace parley::cli {
namespace {

struct WatchOptions {
  ServerOptions server;
  AccountOptions account;
  bool all = false;
};

class Watch final : private client::Client::Listener {
 public:
  Watch(Account account, bool all)
      : account_(std::move(account)), all_(all), client_(loop_, *this, account_.server, account_.credentials) {}

  int Run() {
    loop_.OnSignals({SIGINT, SIGTERM}, [this](int) { loop_.Stop(); });
    client_.Start();
    loop_.Run();
    client_.Stop();
    return exit_code_;
  }

 private:
  void OnOnline(const client::LoggedIn& session, bool again) override {
    Note(again ? "connected again" : "connected as " + session.user.text());
    if (const auto kept = account_.Keep(session.token); !kept) Note(kept.error().message);
  }
  void OnOffline(const Error& why, int64_t retry_ms) override {
    Note(fmt::format("{}; trying again in {} ms", why.message, retry_ms));
  }
  void OnEnded(const Error& why) override {
    exit_code_ = Complain(why.message);
    loop_.Stop();
  }
  int64_t StartOf(const client::Listed& listed) override { return all_ ? 0 : listed.head; }
  void OnRecord(const client::Record&, std::string_view encoded) override { Print("message.new", encoded); }
  void OnListed(const client::Listed&) override {}
  void OnCaughtUp() override {}
  void OnLost(const Conversation&) override {}
  void OnContacts(client::Contacts::Kind) override {}
  void OnPush(std::string_view method, const schema::Value&, std::string_view encoded) override {
    Print(method, encoded);
  }

  void Print(std::string_view method, std::string_view encoded) {
    const Result<std::string> json = schema::JsonOf(encoded.empty() ? std::string_view("\x80") : encoded);
    std::cout << fmt::format(R"({{"method":"{}","params":{}}})", method, json ? *json : "null") << std::endl;
    if (!std::cout) loop_.Stop();  // nobody reads any more
  }
  static void Note(const std::string& text) { fmt::print(stderr, "parley: {}\n", text); }

  Account account_;
  const bool all_;
  io::Loop loop_;
  client::Client client_;
  int exit_code_ = kExitOk;
};

}  // namespace

Run AddWatch(CLI::App& app) {
  auto options = std::make_shared<WatchOptions>();
  CLI::App* watch = app.add_subcommand("watch", "print what the server pushes to a user, as JSON lines");
  options->server.AddTo(*watch);
  options->account.AddTo(*watch);
  watch->add_flag("--all", options->all, "begin with everything that was ever said, not with what comes now");
  watch->footer(
      "Comes back after every break. Records are printed once and in order, also those that were missed meanwhile.\n"
      "Example:\n  parley watch --user alice --password-file pw | jq .params.body");
  return [options] {
    Result<Account> account = FindAccount(options->server, options->account, "watch");
    if (!account) return Complain(account.error().message);
    if (account->credentials.token.empty() && account->credentials.password.empty()) {
      return Complain("no session of " + options->account.user + " is known here: give its password");
    }
    std::signal(SIGPIPE, SIG_IGN);
    return Watch(*std::move(account), options->all).Run();
  };
}

}  // namespace parley::cli
