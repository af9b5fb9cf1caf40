// parley-bench: puts load on a Parley server, measures it, and checks that nothing was lost, doubled or disordered.
#include "client/bench/message.h"
#include "client/bench/runs.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/base/options.h"

namespace {

using namespace parley;
using namespace parley::bench;

constexpr const char* kFooter =
    "Examples:\n"
    "  parley-bench chat --connections 1000 --seconds 10 --pids .parley/run/message-1.pid\n"
    "  parley-bench group --members 10000 --online 1000\n"
    "  parley-bench people --people 200 --rate 2000 --seconds 60\n"
    "  parley-bench idle --connections 10000 --seconds 60\n"
    "  parley-bench chat --json --in-flight 8\n\n"
    "The users it makes stay. Lift the server's limit of requests per user for loads (PARLEY_USER_RATE=0).\n"
    "Each option can also be given as an environment variable: --connections as PARLEY_CONNECTIONS.\n"
    "Exit codes: 0 all is well, 1 something was lost or failed, 2 wrong usage.";

void AddRunOptions(CLI::App& app, RunOptions& run) {
  app.option_defaults()->always_capture_default();
  app.add_option("--server", run.server, "where the server listens, HOST:PORT");
  app.add_option("--users", run.users, "what the handles of the load's users begin with");
  app.add_option("--tokens", run.tokens,
                 "file with the sessions' tokens, for the next run (default: in the cache folder)")
      ->capture_default_str();
  app.add_option("--pids", run.pids, "server processes to measure: pids or files with pids, separated by commas");
  app.add_option("--logins-at-once", run.logins_at_once, "connections that log in at the same time")
      ->check(CLI::Range(1, 10'000));
  app.add_flag("--json", run.json, "print one JSON object");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Load for a Parley server: measures, and checks that nothing is lost, doubled or out of order.");
  app.set_version_flag("--version", std::string("parley-bench ") + PARLEY_VERSION);
  app.require_subcommand(1);
  app.footer(kFooter);
  RunOptions run;

  ChatOptions chat;
  CLI::App* chat_app = app.add_subcommand("chat", "users in pairs send to each other as fast as they are answered");
  AddRunOptions(*chat_app, run);
  chat_app->add_option("--connections", chat.connections, "users, two to a pair")->check(CLI::Range(2, 1'000'000));
  chat_app->add_option("--seconds", chat.seconds, "how long to measure")->check(CLI::Range(0.1, 86'400.0));
  chat_app->add_option("--warm-up", chat.warm_up, "seconds of load before that")->check(CLI::Range(0.0, 3'600.0));
  chat_app->add_option("--body", chat.body, "bytes of each message's text")
      ->check(CLI::Range(Message::kBodyMin, limits::kBodyMax));
  chat_app->add_option("--in-flight", chat.in_flight, "messages of a user that are not acknowledged yet")
      ->check(CLI::Range(1, limits::kInFlightMax));

  GroupOptions group;
  CLI::App* group_app = app.add_subcommand("group", "one group: some of its members write, all who are online hear it");
  AddRunOptions(*group_app, run);
  group_app->add_option("--members", group.members, "members of the group")->check(CLI::Range(2, 100'000));
  group_app->add_option("--online", group.online, "members with a connection")->check(CLI::Range(2, 100'000));
  group_app->add_option("--writers", group.writers, "members who write")->check(CLI::Range(1, 100'000));
  group_app->add_option("--seconds", group.seconds, "how long to measure")->check(CLI::Range(0.1, 86'400.0));
  group_app->add_option("--warm-up", group.warm_up, "seconds of load before that")->check(CLI::Range(0.0, 3'600.0));
  group_app->add_option("--body", group.body, "bytes of each message's text")
      ->check(CLI::Range(Message::kBodyMin, limits::kBodyMax));
  group_app->add_option("--in-flight", group.in_flight, "messages of a writer that are not acknowledged yet")
      ->check(CLI::Range(1, limits::kInFlightMax));

  PeopleOptions people;
  CLI::App* people_app = app.add_subcommand(
      "people", "people in pairs and groups, so many messages a second, who come back when a connection breaks");
  AddRunOptions(*people_app, run);
  people_app->add_option("--people", people.people, "how many, two to a pair")->check(CLI::Range(2, 100'000));
  people_app->add_option("--group-size", people.group_size, "every so many of them are a group")
      ->check(CLI::Range(2, 10'000));
  people_app->add_option("--rate", people.rate, "messages a second, of all of them")->check(CLI::Range(0.1, 1e6));
  people_app->add_option("--group-percent", people.group_percent, "of those, to groups")->check(CLI::Range(0.0, 100.0));
  people_app->add_option("--seconds", people.seconds, "how long to measure; 0: until SIGTERM")
      ->check(CLI::Range(0.0, 86'400.0));
  people_app->add_option("--warm-up", people.warm_up, "seconds of load before that")->check(CLI::Range(0.0, 3'600.0));
  people_app->add_option("--body", people.body, "bytes of each message's text")
      ->check(CLI::Range(Message::kBodyMin, limits::kBodyMax));

  IdleOptions idle;
  CLI::App* idle_app = app.add_subcommand("idle", "connections that are logged in and do nothing");
  AddRunOptions(*idle_app, run);
  idle_app->add_option("--connections", idle.connections, "how many")->check(CLI::Range(1, 10'000'000));
  idle_app->add_option("--sessions", idle.sessions, "sessions of each user")
      ->check(CLI::Range(1, limits::kSessionsMax));
  idle_app->add_option("--seconds", idle.seconds, "how long to stay; 0: until the input ends or SIGTERM");

  RelayOptions relay;
  CLI::App* relay_app =
      app.add_subcommand("relay", "what the kernel alone costs: a bare relay of its own, without any Parley server");
  relay_app->option_defaults()->always_capture_default();
  relay_app->add_flag("--json", run.json, "print one JSON object");
  relay_app->add_option("--connections", relay.connections, "clients, two to a pair")->check(CLI::Range(2, 1'000'000));
  relay_app->add_option("--seconds", relay.seconds, "how long to measure")->check(CLI::Range(0.1, 86'400.0));
  relay_app->add_option("--bytes", relay.bytes, "bytes of each message")->check(CLI::Range(1, 16'384));
  relay_app->add_option("--core", relay.core, "the one processor core that the relay may use; -1: any");

  LoginOptions login;
  CLI::App* login_app = app.add_subcommand("login", "new users register and log in, then resume");
  AddRunOptions(*login_app, run);
  login_app->add_option("--connections", login.connections, "how many users")->check(CLI::Range(1, 1'000'000));

  if (const auto code = ParseCommandLine(app, argc, argv)) return *code;
  SetUpLog("parley-bench", "text", "warn");
  if (chat_app->parsed()) {
    chat.connections &= ~size_t{1};
    return RunChat(run, chat);
  }
  if (group_app->parsed()) {
    group.online = std::min(group.online, group.members);
    group.writers = std::min(group.writers, group.online);
    return RunGroup(run, group);
  }
  if (people_app->parsed()) {
    people.people &= ~size_t{1};
    return RunPeople(run, people);
  }
  if (relay_app->parsed()) {
    relay.connections &= ~size_t{1};
    return RunRelay(run, relay);
  }
  return idle_app->parsed() ? RunIdle(run, idle) : RunLogin(run, login);
}
