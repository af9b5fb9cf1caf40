// What the chat decides without a terminal or a server: commands, completion, sentences, the prompt.
#include <catch2/catch.hpp>
#include <clocale>
#include <set>

#include "client/arguments.h"
#include "client/cli/command.h"
#include "client/cli/prompt.h"
#include "client/cli/sentences.h"
#include "client/cli/table.h"
#include "client/cli/words.h"

namespace parley::cli {
namespace {

using client::Arguments;
using Texts = std::vector<std::string>;

const UserHandle kAlice = UserHandle::Must("alice");
const UserHandle kBob = UserHandle::Must("bob");
const Conversation kWithBob = Conversation::Must("alice~bob");
const Conversation kCpp = Conversation::Must("#cpp");

TEST_CASE("words are split off a line") {
  std::string_view rest = "bob   hello there";
  CHECK(Word(rest) == "bob");
  CHECK(rest == "hello there");
  CHECK(Word(rest) == "hello");
  CHECK(Word(rest) == "there");
  CHECK(Word(rest).empty());
}

TEST_CASE("a time is a number with its unit, or minutes") {
  CHECK(ParseDuration("90s") == 90'000);
  CHECK(ParseDuration("30m") == 1'800'000);
  CHECK(ParseDuration("30") == 1'800'000);
  CHECK(ParseDuration("2h") == 7'200'000);
  CHECK(ParseDuration("7d") == 604'800'000);
  CHECK(ParseDuration("off") == 0);
  CHECK(ParseDuration("0") == 0);
  for (const char* wrong : {"", "m", "-5m", "5w", "1h30m", "bob", "99999999999d", "9223372036854775807h"}) {
    INFO(wrong);
    CHECK_FALSE(ParseDuration(wrong));
  }
}

TEST_CASE("a mention is a handle after an at sign") {
  CHECK(MentionsIn("@bob and @carol.x, see @bob") == Texts{"bob", "carol.x"});
  CHECK(MentionsIn("ask @bob. Or @carol-!") == Texts{"bob", "carol"});
  CHECK(MentionsIn("mail bob@example.org, @ nobody, @@x, @X").empty());
  std::string many;
  for (int i = 0; i < 60; ++i) many += "@user" + std::to_string(i) + " ";
  CHECK(MentionsIn(many).size() == 50);
}

TEST_CASE("every command has a line of help that fits, and a name of its own") {
  std::set<std::string_view> names;
  for (const Topic& topic : Topics()) {
    for (const Command& command : topic.commands) {
      INFO(command.name);
      CHECK(names.insert(command.name).second);
      CHECK(!command.help.empty());
      CHECK(command.run != nullptr);
      CHECK(FindCommand(command.name) == &command);
      for (const std::string& line : HelpLines(command)) CHECK(WidthOf(line) <= 120);
    }
  }
  CHECK(names.size() > 50);
  for (const std::string& line : HelpLines()) {
    INFO(line);
    CHECK(WidthOf(line) <= 120);
  }
  CHECK(HelpLines(*FindCommand("mute")).size() == 6);
  CHECK(FindCommand("no-such") == nullptr);
}

TEST_CASE("completion follows what a command takes") {
  const Texts users{"alice", "bob"}, groups{"!all", "#cpp"};
  const auto complete = [&](std::string_view before, std::string_view word) {
    return Completions(before, word, users, groups);
  };
  CHECK(complete("", "/unb") == Texts{"/unban", "/unblock"});
  CHECK(complete("/to ", "") == Texts{"!all", "#cpp", "alice", "bob"});
  CHECK(complete("/add ", "a") == Texts{"alice"});
  CHECK(complete("/add ", "#").empty());
  CHECK(complete("/invite bob ", "#") == Texts{"#cpp"});
  CHECK(complete("/role bob ", "a") == Texts{"admin"});
  CHECK(complete("/role bob admin ", "#") == Texts{"#cpp"});
  CHECK(complete("/mute ", "a") == Texts{"alice", "all"});
  CHECK(complete("/help ", "unb") == Texts{"unban", "unblock"});
  CHECK(complete("/status ", "") == Texts{"away", "busy", "online"});
  CHECK(complete("/msg bob ", "al").empty());
  CHECK(complete("/add bob hello ", "al").empty());
  CHECK(complete("/nonsense ", "al").empty());
  CHECK(complete("hello ", "al").empty());
  CHECK(complete("hello ", "@al") == Texts{"@alice"});
}

struct EventTest {
  client::Record Event(const std::string& event, const std::string& user = "") {
    client::Record record;
    record.conversation = kCpp;
    record.from = kBob;
    record.kind = "system";
    record.event = event;
    if (!user.empty()) record.user = UserHandle::Must(user);
    return record;
  }
  std::string Say(const client::Record& record) { return SentenceOf(record, kAlice); }
};

TEST_CASE_METHOD(EventTest, "what happens in a group reads as a sentence") {
  CHECK(Say(Event("created")) == "bob created the group");
  CHECK(Say(Event("joined")) == "bob joined");
  CHECK(Say(Event("joined", "bob")) == "bob joined");
  CHECK(Say(Event("joined", "carol")) == "bob let carol in");
  CHECK(Say(Event("left")) == "bob left");
  CHECK(Say(Event("kicked", "alice")) == "bob removed you");
  CHECK(Say(Event("transferred", "carol")) == "bob gave the group to carol");
  CHECK(Say(Event("dissolved")) == "bob dissolved the group");
  client::Record record = Event("role", "alice");
  record.role = "admin";
  CHECK(Say(record) == "bob made you an admin");
  record = Event("updated");
  record.name = "C++";
  record.topic = "";
  record.policy = "invite";
  CHECK(Say(record) == "bob calls the group C++, removed the topic, admits invited people only");
  record = Event("muted", "carol");
  record.until_ms = 0;
  CHECK(Say(record) == "bob lets carol write again");
  record.until_ms = 1'700'000'000'000;
  CHECK(Say(record).starts_with("bob muted carol until 2023-11-"));
  CHECK(Say(Event("of.the.future", "carol")) == "bob of.the.future carol");
}

struct NoticeTest {
  std::optional<std::string> Notice(std::string_view method, const Arguments& arguments) {
    const std::string encoded = arguments.Encoded();
    return NoticeOf(method, parser.Parse(encoded).value());
  }
  schema::Parser parser;
};

TEST_CASE_METHOD(NoticeTest, "what is told besides says what to type") {
  CHECK(Notice("friend.requested", Arguments().Text("user", "bob").Text("note", "hi\x1b[2J")) ==
        "bob asks to be friends: hi\uFFFD[2J  (/accept bob or /decline bob)");
  CHECK(Notice("friend.accepted", Arguments().Text("user", "bob")) == "bob and you are friends now");
  CHECK(Notice("friend.presence", Arguments().Text("user", "bob").Bool("online", false)) == "bob is offline");
  CHECK(Notice("friend.presence",
               Arguments().Text("user", "bob").Bool("online", true).Text("state", "away").Text("text", "lunch")) ==
        "bob is away: lunch");
  CHECK(Notice("group.invited", Arguments().Text("group", "#cpp").Text("by", "bob")) ==
        "bob invites you to #cpp  (/join #cpp)");
  CHECK(Notice("group.requested", Arguments().Text("group", "#cpp").Text("user", "bob").Text("note", "me")) ==
        "bob asks to join #cpp: me  (/approve bob #cpp or /reject bob #cpp)");
  CHECK(Notice("group.joined", Arguments().Text("group", "#cpp").Text("by", "bob")) ==
        "bob let you into #cpp  (/to #cpp)");
  CHECK(Notice("group.left", Arguments().Text("group", "#cpp").Text("by", "bob").Text("reason", "banned")) ==
        "bob banned you from #cpp");
}

TEST_CASE_METHOD(NoticeTest, "what records say already, and what is not understood, is not told") {
  CHECK_FALSE(Notice("group.joined", Arguments().Text("group", "#cpp")));
  CHECK_FALSE(Notice("group.left", Arguments().Text("group", "#cpp").Text("reason", "left")));
  CHECK_FALSE(Notice("friend.requested", Arguments().Int("user", 5)));
  CHECK_FALSE(Notice("friend.of_the_future", Arguments().Text("user", "bob")));
  CHECK_FALSE(Notice("other.thing", Arguments()));
}

TEST_CASE("errors say what to do") {
  CHECK(WhyNot("group.create", {Code::kUnsupported, "x", 0}) ==
        "this server has no group.create; is parley-group running?");
  CHECK(WhyNot("friend.add", {Code::kUnavailable, "no worker", 0}).find("try again in a moment") != std::string::npos);
  CHECK(WhyNot("user.profile", {Code::kNotFound, "user: no such user", 0}) == "user: no such user");
}

struct PromptTest {
  std::string Prompt() {
    PromptParts parts{
        .self = kAlice, .open = open, .typing = typing, .views = views, .unsent = unsent, .online = online};
    if (friend_there.user == kBob) parts.friend_there = &friend_there;
    return PromptOf(parts);
  }
  std::optional<Conversation> open = kWithBob;
  std::vector<UserHandle> typing;
  std::map<Conversation, View> views;
  client::Friend friend_there;
  size_t unsent = 0;
  bool online = true;
};

TEST_CASE_METHOD(PromptTest, "the prompt says where one is, who is there, and what waits") {
  CHECK(Prompt() == "bob> ");
  friend_there.user = kBob;
  CHECK(Prompt() == "bob [offline]> ");
  friend_there.online = true;
  friend_there.state = "busy";
  typing = {kBob};
  CHECK(Prompt() == "bob [busy] (typing)> ");
  friend_there.state = "online";
  typing.clear();
  views[kWithBob].unread = 3;  // what is open is seen
  views[kCpp].unread = 2;
  views[Conversation::Announcements()].unread = 100;
  CHECK(Prompt() == "bob [unread: !all 100+, #cpp 2]> ");
  unsent = 1;
  online = false;
  CHECK(Prompt() == "bob [unread: !all 100+, #cpp 2] (1 unsent) (not connected)> ");
}

TEST_CASE_METHOD(PromptTest, "it stays short in a crowd") {
  open = kCpp;
  for (int i = 0; i < 9; ++i) {
    typing.push_back(UserHandle::Must("user" + std::to_string(i)));
    views[Conversation::Must("#g" + std::to_string(i) + "x")].unread = 1;
  }
  CHECK(Prompt() == "#cpp (user0, user1, user2 and 6 more typing) [unread: #g0x 1, #g1x 1, #g2x 1, #g3x 1, 5 more]> ");
  open.reset();
  typing.clear();
  views.clear();
  CHECK(Prompt() == "> ");
}

TEST_CASE("columns line up, whatever is in them") {
  Table table({{"NAME"}, {"COUNT", true}, {"TEXT", false, 6}});
  table.Add({"a", "5", "short"});
  table.Add({"caf\u00e9", "1,000", "much too long"});
  table.Add({"\u65e5\u672c"});
  std::setlocale(LC_CTYPE, "C.UTF-8");
  CHECK(table.Lines() ==
        Texts{"NAME  COUNT  TEXT", "a         5  short", "caf\u00e9  1,000  much \u2026", "\u65e5\u672c"});
  CHECK(table.Lines(false).size() == 3);
  CHECK(Fitted("abc", 5, true) == "  abc");
  CHECK(Fitted("abcdef", 3) == "ab\u2026");
  CHECK(WidthOf("\x1b[31mred\x1b[0m") == 3);
}

}  // namespace
}  // namespace parley::cli
