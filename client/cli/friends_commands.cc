// Commands of the chat: friends, requests and blocks.
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

void DoFriends(Desk& desk, std::string_view) {
  auto here = std::make_shared<Table>(std::vector<Table::Column>{{""}, {""}, {""}});
  auto away = std::make_shared<Table>(*here);
  desk.AskPages(
      "friend.list", Arguments(), "friends", 5'000,
      [here, away](const Value& each) {
        const bool online = FlagIn(each, "online");
        (online ? here : away)
            ->Add({"  " + TextIn(each, "user"), PresenceText(online, TextIn(each, "state"), TextIn(each, "text")),
                   TextIn(each, "alias")});
      },
      [&desk, here, away](size_t count) {
        if (count == 0) return desk.Print("No friends yet; /add USER asks somebody.");
        for (const auto& table : {here, away}) {
          for (const std::string& line : table->Lines(false)) desk.Print(line);
        }
      });
}

void DoAdd(Desk& desk, std::string_view rest) {
  const auto user = desk.UserIn(rest, "add");
  if (!user) return;
  desk.Change("friend.request", Arguments().Text("user", user->text()).OptionalText("note", rest),
              [&desk, user = *user](const Value& result) {
                const bool accepted = TextIn(result, "state") == "accepted";
                desk.Note(accepted ? fmt::format("{} and you are friends.", user.text())
                                   : fmt::format("{} is asked; /cancel {} takes it back.", user.text(), user.text()));
              });
}

// What does one thing to one user.
void ToUser(Desk& desk, std::string_view rest, std::string_view command, std::string_view method,
            std::string_view said) {
  const auto user = desk.UserIn(rest, command);
  if (!user) return;
  desk.Change(method, Arguments().Text("user", user->text()),
              SayDone(desk, fmt::format(fmt::runtime(said), user->text())));
}

void DoAccept(Desk& desk, std::string_view rest) {
  // An invitation is accepted by joining: whoever says it so is right, too.
  if (rest.starts_with('#')) return FindCommand("join")->run(desk, rest);
  ToUser(desk, rest, "accept", "friend.accept", "{} and you are friends.");
}
void DoDecline(Desk& desk, std::string_view rest) {
  ToUser(desk, rest, "decline", "friend.decline", "Declined; {} is not told.");
}
void DoCancel(Desk& desk, std::string_view rest) {
  ToUser(desk, rest, "cancel", "friend.cancel", "{} is no longer asked.");
}
void DoUnfriend(Desk& desk, std::string_view rest) {
  ToUser(desk, rest, "unfriend", "friend.remove", "{} and you are no longer friends.");
}
void DoBlock(Desk& desk, std::string_view rest) {
  ToUser(desk, rest, "block", "friend.block", "{} can't write to you any more, nor you to them.");
}
void DoUnblock(Desk& desk, std::string_view rest) {
  ToUser(desk, rest, "unblock", "friend.unblock", "{} can write to you again, unless they block you.");
}

void DoAlias(Desk& desk, std::string_view rest) {
  const auto user = desk.UserIn(rest, "alias");
  if (!user) return;
  desk.Change("friend.alias", Arguments().Text("user", user->text()).Text("alias", rest),
              [&desk, user = *user, alias = std::string(rest)](const Value&) {
                desk.client().NoteAlias(user, alias);
                desk.Note(alias.empty() ? "Done." : fmt::format("{} is {} to you.", user.text(), alias));
              });
}

void ShowRequests(Desk& desk, const Value& result, std::string_view list, std::string_view title) {
  if (result.Find(list).size() == 0) return;
  desk.Print(title);
  Table table({{""}, {""}, {""}});
  ForEachIn(result, list, [&](const Value& each) {
    desk.seen.insert(TextIn(each, "user"));
    table.Add({"  " + TextIn(each, "user"), LocalTime(IntIn(each, "time_ms")), TextIn(each, "note")});
  });
  for (const std::string& line : table.Lines(false)) desk.Print(line);
}

void DoRequests(Desk& desk, std::string_view rest) {
  if (rest.starts_with('#')) {
    const auto group = desk.GroupIn(rest, "requests");
    if (!group) return;
    return desk.Ask("group.requests", Arguments().Text("group", group->text()).Int("limit", 200),
                    [&desk, group = *group](const Value& result) {
                      if (result.Find("users").size() == 0) return desk.Print("Nobody asks to join.");
                      ShowRequests(
                          desk, result, "users",
                          fmt::format("Asking to join {0} (/approve USER {0}, /reject USER {0}):", group.text()));
                    });
  }
  desk.Ask("friend.requests", Arguments(), [&desk](const Value& result) {
    if (result.Find("incoming").size() + result.Find("outgoing").size() == 0) return desk.Print("No open requests.");
    ShowRequests(desk, result, "incoming", "Asking you (/accept USER, /decline USER):");
    ShowRequests(desk, result, "outgoing", "Asked by you (/cancel USER):");
  });
}

void DoBlocked(Desk& desk, std::string_view) {
  desk.Ask("friend.blocked", Arguments(), [&desk](const Value& result) {
    if (result.Find("users").size() == 0) return desk.Print("You block nobody.");
    ForEachIn(result, "users", [&desk](const Value& each) {
      desk.Print(fmt::format("  {:<32} since {}", TextIn(each, "user"), LocalTime(IntIn(each, "since_ms"))));
    });
  });
}

constexpr Command kCommands[] = {
    {"friends", "", "your friends, those who are here first", "", &DoFriends},
    {"add", "USER [TEXT]", "ask somebody to be friends", "TEXT is shown with it. Friends see whether you are here.",
     &DoAdd},
    {"accept", "USER|#GROUP", "accept a request, or an invitation to a group", "", &DoAccept},
    {"decline", "USER", "decline a request; they are not told", "", &DoDecline},
    {"cancel", "USER", "take back a request of yours", "", &DoCancel},
    {"requests", "[#GROUP]", "open requests: who asks you, whom you ask; or who asks to join",
     "Those of a group are for its owner and admins.", &DoRequests},
    {"unfriend", "USER", "end a friendship, on both sides", "", &DoUnfriend},
    {"alias", "USER [TEXT]", "what you call a friend; nobody else sees it", "", &DoAlias},
    {"block", "USER", "no messages, requests or invitations, either way",
     "Ends a friendship, too. In groups that you share you still read each other.", &DoBlock},
    {"unblock", "USER", "end that", "", &DoUnblock},
    {"blocked", "", "whom you block", "", &DoBlocked},
};

}  // namespace

std::span<const Command> FriendsCommands() { return kCommands; }

}  // namespace parley::cli
