#include "client/cli/command.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "client/cli/words.h"

namespace parley::cli {
namespace {

// What the argument that is called `name` may be: `[USER|all]` is a user or the word all.
std::vector<std::string> ChoicesFor(std::string_view name, const std::vector<std::string>& users,
                                    const std::vector<std::string>& groups) {
  std::vector<std::string> choices;
  while (!name.empty()) {
    std::string_view each = name.substr(0, name.find('|'));
    name.remove_prefix(std::min(each.size() + 1, name.size()));
    while (!each.empty() && (each.front() == '[' || each.back() == ']')) {
      if (each.front() == '[') each.remove_prefix(1);
      if (!each.empty() && each.back() == ']') each.remove_suffix(1);
    }
    const bool any = each == "NAME";
    if (any || each == "USER") choices.insert(choices.end(), users.begin(), users.end());
    if (any || each == "#GROUP") choices.insert(choices.end(), groups.begin(), groups.end());
    if (each == "COMMAND") {
      for (const Topic& topic : Topics()) {
        for (const Command& command : topic.commands) choices.emplace_back(command.name);
      }
    }
    if (!each.empty() && each.front() >= 'a' && each.front() <= 'z') choices.emplace_back(each);
  }
  return choices;
}

std::vector<std::string> Beginning(std::string_view word, std::vector<std::string> choices) {
  std::erase_if(choices, [word](const std::string& choice) { return !choice.starts_with(word); });
  std::ranges::sort(choices);
  choices.erase(std::unique(choices.begin(), choices.end()), choices.end());
  return choices;
}

}  // namespace

std::span<const Topic> Topics() {
  static const Topic kTopics[] = {
      {"Talking", TalkCommands()},
      {"People", PeopleCommands()},
      {"Friends", FriendsCommands()},
      {"Groups", GroupCommands()},
      {"You and this program", SessionCommands()},
  };
  return kTopics;
}

const Command* FindCommand(std::string_view name) {
  for (const Topic& topic : Topics()) {
    for (const Command& command : topic.commands) {
      if (command.name == name) return &command;
    }
  }
  return nullptr;
}

std::vector<std::string> HelpLines() {
  std::vector<std::string> lines;
  for (const Topic& topic : Topics()) {
    lines.push_back(std::string(topic.title) + ":");
    for (const Command& command : topic.commands) {
      lines.push_back(fmt::format("  {:<33} {}", fmt::format("/{} {}", command.name, command.arguments), command.help));
    }
  }
  lines.emplace_back("What does not begin with a slash is sent; // sends a slash; @NAME mentions somebody.");
  lines.emplace_back("Tab completes, the arrows bring lines back. /help COMMAND says more about one.");
  return lines;
}

std::vector<std::string> HelpLines(const Command& command) {
  std::vector<std::string> lines{fmt::format("/{} {}", command.name, command.arguments),
                                 "  " + std::string(command.help)};
  for (std::string_view more = command.more; !more.empty();) {
    const std::string_view line = more.substr(0, more.find('\n'));
    lines.push_back("  " + std::string(line));
    more.remove_prefix(std::min(line.size() + 1, more.size()));
  }
  return lines;
}

std::vector<std::string> Completions(std::string_view before, std::string_view word,
                                     const std::vector<std::string>& users, const std::vector<std::string>& groups) {
  std::vector<std::string> choices;
  if (!before.starts_with('/')) {
    if (before.empty() && word.starts_with('/')) {
      for (const std::string& name : ChoicesFor("COMMAND", users, groups)) choices.push_back("/" + name);
    } else if (word.starts_with('@')) {
      for (const std::string& user : users) choices.push_back("@" + user);
    }
    return Beginning(word, std::move(choices));
  }
  std::string_view name = Word(before);
  name.remove_prefix(1);
  const Command* command = FindCommand(name);
  if (command == nullptr) return {};
  std::string_view arguments = command->arguments;
  std::string_view argument = Word(arguments);
  while (!before.empty() && !arguments.empty()) {
    Word(before);
    argument = Word(arguments);
  }
  // More words than arguments: the rest of a text.
  if (!before.empty()) return {};
  return Beginning(word, ChoicesFor(argument, users, groups));
}

}  // namespace parley::cli
