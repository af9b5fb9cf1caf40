// Commands of the chat: its help, the user's sessions, and the way out.
#include <spdlog/fmt/fmt.h>

#include "client/cli/answers.h"
#include "client/cli/command.h"
#include "client/cli/sentences.h"
#include "client/cli/table.h"
#include "client/cli/words.h"
#include "common/schema/codec.h"
#include "common/schema/json.h"

namespace parley::cli {
namespace {

using client::Arguments;
using schema::Value;

void DoHelp(Desk& desk, std::string_view rest) {
  std::string_view name = Word(rest);
  if (name.starts_with('/')) name.remove_prefix(1);
  if (name.empty()) {
    for (const std::string& line : HelpLines()) desk.Print(line);
    return;
  }
  const Command* command = FindCommand(name);
  if (command == nullptr)
    return desk.Complain(fmt::format("there is no /{}; /help lists the commands", Printable(name)));
  for (const std::string& line : HelpLines(*command)) desk.Print(line);
}

void DoSessions(Desk& desk, std::string_view) {
  desk.Ask("user.sessions", Arguments(), [&desk](const Value& result) {
    Table table({{"  SESSION"}, {"DEVICE"}, {"ADDRESS"}, {"SINCE"}, {""}});
    ForEachIn(result, "sessions", [&table](const Value& each) {
      table.Add({"  " + TextIn(each, "session"), TextIn(each, "device"), TextIn(each, "address"),
                 LocalTime(IntIn(each, "since_ms")),
                 FlagIn(each, "current")     ? "this one"
                 : FlagIn(each, "connected") ? "connected"
                                             : ""});
    });
    for (const std::string& line : table.Lines()) desk.Print(line);
  });
}

void DoRevoke(Desk& desk, std::string_view rest) {
  if (rest.empty()) return desk.Usage("revoke", "which one? /sessions lists them");
  desk.Change("user.revoke", Arguments().Text("session", rest), SayDone(desk));
}

void DoCall(Desk& desk, std::string_view rest) {
  const std::string method(Word(rest));
  if (method.empty()) return desk.Usage("call", "what?");
  const Result<std::string> json = schema::EncodedOfJson(rest.empty() ? "{}" : rest);
  if (!json) return desk.Complain(json.error().message);
  schema::Parser parser;
  const Result<Value> map = parser.Parse(*json);
  if (!map || map->type() != schema::Type::kMap) return desk.Complain("the arguments must be a JSON object");
  desk.Ask(method, Arguments(*map), [&desk](const Value& result) {
    std::string encoded;
    schema::Writer writer(encoded);
    schema::WriteValue(writer, result);
    if (const auto text = schema::JsonOf(encoded, 2)) desk.Print(Printable(*text, ""));
  });
}

void DoLogout(Desk& desk, std::string_view) {
  desk.Change("user.logout", Arguments(), [&desk](const Value&) {
    if (desk.account().folder) {
      if (const auto kept = desk.account().folder->KeepToken(""); !kept) desk.Complain(kept.error().message);
    }
    desk.Print("Logged out.");
    desk.StopNow();
  });
}

void DoQuit(Desk& desk, std::string_view) { desk.Quit(); }

constexpr Command kCommands[] = {
    {"help", "[COMMAND]", "this list, or more about one command", "", &DoHelp},
    {"sessions", "", "where you are logged in", "", &DoSessions},
    {"revoke", "SESSION", "end one of these", "", &DoRevoke},
    {"call", "METHOD [JSON]", "call anything the server can do", R"(/call user.profile {"user": "alice"})", &DoCall},
    {"logout", "", "end this session for good, and leave", "", &DoLogout},
    {"quit", "", "leave; also Ctrl-D", "The session is remembered: next time no password is asked.", &DoQuit},
};

}  // namespace

std::span<const Command> SessionCommands() { return kCommands; }

}  // namespace parley::cli
