// The commands of the chat: one table, from which help and completion derive.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "client/cli/desk.h"

namespace parley::cli {

struct Command {
  std::string_view name;
  // As people read it, and as completion does: USER, #GROUP, NAME (either), COMMAND and a|b stand for what they say;
  // brackets mean that it may be left out.
  std::string_view arguments;
  std::string_view help;  // one line
  std::string_view more;  // what /help COMMAND says besides; lines
  void (*run)(Desk& desk, std::string_view rest);
};

struct Topic {
  std::string_view title;
  std::span<const Command> commands;
};

[[nodiscard]] std::span<const Topic> Topics();
[[nodiscard]] const Command* FindCommand(std::string_view name);

// The list for /help, and what /help COMMAND says.
[[nodiscard]] std::vector<std::string> HelpLines();
[[nodiscard]] std::vector<std::string> HelpLines(const Command& command);

// What `word` could become, with `before` it on the line. `users` and `groups` are the handles to choose from.
[[nodiscard]] std::vector<std::string> Completions(std::string_view before, std::string_view word,
                                                   const std::vector<std::string>& users,
                                                   const std::vector<std::string>& groups);

// The topics, a file each.
[[nodiscard]] std::span<const Command> TalkCommands();
[[nodiscard]] std::span<const Command> PeopleCommands();
[[nodiscard]] std::span<const Command> FriendsCommands();
[[nodiscard]] std::span<const Command> GroupCommands();
[[nodiscard]] std::span<const Command> SessionCommands();

}  // namespace parley::cli
