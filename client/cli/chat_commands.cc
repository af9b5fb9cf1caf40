// What a line that begins with a slash does.
#include <spdlog/fmt/fmt.h>

#include <charconv>
#include <ctime>

#include "client/cli/chat.h"
#include "common/schema/codec.h"
#include "common/schema/json.h"

namespace parley::cli {
namespace {

using client::Arguments;
using schema::Value;

std::string TextIn(const Value& map, std::string_view name) {
  const Value value = map.Find(name);
  return value.type() == schema::Type::kText ? Printable(value.AsText()) : std::string();
}
int64_t IntIn(const Value& map, std::string_view name) {
  const Value value = map.Find(name);
  return value.type() == schema::Type::kInt ? value.AsInt().value_or(0) : 0;
}
bool FlagIn(const Value& map, std::string_view name) {
  const Value value = map.Find(name);
  return value.type() == schema::Type::kBool && value.AsBool();
}
template <class F>
void ForEachIn(const Value& map, std::string_view name, F&& f) {
  const Value list = map.Find(name);
  for (size_t i = 0; list.type() == schema::Type::kList && i < list.size(); ++i) f(list.at(i));
}

std::string LocalTime(int64_t time_ms) {
  const std::time_t seconds = time_ms / 1000;
  std::tm local{};
  localtime_r(&seconds, &local);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &local)};
}

// Splits off the first word.
std::string_view Word(std::string_view& rest) {
  const size_t end = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end);
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  return word;
}

std::optional<int64_t> ParseNumber(std::string_view word) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size() || number <= 0) return std::nullopt;
  return number;
}

}  // namespace

std::span<const Chat::Command> Chat::Commands() {
  static constexpr Command kCommands[] = {
      {"help", "", "this list", &Chat::DoHelp},
      {"to", "NAME", "talk with a user or a group; what you type goes there", &Chat::DoTo},
      {"msg", "NAME TEXT", "one message to somebody else", &Chat::DoMessage},
      {"list", "", "your conversations, with what is unread", &Chat::DoList},
      {"history", "[COUNT] [BEFORE]", "earlier messages of this conversation", &Chat::DoHistory},
      {"reply", "NUMBER TEXT", "answer a certain message", &Chat::DoReply},
      {"edit", "[NUMBER] TEXT", "change a message of yours (the last one)", &Chat::DoEdit},
      {"recall", "[NUMBER]", "take a message of yours (the last one) back", &Chat::DoRecall},
      {"react", "[NUMBER] EMOJI", "react to a message (their last one)", &Chat::DoReact},
      {"unreact", "[NUMBER] EMOJI", "take that back", &Chat::DoUnreact},
      {"receipts", "[NUMBER]", "who has received and read a message (your last one)", &Chat::DoReceipts},
      {"who", "[NAME]", "about a user (the one you talk with)", &Chat::DoWho},
      {"find", "PREFIX", "users whose handle begins so", &Chat::DoFind},
      {"status", "online|away|busy [TEXT]", "your status, on all your devices", &Chat::DoStatus},
      {"name", "TEXT", "your name, as others see it", &Chat::DoName},
      {"about", "TEXT", "a few words about you", &Chat::DoAbout},
      {"mute", "MINUTES", "mute this conversation (0: no longer)", &Chat::DoMute},
      {"sessions", "", "where you are logged in", &Chat::DoSessions},
      {"revoke", "SESSION", "end one of these", &Chat::DoRevoke},
      {"call", "METHOD [JSON]", "call anything the server can do", &Chat::DoCall},
      {"logout", "", "end this session for good, and leave", &Chat::DoLogout},
      {"quit", "", "leave; also Ctrl-D", &Chat::DoQuit},
  };
  return kCommands;
}

client::Connection::Reply Chat::Answered(std::function<void(const Value&)> then) {
  return [this, then = std::move(then)](const Result<Value>& result) {
    if (!result) return Complain(Printable(result.error().message));
    then(*result);
  };
}

void Chat::Ask(std::string_view method, const Arguments& arguments, std::function<void(const Value&)> then) {
  client_.Call(method, arguments.Encoded(), Answered(std::move(then)));
}

void Chat::Change(std::string_view method, const Arguments& arguments, std::function<void(const Value&)> then) {
  client_.Change(method, arguments, Answered(std::move(then)));
}

std::optional<Arguments> Chat::Here() {
  if (open_) return Arguments().Text("conversation", open_->text());
  Complain("in which conversation? Say /to NAME first");
  return std::nullopt;
}

std::optional<int64_t> Chat::NumberIn(std::string_view& rest, int64_t otherwise) {
  std::string_view after = rest;
  if (const auto number = ParseNumber(Word(after))) {
    rest = after;
    return number;
  }
  if (otherwise > 0) return otherwise;
  Complain("which message? Give the number in front of it");
  return std::nullopt;
}

