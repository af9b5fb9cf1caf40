// parley completion: what a shell needs to complete this program's commands, options and methods.
#include <spdlog/fmt/fmt.h>

#include <iostream>
#include <set>
#include <vector>

#include "client/cli/commands.h"
#include "common/base/options.h"

namespace parley::cli {
namespace {

using Subcommands = std::vector<const CLI::App*>;
Subcommands SubcommandsOf(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::string Joined(std::string text, const std::string& more) { return text + (text.empty() ? "" : " ") + more; }

// What `command` takes that begins with dashes.
std::string OptionsOf(const CLI::App& command) {
  std::string names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names = Joined(names, "--" + name);
  }
  return names;
}

std::string NamesOf(const Subcommands& subs) {
  std::string names;
  for (const CLI::App* sub : subs) names = Joined(names, sub->get_name());
  return names;
}

// The branches of a shell `case` over the subcommand and the one below it.
std::string Cases(const CLI::App& app) {
  std::string cases;
  for (const CLI::App* sub : SubcommandsOf(app)) {
    const std::string options = OptionsOf(*sub);
    for (const CLI::App* below : SubcommandsOf(*sub)) {
      cases += fmt::format("    {}:{}) options='{}' ;;\n", sub->get_name(), below->get_name(),
                           Joined(options, OptionsOf(*below)));
    }
    cases +=
        fmt::format("    {}:*) options='{}' words='{}' ;;\n", sub->get_name(), options, NamesOf(SubcommandsOf(*sub)));
  }
  return cases;
}

// The options that are followed by a value, as a pattern of `case`.
void AddValued(const CLI::App& app, std::set<std::string>& names) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_type_size_max() == 0) continue;
    for (const std::string& name : option->get_lnames()) names.insert("--" + name);
  }
  for (const CLI::App* sub : SubcommandsOf(app)) AddValued(*sub, names);
}

std::string Valued(const CLI::App& app) {
  std::set<std::string> names;
  AddValued(app, names);
  std::string pattern;
  for (const std::string& name : names) pattern += (pattern.empty() ? "" : " | ") + name;
  return pattern;
}

constexpr std::string_view kBash = R"sh(# bash completion for parley: source <(parley completion bash)
_parley() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command='' below='' word before='' i server=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $before in
      @VALUED@)
        if [[ $before == --server ]]; then server=(--server "$word"); fi
        ;;
      *)
        if [[ $word != -* ]]; then
          if [[ -z $command ]]; then command=$word; elif [[ -z $below ]]; then below=$word; fi
        fi
        ;;
    esac
    before=$word
  done
  COMPREPLY=()
  case $prev in
    --password-file) mapfile -t COMPREPLY < <(compgen -f -- "$cur") && return ;;
    --state) mapfile -t COMPREPLY < <(compgen -d -- "$cur") && return ;;
    @VALUED@) return ;;
  esac
  local options='' words=''
  case $command:$below in
    :*) mapfile -t COMPREPLY < <(compgen -W "@COMMANDS@ --help --version" -- "$cur") && return ;;
@CASES@  esac
  case $command:$cur in
    *:-*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur") ;;
    call:* | methods:*)
      mapfile -t COMPREPLY < <(compgen -W "$(parley methods --names "${server[@]}" 2>/dev/null)" -- "$cur")
      ;;
    completion:*) mapfile -t COMPREPLY < <(compgen -W "bash zsh" -- "$cur") ;;
    *) if [[ -z $below ]]; then mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur"); fi ;;
  esac
}
complete -F _parley parley
)sh";

constexpr std::string_view kZsh = R"sh(#compdef parley
# zsh completion for parley: source <(parley completion zsh)
_parley() {
  local command='' below='' word before='' options='' list='' i
  local -a server
  for ((i = 2; i < CURRENT; i++)); do
    word=${words[i]}
    case $before in
      @VALUED@)
        if [[ $before == --server ]]; then server=(--server "$word"); fi
        ;;
      *)
        if [[ $word != -* ]]; then
          if [[ -z $command ]]; then command=$word; elif [[ -z $below ]]; then below=$word; fi
        fi
        ;;
    esac
    before=$word
  done
  case ${words[CURRENT - 1]} in
    --password-file) _files; return ;;
    --state) _files -/; return ;;
    @VALUED@) return ;;
  esac
  case $command:$below in
    :*) compadd -- @COMMANDS@ --help --version; return ;;
@CASES@  esac
  case $command:${words[CURRENT]} in
    *:-*) compadd -- ${=options} ;;
    call:* | methods:*) compadd -- ${(f)"$(parley methods --names $server 2>/dev/null)"} ;;
    completion:*) compadd -- bash zsh ;;
    *) if [[ -z $below ]]; then compadd -- ${=list}; fi ;;
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
    std::string text(*shell == "bash" ? kBash : kZsh);
    // zsh has a `words` of its own.
    const std::string cases = Cases(app);
    text = Replaced(std::move(text), "@CASES@", *shell == "bash" ? cases : Replaced(cases, " words=", " list="));
    text = Replaced(std::move(text), "@VALUED@", Valued(app));
    std::cout << Replaced(std::move(text), "@COMMANDS@", NamesOf(SubcommandsOf(app)));
    return static_cast<int>(kExitOk);
  };
}

}  // namespace parley::cli
