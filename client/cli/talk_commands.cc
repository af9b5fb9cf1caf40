// Commands of the chat: writing, reading, and going from one conversation to another.
#include <spdlog/fmt/fmt.h>

#include "client/cli/answers.h"
#include "client/cli/command.h"
#include "client/cli/table.h"
#include "client/cli/words.h"
#include "common/schema/codec.h"

namespace parley::cli {
namespace {

using client::Arguments;
using schema::Value;

void Introduce(Desk& desk, const Conversation& conversation) {
  if (conversation.is_announcements()) return desk.Note("Announcements to everyone: for reading.");
  if (conversation.is_direct()) {
    const UserHandle other = conversation.Other(desk.self());
    desk.Ask("user.profile", Arguments().Text("user", other.text()), [&desk, other](const Value& profile) {
      const std::string name = TextIn(profile, "name");
      const bool named = !name.empty() && name != other.text();
      desk.Note(fmt::format("Talking with {}{}.", other.text(), named ? " (" + name + ")" : ""));
    });
    return;
  }
  desk.Ask("group.info", Arguments().Text("group", conversation.text()), [&desk](const Value& info) {
    const std::string group = TextIn(info, "group"), name = TextIn(info, "name"), topic = TextIn(info, "topic");
    const int64_t members = IntIn(info, "members");
    std::string line = "Talking in " + group;
    if (!name.empty() && name != group) line += " (" + name + ")";
    line += fmt::format(", {} member{}.", members, members == 1 ? "" : "s");
    if (!topic.empty()) line += " " + topic;
    desk.Note(line);
    if (info.Find("role").is_nil()) desk.Note(fmt::format("You are not in it: /join {} to come in.", group));
  });
}

void DoTo(Desk& desk, std::string_view rest) {
  if (rest.empty()) return desk.Usage("to", "to whom?");
  if (rest.starts_with('@')) rest.remove_prefix(1);
  if (rest == "!all") {
    desk.Open(Conversation::Announcements());
    return Introduce(desk, *desk.open());
  }
  const Result<Address> to = Address::Parse(rest);
  if (!to) return desk.Usage("to", to.error().message);
  desk.Open(Conversation::Between(desk.self(), *to));
  Introduce(desk, *desk.open());
}

void DoMessage(Desk& desk, std::string_view rest) {
  const Result<Address> to = Address::Parse(Word(rest));
  if (!to) return desk.Usage("msg", to.error().message);
  if (rest.empty()) return desk.Usage("msg", "the text is missing");
  desk.Say(*to, std::string(rest));
}

// Where the next text goes, or a complaint.
std::optional<Address> Partner(Desk& desk) {
  const auto partner = desk.partner();
  if (!partner)
    desk.Complain(desk.open() ? "nothing can be written here; /to NAME goes elsewhere" : "to whom? /to NAME");
  return partner;
}

void DoMe(Desk& desk, std::string_view rest) {
  if (rest.empty()) return desk.Usage("me", "what do you do?");
  if (const auto partner = Partner(desk)) {
    desk.Say(*partner, std::string(rest), {.kind = std::string(kActionKind), .reply_to = 0, .mentions = {}});
  }
}

void DoReply(Desk& desk, std::string_view rest) {
  const auto partner = Partner(desk);
  if (!partner) return;
  const auto number = desk.NumberIn(rest, 0);
  if (!number) return;
  if (rest.empty()) return desk.Usage("reply", "the text is missing");
  desk.Say(*partner, std::string(rest), {.kind = {}, .reply_to = *number, .mentions = {}});
}

void DoList(Desk& desk, std::string_view) {
  auto table = std::make_shared<Table>(
      std::vector<Table::Column>{{"  CONVERSATION"}, {"RECORDS", true}, {"UNREAD", true}, {""}});
  desk.AskPages(
      "message.sync", Arguments(), "conversations", 1'000,
      [&desk, table](const Value& item) {
        const Result<client::Listed> each = schema::Decode<client::Listed>(item);
        if (!each) return;
        const int64_t muted_until_ms = IntIn(item, "muted_until_ms");
        table->Add({"  " + desk.TitleOf(each->conversation), std::to_string(each->head - each->floor + 1),
                    each->unread == 0 ? "" : fmt::format("{}{}", each->unread, each->unread >= 100 ? "+" : ""),
                    muted_until_ms > desk.now_ms() ? "muted until " + LocalTime(muted_until_ms) : ""});
      },
      [&desk, table](size_t count) {
        if (count == 0) return desk.Print("No conversations yet; /to NAME begins one.");
        for (const std::string& line : table->Lines()) desk.Print(line);
      });
}

void DoHistory(Desk& desk, std::string_view rest) {
  std::optional<Arguments> arguments = desk.Here();
  if (!arguments) return;
  arguments->Int("limit", ParseNumber(Word(rest)).value_or(20));
  if (const auto before = ParseNumber(Word(rest))) arguments->Int("before", *before);
  desk.Ask("message.history", *arguments, [&desk](const Value& page) {
    if (page.Find("messages").size() == 0) desk.Print("Nothing.");
    ForEachIn(page, "messages", [&desk](const Value& message) {
      const auto record = schema::Decode<client::Record>(message);
      if (record) desk.Print(desk.transcript().Line(*record, desk.open()));
    });
  });
}

void DoRead(Desk& desk, std::string_view rest) {
  if (rest == "all") {
    for (const auto& [conversation, view] : desk.views()) desk.MarkRead(conversation);
    return desk.Note("All read.");
  }
  if (!desk.Here()) return;
  desk.MarkRead(*desk.open());
  desk.Note("Read.");
}

void DoEdit(Desk& desk, std::string_view rest) {
  auto arguments = desk.Here();
  if (!arguments) return;
  const auto number = desk.NumberIn(rest, desk.views()[*desk.open()].own_last);
  if (!number) return;
  if (rest.empty()) return desk.Usage("edit", "the text is missing");
  desk.Change("message.edit", arguments->Int("seq", *number).Text("body", rest), [](const Value&) {});
}

void DoRecall(Desk& desk, std::string_view rest) {
  auto arguments = desk.Here();
  if (!arguments) return;
  const auto number = desk.NumberIn(rest, desk.views()[*desk.open()].own_last);
  if (number) desk.Change("message.recall", arguments->Int("seq", *number), [](const Value&) {});
}

void React(Desk& desk, std::string_view rest, bool on) {
  auto arguments = desk.Here();
  if (!arguments) return;
  const auto number = desk.NumberIn(rest, desk.views()[*desk.open()].other_last);
  if (!number) return;
  if (rest.empty()) return desk.Usage(on ? "react" : "unreact", "the emoji is missing");
  desk.Change("message.react", arguments->Int("seq", *number).Text("emoji", rest).Bool("on", on),
              [&desk](const Value& result) {
                if (result.Find("seq").is_nil()) desk.Note("It was so already.");
              });
}

void DoReact(Desk& desk, std::string_view rest) { React(desk, rest, true); }
void DoUnreact(Desk& desk, std::string_view rest) { React(desk, rest, false); }

void DoReceipts(Desk& desk, std::string_view rest) {
  auto arguments = desk.Here();
  if (!arguments) return;
  const auto number = desk.NumberIn(rest, desk.views()[*desk.open()].own_last);
  if (!number) return;
  auto table = std::make_shared<Table>(std::vector<Table::Column>{{""}, {""}});
  desk.AskPages(
      "message.receipts", arguments->Int("seq", *number), "receipts", 200,
      [table](const Value& each) {
        table->Add({"  " + TextIn(each, "user"), FlagIn(each, "read")       ? "read"
                                                 : FlagIn(each, "received") ? "received"
                                                                            : "not received yet"});
      },
      [&desk, table](size_t count) {
        if (count == 0) desk.Print("Nobody else is here.");
        for (const std::string& line : table->Lines(false)) desk.Print(line);
      });
}

// One's own peace, or that of a group.
void DoMute(Desk& desk, std::string_view rest) {
  auto arguments = desk.Here();
  if (!arguments) return;
  std::string_view word = Word(rest);
  if (const auto span_ms = ParseDuration(word); span_ms && rest.empty()) {
    const int64_t until_ms = *span_ms == 0 ? 0 : desk.now_ms() + *span_ms;
    return desk.Change(
        "message.mute", arguments->Int("until_ms", until_ms),
        SayDone(desk, until_ms == 0 ? "You are told of this conversation again."
                                    : "You are not told of this conversation until " + LocalTime(until_ms) + "."));
  }
  if (word.empty()) return desk.Usage("mute", "for how long? 30m, 2h, 7d, or off");
  const auto span_ms = ParseDuration(rest);
  if (!span_ms) return desk.Usage("mute", "for how long? 30m, 2h, 7d, or off");
  if (!desk.open()->is_group()) return desk.Usage("mute", "only members of a group can be muted; /block is for users");
  Arguments mute = Arguments().Text("group", desk.open()->text());
  if (word != "all") {
    const auto user = desk.UserIn(word, "mute");
    if (!user) return;
    mute.Text("user", user->text());
  }
  desk.Change("group.mute", mute.Int("until_ms", *span_ms == 0 ? 0 : desk.now_ms() + *span_ms), SayDone(desk));
}

constexpr Command kCommands[] = {
    {"to", "NAME", "talk with a user, a #group, or see !all; what you type goes there",
     "NAME is a handle: alice, or #cpp for a group. Your own handle is your notebook.\n"
     "What others say elsewhere is shown meanwhile, and counted in the prompt.",
     &DoTo},
    {"msg", "NAME TEXT", "one message to somebody else", "You stay in the conversation that is open.", &DoMessage},
    {"me", "ACTION", "say what you do: /me waves", "", &DoMe},
    {"list", "", "your conversations, with what is unread", "", &DoList},
    {"history", "[COUNT] [BEFORE]", "earlier messages of this conversation",
     "COUNT is 20 unless given, at most 200; BEFORE is the number of a message: only what is older.\n"
     "In a group you see what was said since you joined.",
     &DoHistory},
    {"read", "[all]", "mark this conversation (or all) as read", "", &DoRead},
    {"reply", "NUMBER TEXT", "answer a certain message", "NUMBER is the one in front of it.", &DoReply},
    {"edit", "[NUMBER] TEXT", "change a message of yours (the last one)", "", &DoEdit},
    {"recall", "[NUMBER]", "take a message of yours (the last one) back",
     "A group's owner and admins can take back anyone's.", &DoRecall},
    {"react", "[NUMBER] EMOJI", "react to a message (their last one)", "", &DoReact},
    {"unreact", "[NUMBER] EMOJI", "take that back", "", &DoUnreact},
    {"receipts", "[NUMBER]", "who has received and read a message (your last one)", "", &DoReceipts},
    {"mute", "[USER|all] TIME", "be left alone by a conversation; or silence members of a group",
     "TIME is 30m, 2h, 7d, or a number of minutes; off ends it.\n"
     "/mute 2h            you are not told of this conversation on phones and the like\n"
     "/mute carol 10m     carol can't write in this group, for owner and admins to do\n"
     "/mute all 10m       nobody can but owner and admins",
     &DoMute},
};

}  // namespace

std::span<const Command> TalkCommands() { return kCommands; }

}  // namespace parley::cli
