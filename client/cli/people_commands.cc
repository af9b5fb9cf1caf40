// Commands of the chat: who people are, and who one is oneself.
#include <spdlog/fmt/fmt.h>

#include "client/cli/answers.h"
#include "client/cli/command.h"
#include "client/cli/sentences.h"
#include "client/cli/table.h"
#include "client/cli/words.h"

namespace parley::cli {
namespace {

using client::Arguments;
using schema::Value;

void DoWho(Desk& desk, std::string_view rest) {
  UserHandle user = desk.self();
  if (!rest.empty()) {
    const auto named = desk.UserIn(rest, "who");
    if (!named) return;
    user = *named;
  } else if (desk.open() && desk.open()->is_direct()) {
    user = desk.open()->Other(desk.self());
  }
  desk.Ask("user.profile", Arguments().Text("user", user.text()), [&desk](const Value& profile) {
    const std::string about = TextIn(profile, "about");
    desk.Print(fmt::format("  {} ({}), here since {}", TextIn(profile, "user"), TextIn(profile, "name"),
                           LocalTime(IntIn(profile, "created_ms"))));
    if (!about.empty()) desk.Print("  " + about);
    if (profile.Find("online").is_nil()) return;
    std::string line = PresenceText(FlagIn(profile, "online"), TextIn(profile, "state"), TextIn(profile, "text"));
    if (const int64_t seen_ms = IntIn(profile, "last_seen_ms")) line += ", last seen " + LocalTime(seen_ms);
    desk.Print("  " + line);
  });
}

void DoSearch(Desk& desk, std::string_view rest) {
  if (rest.empty()) return desk.Usage("search", "what do the handles begin with? At least two characters");
  const bool groups = rest.starts_with('#');
  auto table = std::make_shared<Table>(std::vector<Table::Column>{{""}, {""}, {""}});
  desk.AskPages(
      groups ? "group.search" : "user.search", Arguments().Text("prefix", rest), groups ? "groups" : "users", 100,
      [&desk, table, groups](const Value& each) {
        const std::string handle = TextIn(each, groups ? "group" : "user");
        desk.seen.insert(handle);
        table->Add(
            {"  " + handle, TextIn(each, "name"), groups ? fmt::format("{} members", IntIn(each, "members")) : ""});
      },
      [&desk, table, groups](size_t count) {
        if (count == 0) return desk.Print(groups ? "No group that everyone can see." : "Nobody.");
        for (const std::string& line : table->Lines(false)) desk.Print(line);
      });
}

void DoStatus(Desk& desk, std::string_view rest) {
  const std::string_view state = Word(rest);
  if (state.empty()) return desk.Usage("status", "how are you?");
  desk.Change("user.status", Arguments().Text("state", state).OptionalText("text", rest), SayDone(desk));
}

void DoName(Desk& desk, std::string_view rest) {
  desk.Change("user.update", Arguments().Text("name", rest), SayDone(desk));
}
void DoAbout(Desk& desk, std::string_view rest) {
  desk.Change("user.update", Arguments().Text("about", rest), SayDone(desk));
}

constexpr Command kCommands[] = {
    {"who", "[USER]", "about a user (the one you talk with)", "Whether they are here is told of friends only.", &DoWho},
    {"search", "PREFIX", "users whose handle begins so; with # groups", "/search al      /search #cp", &DoSearch},
    {"status", "online|away|busy [TEXT]", "your status, on all your devices; friends see it",
     "It stays until you change it; without TEXT the text goes.", &DoStatus},
    {"name", "TEXT", "your name, as others see it", "", &DoName},
    {"about", "TEXT", "a few words about you", "", &DoAbout},
};

}  // namespace

std::span<const Command> PeopleCommands() { return kCommands; }

}  // namespace parley::cli
