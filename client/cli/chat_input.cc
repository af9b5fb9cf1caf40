// What is typed into the chat: texts, commands, and what could be meant by half a word.
#include <spdlog/fmt/fmt.h>

#include "client/cli/chat.h"
#include "client/cli/command.h"
#include "client/cli/words.h"

namespace parley::cli {
namespace {

constexpr int64_t kTypingAgainMs = 5'000;
// Lines from a pipe wait while so many requests do.
constexpr size_t kOpenForPause = 64;

bool IsCommand(std::string_view line) { return line.starts_with('/') && !line.starts_with("//"); }

}  // namespace

// Lines from a pipe come faster than they are answered. Texts may follow each other; a command comes after all that
// came before it, and before all that follows.
void Chat::PauseInput() {
  if (terminal_->interactive()) return;
  const bool pause = !caught_up_ || held_line_ || desk_.open_commands() > 0 || client_.open_requests() >= kOpenForPause;
  if (pause != paused_) terminal_->Pause(paused_ = pause);
}

void Chat::OnTyping(bool typing) {
  const auto tell = [this](const Address& to, bool on) {
    client_.Notify("message.typing", client::Arguments().Text("to", to.text()).Bool("on", on));
  };
  const std::optional<Address> partner = desk_.partner();
  if (typing_to_ && (!typing || typing_to_ != partner)) tell(*std::exchange(typing_to_, std::nullopt), false);
  if (!typing || !partner) return;
  const int64_t now_ms = loop_.now().mono_ms;
  if (typing_to_ && now_ms - typing_told_ms_ < kTypingAgainMs) return;
  typing_to_ = partner;
  typing_told_ms_ = now_ms;
  tell(*partner, true);
}

void Chat::OnLine(const std::string& line) {
  if (line.find_first_not_of(" \t") == std::string::npos) return;
  if (!terminal_->interactive() && IsCommand(line) && !idle()) {
    held_line_ = line;
  } else {
    Enter(line);
  }
  PauseInput();
}

void Chat::Enter(const std::string& line) {
  if (!IsCommand(line)) {
    const std::optional<Address> partner = desk_.partner();
    if (!partner) {
      return desk_.Complain(desk_.open() ? "announcements are for reading; /to NAME goes elsewhere"
                                         : "to whom? Say /to NAME first");
    }
    terminal_->EraseEntered();
    if (typing_to_ == partner) typing_to_.reset();  // the message itself ends it
    return desk_.Say(*partner, line.starts_with("//") ? line.substr(1) : line);
  }
  std::string_view rest = std::string_view(line).substr(1);
  while (!rest.empty() && rest.back() == ' ') rest.remove_suffix(1);
  const std::string_view name = Word(rest);
  if (const Command* command = FindCommand(name)) return command->run(desk_, rest);
  desk_.Complain(
      fmt::format("there is no /{}; /help lists the commands, and // begins a message with a slash", Printable(name)));
}

std::vector<std::string> Chat::Complete(const std::string& before, const std::string& word) {
  std::vector<std::string> users, groups{"!all"};
  for (const auto& [user, each] : client_.contacts().friends().items()) users.push_back(user.text());
  for (const auto& [group, each] : client_.contacts().groups().items()) groups.push_back(group.text());
  for (const auto& [conversation, view] : desk_.views()) {
    (conversation.is_direct() ? users : groups).push_back(desk_.TitleOf(conversation));
  }
  for (const std::string& handle : desk_.seen) (handle.starts_with('#') ? groups : users).push_back(handle);
  return Completions(before, word, users, groups);
}

}  // namespace parley::cli