void Chat::DoHelp(std::string_view) {
  for (const Command& command : Commands()) {
    Print(fmt::format("  {:<34} {}", fmt::format("/{} {}", command.name, command.arguments), command.help));
  }
  Print("  What does not begin with a slash is sent; // sends a slash. Tab completes, the arrows bring lines back.");
}

void Chat::DoTo(std::string_view rest) {
  const Result<Address> to = Address::Parse(rest);
  if (!to) return Complain("/to: " + to.error().message);
  Talk(*to);
  if (to->is_group()) return Print(transcript_.Dim("Talking in " + to->text() + "."));
  Ask("user.profile", Arguments().Text("user", to->text()), [this, to = *to](const Value& profile) {
    const std::string name = TextIn(profile, "name");
    const bool named = !name.empty() && name != to.text();
    Print(transcript_.Dim(fmt::format("Talking with {}{}.", to.text(), named ? " (" + name + ")" : "")));
  });
}

void Chat::DoMessage(std::string_view rest) {
  const Result<Address> to = Address::Parse(Word(rest));
  if (!to) return Complain("/msg: " + to.error().message);
  if (rest.empty()) return Complain("/msg NAME TEXT: the text is missing");
  Say(*to, std::string(rest));
}

void Chat::DoList(std::string_view) {
  Ask("message.sync", Arguments().Int("limit", 200), [this](const Value& result) {
    const Result<client::Listing> listing = schema::Decode<client::Listing>(result);
    if (!listing) return Complain(listing.error().message);
    if (listing->conversations.empty()) Print("No conversations yet; /to NAME begins one.");
    for (const client::Listed& each : listing->conversations) {
      const std::string unread = each.unread > 0 ? transcript_.Bold(fmt::format(", {} unread", each.unread)) : "";
      Print(fmt::format("  {:<32} {} messages{}", TitleOf(each.conversation, self_), each.head, unread));
    }
    if (!listing->cursor.empty()) Print("  …");
  });
}

void Chat::DoHistory(std::string_view rest) {
  std::optional<Arguments> arguments = Here();
  if (!arguments) return;
  arguments->Int("limit", ParseNumber(Word(rest)).value_or(20));
  if (const auto before = ParseNumber(Word(rest))) arguments->Int("before", *before);
  Ask("message.history", *arguments, [this](const Value& page) {
    if (page.Find("messages").size() == 0) Print("Nothing.");
    ForEachIn(page, "messages", [this](const Value& message) {
      if (const auto record = schema::Decode<client::Record>(message)) Print(transcript_.Line(*record, open_));
    });
  });
}

void Chat::DoReply(std::string_view rest) {
  if (!Here()) return;
  const auto number = NumberIn(rest, 0);
  if (!number) return;
  if (rest.empty()) return Complain("/reply NUMBER TEXT: the text is missing");
  Say(*partner_, std::string(rest), {.kind = {}, .reply_to = *number});
}

void Chat::DoEdit(std::string_view rest) {
  auto arguments = Here();
  if (!arguments) return;
  const auto number = NumberIn(rest, views_[*open_].own_last);
  if (!number) return;
  if (rest.empty()) return Complain("/edit [NUMBER] TEXT: the text is missing");
  Change("message.edit", arguments->Int("seq", *number).Text("body", rest), [](const Value&) {});
}

void Chat::DoRecall(std::string_view rest) {
  auto arguments = Here();
  if (!arguments) return;
  const auto number = NumberIn(rest, views_[*open_].own_last);
  if (number) Change("message.recall", arguments->Int("seq", *number), [](const Value&) {});
}

void Chat::DoReact(std::string_view rest) { React(rest, true); }
void Chat::DoUnreact(std::string_view rest) { React(rest, false); }

void Chat::React(std::string_view rest, bool on) {
  auto arguments = Here();
  if (!arguments) return;
  const auto number = NumberIn(rest, views_[*open_].other_last);
  if (!number) return;
  if (rest.empty()) return Complain("/react [NUMBER] EMOJI: the emoji is missing");
  Change("message.react", arguments->Int("seq", *number).Text("emoji", rest).Bool("on", on),
         [this](const Value& result) {
           if (result.Find("seq").is_nil()) Print(transcript_.Dim("It was so already."));
         });
}

void Chat::DoReceipts(std::string_view rest) {
  auto arguments = Here();
  if (!arguments) return;
  const auto number = NumberIn(rest, views_[*open_].own_last);
  if (!number) return;
  Ask("message.receipts", arguments->Int("seq", *number), [this](const Value& result) {
    ForEachIn(result, "receipts", [this](const Value& each) {
      const char* what = FlagIn(each, "read") ? "read" : FlagIn(each, "received") ? "received" : "not received yet";
      Print(fmt::format("  {:<32} {}", TextIn(each, "user"), what));
    });
    if (!result.Find("cursor").is_nil()) Print("  …");
  });
}

