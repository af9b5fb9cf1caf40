// parley admin: who may come in, and who may operate.
#include <spdlog/fmt/fmt.h>

#include "client/cli/admin/admin.h"
#include "client/cli/answers.h"
#include "client/cli/words.h"
#include "common/base/now.h"
#include "common/schema/codec.h"

namespace parley::cli {
namespace {

using client::Arguments;

struct BanOptions {
  std::string user, reason, span;
};

Result<void> Ban(Operator& op, const BanOptions& options) {
  TRY_ASSIGN(const UserHandle user, ParseUser(options.user));
  Arguments arguments = Arguments().Text("user", user.text()).Text("reason", options.reason);
  std::string until = "until it is lifted";
  if (!options.span.empty()) {
    const auto span_ms = ParseDuration(options.span);
    if (!span_ms || *span_ms == 0) return Fail(Code::kBadRequest, "--for " + options.span + ": such as 30m, 12h or 7d");
    const int64_t until_ms = ReadClocks().wall_ms + *span_ms;
    arguments.Int("until_ms", until_ms);
    until = "until " + LocalTime(until_ms);
  }
  TRY_ASSIGN(const std::string result, op.Change("admin.ban", std::move(arguments)));
  return SayOr(op, result, fmt::format("{} is banned {}.", user.text(), until));
}

// What does one thing to one user.
void AddForUser(CLI::App& admin, AdminCommands& commands, const char* name, const char* help, const char* method,
                const char* said) {
  auto user_text = std::make_shared<std::string>();
  CLI::App* command = admin.add_subcommand(name, help);
  command->add_option("handle", *user_text, "the user's handle")->required();
  commands.push_back({command, [=](Operator& op) -> Result<void> {
                        TRY_ASSIGN(const UserHandle user, ParseUser(*user_text));
                        TRY_ASSIGN(const std::string result, op.Change(method, Arguments().Text("user", user.text())));
                        return SayOr(op, result, fmt::format(fmt::runtime(said), user.text()));
                      }});
}

struct UsersOptions {
  std::string prefix;
  size_t limit = 200;
};

Result<void> Users(Operator& op, const UsersOptions& options) {
  TRY_ASSIGN(const std::string result,
             op.AskPages("admin.users", Arguments().OptionalText("prefix", options.prefix), "users", options.limit));
  if (op.json()) return PrintJson(result);
  schema::Parser parser;
  TRY_ASSIGN(const schema::Value users, parser.Parse(result));
  Table table({{"USER"}, {"NAME", false, 24}, {"ROLE"}, {"STATE"}, {"SESSIONS", true}, {"SINCE"}, {"BANNED FOR"}});
  ForEachIn(users, "users", [&table](const schema::Value& each) {
    std::string ban = TextIn(each, "reason");
    if (const int64_t until_ms = IntIn(each, "until_ms"); until_ms > 0) {
      ban += (ban.empty() ? "until " : ", until ") + LocalTime(until_ms);
    }
    table.Add({TextIn(each, "user"), TextIn(each, "name"), TextIn(each, "role"), TextIn(each, "state"),
               std::to_string(IntIn(each, "sessions")), LocalTime(IntIn(each, "created_ms")), ban});
  });
  PrintTable(table, "No such users.");
  if (!users.Find("cursor").is_nil()) fmt::print("… more; --limit {} shows more, 0 all\n", options.limit * 2);
  return {};
}

}  // namespace

void AddAccountCommands(CLI::App& admin, AdminCommands& commands) {
  auto users = std::make_shared<UsersOptions>();
  CLI::App* list = admin.add_subcommand("users", "list the accounts");
  list->add_option("prefix", users->prefix, "only handles that begin so; at least two characters");
  list->add_option("--limit", users->limit, "at most so many, page after page; 0: all")->capture_default_str();
  commands.push_back({list, [users](Operator& op) { return Users(op, *users); }});

  auto ban = std::make_shared<BanOptions>();
  CLI::App* command = admin.add_subcommand("ban", "end a user's connections, and refuse logins");
  command->add_option("handle", ban->user, "the user's handle")->required();
  command->add_option("--reason", ban->reason, "told to the user")->required();
  command->add_option("--for", ban->span, "how long: 30m, 12h, 7d (default: until it is lifted)");
  commands.push_back({command, [ban](Operator& op) { return Ban(op, *ban); }});

  AddForUser(admin, commands, "unban", "let a banned user in again", "admin.unban", "{} may log in again.");
  AddForUser(admin, commands, "kick", "end a user's connections; they may come back", "admin.kick",
             "{}'s connections have ended.");
  AddForUser(admin, commands, "grant", "give a user the admin role", "admin.grant", "{} is an admin now.");
  AddForUser(admin, commands, "ungrant", "take the admin role back", "admin.ungrant", "{} is no longer an admin.");
}

}  // namespace parley::cli
