// parley completion: what a shell needs to complete this program's commands, options and methods.
#include <spdlog/fmt/fmt.h>

#include <iostream>

#include "client/cli/commands.h"
#include "common/base/options.h"

namespace parley::cli {
namespace {

// What `command` takes that begins with dashes.
std::string OptionsOf(const CLI::App& command) {
  std::string names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names += (names.empty() ? "--" : " --") + name;
  }
  return names;
}

std::string Commands(const CLI::App& app) {
  std::string names;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    names += (names.empty() ? "" : " ") + sub->get_name();
  }
  return names;
}

// The branches of a shell `case` over the subcommand.
std::string Cases(const CLI::App& app) {
  std::string cases;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    cases += fmt::format("    {}) options='{}' ;;\n", sub->get_name(), OptionsOf(*sub));
  }
  return cases;
}

constexpr std::string_view kBash = R"sh(# bash completion for parley: source <(parley completion bash)
_parley() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command='' word i server=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ $word == --server && $((i + 1)) -lt $COMP_CWORD ]]; then server=(--server "${COMP_WORDS[i + 1]}"); fi
    if [[ -z $command && $word != -* ]]; then command=$word; fi
  done
  COMPREPLY=()
  case $prev in
    --password-file) mapfile -t COMPREPLY < <(compgen -f -- "$cur") && return ;;
    --state) mapfile -t COMPREPLY < <(compgen -d -- "$cur") && return ;;
    --server | --user | --password | --token | --timeout) return ;;
  esac
  local options=''
  case $command in
    '') mapfile -t COMPREPLY < <(compgen -W "@COMMANDS@ --help --version" -- "$cur") && return ;;
@CASES@  esac
  case $command:$cur in
    *:-*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur") ;;
    call:* | methods:*)
      mapfile -t COMPREPLY < <(compgen -W "$(parley methods --names "${server[@]}" 2>/dev/null)" -- "$cur")
      ;;
    completion:*) mapfile -t COMPREPLY < <(compgen -W "bash zsh" -- "$cur") ;;
  esac
}
complete -F _parley parley
)sh";

constexpr std::string_view kZsh = R"sh(#compdef parley
# zsh completion for parley: source <(parley completion zsh)
_parley() {
  local command='' word options='' i
  local -a server
  for ((i = 2; i < CURRENT; i++)); do
    word=${words[i]}
    if [[ $word == --server && $((i + 1)) -lt $CURRENT ]]; then server=(--server "${words[i + 1]}"); fi
    if [[ -z $command && $word != -* ]]; then command=$word; fi
  done
  case ${words[CURRENT - 1]} in
    --password-file) _files; return ;;
    --state) _files -/; return ;;
    --server | --user | --password | --token | --timeout) return ;;
  esac
  case $command in
    '') compadd -- @COMMANDS@ --help --version; return ;;
@CASES@  esac
  case $command:${words[CURRENT]} in
    *:-*) compadd -- ${=options} ;;
    call:* | methods:*) compadd -- ${(f)"$(parley methods --names $server 2>/dev/null)"} ;;
    completion:*) compadd -- bash zsh ;;
  esac
}
compdef _parley parley
)sh";

std::string Replaced(std::string text, std::string_view word, std::string_view by) {
  for (size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += by.size())
    text.replace(at, word.size(), by);
  return text;
}

}  // namespace

Run AddCompletion(CLI::App& app) {
  auto shell = std::make_shared<std::string>();
  CLI::App* completion = app.add_subcommand("completion", "print a shell's completion for this program");
  completion->add_option("shell", *shell, "bash or zsh")->required()->check(CLI::IsMember({"bash", "zsh"}));
  completion->footer("Example, in ~/.bashrc:\n  source <(parley completion bash)");
  return [shell, &app] {
    const std::string text(*shell == "bash" ? kBash : kZsh);
    std::cout << Replaced(Replaced(text, "@COMMANDS@", Commands(app)), "@CASES@", Cases(app));
    return static_cast<int>(kExitOk);
  };
}

}  // namespace parley::cli