void Chat::DoWho(std::string_view rest) {
  const std::string user = rest.empty() ? (partner_ ? partner_->text() : self_.text()) : std::string(rest);
  Ask("user.profile", Arguments().Text("user", user), [this](const Value& profile) {
    const std::string about = TextIn(profile, "about"), state = TextIn(profile, "state"),
                      text = TextIn(profile, "text");
    Print(fmt::format("  {} ({}), here since {}", TextIn(profile, "user"), TextIn(profile, "name"),
                      LocalTime(IntIn(profile, "created_ms"))));
    if (!about.empty()) Print("  " + about);
    if (profile.Find("online").is_nil()) return;
    std::string line = FlagIn(profile, "online") ? "online" : "offline";
    if (!state.empty() && state != line) line += ", " + state;
    if (!text.empty()) line += ": " + text;
    if (const int64_t seen_ms = IntIn(profile, "last_seen_ms")) line += ", last seen " + LocalTime(seen_ms);
    Print("  " + line);
  });
}

void Chat::DoFind(std::string_view rest) {
  Ask("user.search", Arguments().Text("prefix", rest), [this](const Value& result) {
    if (result.Find("users").size() == 0) Print("Nobody.");
    ForEachIn(result, "users", [this](const Value& each) {
      Print(fmt::format("  {:<32} {}", TextIn(each, "user"), TextIn(each, "name")));
    });
    if (!result.Find("cursor").is_nil()) Print("  …");
  });
}

void Chat::DoStatus(std::string_view rest) {
  const std::string_view state = Word(rest);
  if (state.empty()) return Complain("/status online|away|busy [TEXT]");
  Change("user.status", Arguments().Text("state", state).OptionalText("text", rest),
         [this](const Value&) { Print(transcript_.Dim("Done.")); });
}

void Chat::DoName(std::string_view rest) {
  Change("user.update", Arguments().Text("name", rest), [this](const Value&) { Print(transcript_.Dim("Done.")); });
}
void Chat::DoAbout(std::string_view rest) {
  Change("user.update", Arguments().Text("about", rest), [this](const Value&) { Print(transcript_.Dim("Done.")); });
}

void Chat::DoMute(std::string_view rest) {
  auto arguments = Here();
  if (!arguments) return;
  const int64_t minutes = rest == "0" ? 0 : ParseNumber(rest).value_or(-1);
  if (minutes < 0) return Complain("/mute MINUTES: a number, 0 to hear of it again");
  const int64_t until_ms = minutes == 0 ? 0 : loop_.now().wall_ms + minutes * 60'000;
  Change("message.mute", arguments->Int("until_ms", until_ms),
         [this](const Value&) { Print(transcript_.Dim("Done.")); });
}

void Chat::DoSessions(std::string_view) {
  Ask("user.sessions", Arguments(), [this](const Value& result) {
    ForEachIn(result, "sessions", [this](const Value& each) {
      const char* state = FlagIn(each, "current") ? "this one" : FlagIn(each, "connected") ? "connected" : "";
      Print(fmt::format("  {:<24} {:<20} {:<16} since {} {}", TextIn(each, "session"), TextIn(each, "device"),
                        TextIn(each, "address"), LocalTime(IntIn(each, "since_ms")), state));
    });
  });
}

void Chat::DoRevoke(std::string_view rest) {
  if (rest.empty()) return Complain("/revoke SESSION: /sessions lists them");
  Change("user.revoke", Arguments().Text("session", rest), [this](const Value&) { Print(transcript_.Dim("Done.")); });
}

void Chat::DoCall(std::string_view rest) {
  const std::string method(Word(rest));
  if (method.empty()) return Complain("/call METHOD [JSON]");
  const Result<std::string> arguments = schema::EncodedOfJson(rest.empty() ? "{}" : rest);
  if (!arguments) return Complain(arguments.error().message);
  client_.Call(method, *arguments, Answered([this](const Value& result) {
                 std::string encoded;
                 schema::Writer writer(encoded);
                 schema::WriteValue(writer, result);
                 if (const auto json = schema::JsonOf(encoded, 2)) Print(Printable(*json, ""));
               }));
}

void Chat::DoLogout(std::string_view) {
  Change("user.logout", Arguments(), [this](const Value&) {
    if (account_.folder) {
      if (const auto kept = account_.folder->KeepToken(""); !kept) Complain(kept.error().message);
    }
    Print("Logged out.");
    loop_.Stop();
  });
}

}  // namespace parley::cli
