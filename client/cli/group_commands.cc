// Commands of the chat: groups, for who is in them, and for who runs them.
#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "client/cli/answers.h"
#include "client/cli/command.h"
#include "client/cli/sentences.h"
#include "client/cli/table.h"
#include "client/cli/words.h"

namespace parley::cli {
namespace {

using client::Arguments;
using schema::Value;

constexpr std::string_view kPolicies[] = {"open", "request", "invite"};
bool IsPolicy(std::string_view word) { return std::ranges::find(kPolicies, word) != std::end(kPolicies); }

void Enter(Desk& desk, const GroupHandle& group) { desk.Open(Conversation::Group(group)); }

void ShowInfo(Desk& desk, const Value& info) {
  const std::string group = TextIn(info, "group"), name = TextIn(info, "name"), topic = TextIn(info, "topic"),
                    role = TextIn(info, "role"), policy = TextIn(info, "policy");
  desk.Print(fmt::format("  {}{}, {} members, since {}", group, name.empty() || name == group ? "" : " (" + name + ")",
                         IntIn(info, "members"), LocalTime(IntIn(info, "created_ms"))));
  if (!topic.empty()) desk.Print("  " + topic);
  const std::string who = policy == "open"      ? "everyone can join"
                          : policy == "request" ? "newcomers ask, and are let in by its owner or admins"
                                                : "for invited people";
  desk.Print(fmt::format("  {}; owned by {}; you are {}", who, TextIn(info, "owner"),
                         role.empty() ? "not in it" : (role == "member" ? "a " : "its ") + role));
  if (const int64_t until_ms = IntIn(info, "muted_until_ms"); until_ms > 0) {
    desk.Print("  muted until " + LocalTime(until_ms));
  }
}

void DoGroups(Desk& desk, std::string_view) {
  auto table = std::make_shared<Table>(std::vector<Table::Column>{{""}, {""}, {""}});
  desk.AskPages(
      "group.list", Arguments(), "groups", 1'000,
      [table](const Value& each) {
        const std::string group = TextIn(each, "group"), name = TextIn(each, "name");
        table->Add({"  " + group, TextIn(each, "role"), name == group ? "" : name});
      },
      [&desk, table](size_t count) {
        if (count == 0) return desk.Print("You are in no group; /search #PREFIX finds some, /create #GROUP makes one.");
        for (const std::string& line : table->Lines(false)) desk.Print(line);
      });
}

void DoCreate(Desk& desk, std::string_view rest) {
  if (!rest.starts_with('#')) return desk.Usage("create", "what shall it be called? Its handle begins with #");
  const auto group = desk.GroupIn(rest, "create");
  if (!group) return;
  Arguments arguments = Arguments().Text("group", group->text());
  std::string_view name = rest;
  const std::string_view policy = Word(name);
  if (IsPolicy(policy)) {
    arguments.Text("policy", policy);
    rest = name;
  }
  desk.Change("group.create", arguments.OptionalText("name", rest), [&desk, group = *group](const Value&) {
    Enter(desk, group);
    desk.Note(fmt::format("{} is yours; /invite USER asks somebody in.", group.text()));
  });
}

void DoJoin(Desk& desk, std::string_view rest) {
  if (!rest.starts_with('#')) return desk.Usage("join", "which group? Its handle begins with #");
  const auto group = desk.GroupIn(rest, "join");
  if (!group) return;
  desk.Change("group.join", Arguments().Text("group", group->text()).OptionalText("note", rest),
              [&desk, group = *group](const Value& result) {
                if (TextIn(result, "state") == "requested") {
                  return desk.Note(fmt::format("{} is asked to let you in; you are told when it does.", group.text()));
                }
                Enter(desk, group);
                desk.Note(fmt::format("You are in {}.", group.text()));
              });
}

void DoLeave(Desk& desk, std::string_view rest) {
  const auto group = desk.GroupIn(rest, "leave");
  if (!group) return;
  desk.Change("group.leave", Arguments().Text("group", group->text()),
              SayDone(desk, fmt::format("You have left {}.", group->text())));
}

void DoInvite(Desk& desk, std::string_view rest) {
  const auto user = desk.UserIn(rest, "invite");
  if (!user) return;
  const auto group = desk.GroupIn(rest, "invite");
  if (!group) return;
  desk.Change("group.invite", Arguments().Text("group", group->text()).Text("user", user->text()),
              SayDone(desk, fmt::format("{} is invited to {}.", user->text(), group->text())));
}

void DoInvitations(Desk& desk, std::string_view) {
  desk.Ask("group.invitations", Arguments(), [&desk](const Value& result) {
    if (result.Find("groups").size() == 0) return desk.Print("No invitations.");
    desk.Print("Invited to (/join #GROUP):");
    Table table({{""}, {""}, {""}, {""}});
    ForEachIn(result, "groups", [&](const Value& each) {
      const std::string group = TextIn(each, "group"), name = TextIn(each, "name");
      desk.seen.insert(group);
      table.Add(
          {"  " + group, "by " + TextIn(each, "by"), LocalTime(IntIn(each, "time_ms")), name == group ? "" : name});
    });
    for (const std::string& line : table.Lines(false)) desk.Print(line);
  });
}

void DoInfo(Desk& desk, std::string_view rest) {
  const auto group = desk.GroupIn(rest, "info");
  if (!group) return;
  desk.Ask("group.info", Arguments().Text("group", group->text()),
           [&desk](const Value& info) { ShowInfo(desk, info); });
}

void DoMembers(Desk& desk, std::string_view rest) {
  const auto group = desk.GroupIn(rest, "members");
  if (!group) return;
  auto table = std::make_shared<Table>(std::vector<Table::Column>{{""}, {""}, {""}, {""}});
  desk.AskPages(
      "group.members", Arguments().Text("group", group->text()), "members", 500,
      [&desk, table](const Value& each) {
        const int64_t muted_until_ms = IntIn(each, "muted_until_ms");
        desk.seen.insert(TextIn(each, "user"));
        table->Add({"  " + TextIn(each, "user"), TextIn(each, "role"), "since " + LocalTime(IntIn(each, "since_ms")),
                    muted_until_ms > 0 ? "muted until " + LocalTime(muted_until_ms) : ""});
      },
      [&desk, table](size_t) {
        for (const std::string& line : table->Lines(false)) desk.Print(line);
      });
}

// What does one thing to one member: USER [#GROUP]. The record that follows says it.
void ToMember(Desk& desk, std::string_view rest, std::string_view command, std::string_view method, Desk::Then then) {
  const auto user = desk.UserIn(rest, command);
  if (!user) return;
  const auto group = desk.GroupIn(rest, command);
  if (!group) return;
  desk.Change(method, Arguments().Text("group", group->text()).Text("user", user->text()), std::move(then));
}

void DoApprove(Desk& desk, std::string_view rest) { ToMember(desk, rest, "approve", "group.approve", SayDone(desk)); }
void DoReject(Desk& desk, std::string_view rest) {
  ToMember(desk, rest, "reject", "group.reject", SayDone(desk, "Rejected; they are not told."));
}
void DoUnban(Desk& desk, std::string_view rest) {
  ToMember(desk, rest, "unban", "group.unban", SayDone(desk, "They may join again."));
}
void DoTransfer(Desk& desk, std::string_view rest) {
  ToMember(desk, rest, "transfer", "group.transfer", SayDone(desk));
}

void DoKick(Desk& desk, std::string_view rest) {
  const auto user = desk.UserIn(rest, "kick");
  if (!user) return;
  std::string_view after = rest;
  const bool ban = Word(after) == "ban";
  if (ban) rest = after;
  const auto group = desk.GroupIn(rest, "kick");
  if (!group) return;
  Arguments arguments = Arguments().Text("group", group->text()).Text("user", user->text());
  if (ban) arguments.Bool("ban", true);
  desk.Change("group.kick", arguments, SayDone(desk, ban ? "They are out, and can't come back." : "They are out."));
}

void DoBans(Desk& desk, std::string_view rest) {
  const auto group = desk.GroupIn(rest, "bans");
  if (!group) return;
  desk.AskPages(
      "group.bans", Arguments().Text("group", group->text()), "users", 500,
      [&desk](const Value& each) {
        desk.Print(fmt::format("  {:<32} since {}", TextIn(each, "user"), LocalTime(IntIn(each, "time_ms"))));
      },
      [&desk](size_t count) {
        if (count == 0) desk.Print("Nobody is banned.");
      });
}

void DoRole(Desk& desk, std::string_view rest) {
  const auto user = desk.UserIn(rest, "role");
  if (!user) return;
  const std::string_view role = Word(rest);
  if (role.empty()) return desk.Usage("role", "which role?");
  const auto group = desk.GroupIn(rest, "role");
  if (!group) return;
  desk.Change("group.role", Arguments().Text("group", group->text()).Text("user", user->text()).Text("role", role),
              SayDone(desk));
}

// What changes one thing of the group that is open.
void Update(Desk& desk, std::string_view command, std::string_view field, std::string_view text) {
  std::string_view none;
  const auto group = desk.GroupIn(none, command);
  if (group) desk.Change("group.update", Arguments().Text("group", group->text()).Text(field, text), SayDone(desk));
}

void DoTopic(Desk& desk, std::string_view rest) { Update(desk, "topic", "topic", rest); }
void DoRename(Desk& desk, std::string_view rest) { Update(desk, "rename", "name", rest); }
void DoPolicy(Desk& desk, std::string_view rest) {
  if (!IsPolicy(rest)) return desk.Usage("policy", "who may join?");
  Update(desk, "policy", "policy", rest);
}

void DoDissolve(Desk& desk, std::string_view rest) {
  // Never the one that merely happens to be open.
  if (!rest.starts_with('#')) return desk.Usage("dissolve", "this can't be undone: say which");
  const auto group = desk.GroupIn(rest, "dissolve");
  if (!group) return;
  desk.Change("group.dissolve", Arguments().Text("group", group->text()),
              SayDone(desk, fmt::format("{} is no more.", group->text())));
}

constexpr Command kCommands[] = {
    {"groups", "", "the groups you are in", "", &DoGroups},
    {"join", "#GROUP [TEXT]", "join a group, or ask to", "TEXT is shown to its owner and admins, where they decide.",
     &DoJoin},
    {"leave", "[#GROUP]", "leave a group; its owner gives it away first (/transfer)", "", &DoLeave},
    {"create", "#GROUP [open|request|invite] [TEXT]", "make a group; TEXT is its name",
     "open: everyone can join. request: newcomers ask first. invite: for invited people, others can't see it.",
     &DoCreate},
    {"info", "[#GROUP]", "what a group is, and what you are in it", "", &DoInfo},
    {"members", "[#GROUP]", "who is in it", "", &DoMembers},
    {"invite", "USER [#GROUP]", "ask somebody in, once, for 30 days",
     "In an open group any member may; elsewhere its owner and admins. /kick USER withdraws it.", &DoInvite},
    {"invitations", "", "groups you are invited to", "", &DoInvitations},
    {"approve", "USER [#GROUP]", "let in who asks to join (/requests #GROUP)", "", &DoApprove},
    {"reject", "USER [#GROUP]", "don't; they are not told", "", &DoReject},
    {"kick", "USER [ban] [#GROUP]", "remove a member; with ban, for good",
     "Withdraws an invitation or request, too. /unban USER ends a ban.", &DoKick},
    {"unban", "USER [#GROUP]", "let a banned user join again", "", &DoUnban},
    {"bans", "[#GROUP]", "who is banned", "", &DoBans},
    {"role", "USER admin|member [#GROUP]", "make a member an admin, or an admin a member", "For its owner.", &DoRole},
    {"transfer", "USER [#GROUP]", "give the group to a member", "You become an admin.", &DoTransfer},
    {"topic", "[TEXT]", "what the group is about", "", &DoTopic},
    {"rename", "TEXT", "the group's name; its handle stays", "", &DoRename},
    {"policy", "open|request|invite", "who may join", "See /help create.", &DoPolicy},
    {"dissolve", "#GROUP", "end a group for everyone and for good", "Its handle is never given out again.",
     &DoDissolve},
};

}  // namespace

std::span<const Command> GroupCommands() { return kCommands; }

}  // namespace parley::cli
