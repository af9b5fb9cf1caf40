// The terminal with GNU readline. Readline keeps its state in globals, so there is one of these at a time.
#include <langinfo.h>
#include <readline/history.h>
#include <readline/readline.h>
#include <unistd.h>

#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cwchar>
#include <iostream>

#include "client/cli/terminal.h"
#include "common/base/check.h"

namespace parley::cli {
namespace {

// Columns that a text takes; what cannot be told counts as one each.
size_t WidthOf(const char* text) {
  std::mbstate_t state{};
  size_t width = 0;
  for (const char* const end = text + std::strlen(text); text < end;) {
    wchar_t c = 0;
    const size_t length = std::mbrtowc(&c, text, static_cast<size_t>(end - text), &state);
    if (length == 0 || length > 4) return width + static_cast<size_t>(end - text);
    const int columns = wcwidth(c);
    width += columns > 0 ? static_cast<size_t>(columns) : 0;
    text += length;
  }
  return width;
}

class ReadlineTerminal;
ReadlineTerminal* instance = nullptr;

class ReadlineTerminal final : public Terminal {
 public:
  ReadlineTerminal(io::Loop& loop, Listener& listener) : loop_(loop), listener_(listener) {
    PARLEY_CHECK(instance == nullptr);
    instance = this;
    std::setlocale(LC_ALL, "");
    if (std::string_view(nl_langinfo(CODESET)) != "UTF-8") std::setlocale(LC_CTYPE, "C.UTF-8");
    // Signals reach the loop, which is the only one to act on them.
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_change_environment = 0;
    rl_readline_name = "parley";
    rl_basic_word_break_characters = const_cast<char*>(" ");
    rl_attempted_completion_function = [](const char* word, int start, int) { return instance->Matches(word, start); };
    rl_callback_handler_install("> ", [](char* line) { instance->Entered(line); });
    rl_variable_bind("enable-bracketed-paste", "on");
    loop_.Watch(STDIN_FILENO, io::kReadable, [this](uint32_t) { Read(); });
  }
  ~ReadlineTerminal() override {
    if (!paused_) loop_.Unwatch(STDIN_FILENO);
    Hide();
    rl_callback_handler_remove();
    std::fflush(stdout);
    instance = nullptr;
  }

  [[nodiscard]] bool interactive() const override { return true; }

  void Print(std::string_view text) override {
    Hide();
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fputc('\n', stdout);
    ShowSoon();
  }

  void SetPrompt(std::string_view text) override {
    if (text == prompt_) return;
    prompt_ = text;
    Hide();
    ShowSoon();
  }

  void EraseEntered() override {
    int rows = 0, columns = 0;
    rl_get_screen_size(&rows, &columns);
    if (columns <= 0) return;
    const size_t used = entered_width_ / static_cast<size_t>(columns) + 1;
    std::printf("\x1b[%zuA\r\x1b[J", used);
  }

  void Pause(bool paused) override {
    if (paused == paused_) return;
    paused_ = paused;
    if (paused) {
      loop_.Unwatch(STDIN_FILENO);
    } else {
      loop_.Watch(STDIN_FILENO, io::kReadable, [this](uint32_t) { Read(); });
    }
  }

  bool Interrupt() override {
    const bool dropped = rl_end > 0;
    Hide();
    rl_replace_line("", 0);
    rl_point = 0;
    ShowSoon();
    listener_.OnTyping(false);
    return dropped;
  }

  void Resized() override {
    rl_resize_terminal();
    ShowSoon();
  }

  void Suspend() override {
    Hide();
    std::fflush(stdout);
    rl_deprep_terminal();
    kill(getpid(), SIGSTOP);
    rl_prep_terminal(1);
    ShowSoon();
  }

 private:
  void Read() {
    Show();
    rl_callback_read_char();
    if (paused_ || ended_) return;
    const bool typing = rl_end > 0 && rl_line_buffer[0] != '/';
    if (typing || typing_) listener_.OnTyping(typing);
    typing_ = typing;
  }

  // Readline shows the prompt again once this returns.
  void Entered(char* line) {
    in_handler_ = true;
    if (line == nullptr) {
      ended_ = true;
      std::fputc('\n', stdout);
      listener_.OnInputEnd();
    } else {
      entered_width_ = WidthOf(rl_display_prompt) + WidthOf(line);
      if (*line != '\0') add_history(line);
      const std::string text = line;
      std::free(line);
      typing_ = false;
      listener_.OnLine(text);
    }
    in_handler_ = false;
    hidden_ = false;
  }

  void Hide() {
    if (hidden_ || in_handler_) return;
    rl_clear_visible_line();
    hidden_ = true;
  }

  // Once for all that is printed in one turn.
  void ShowSoon() {
    if (in_handler_ || show_timer_ != 0) {
      if (in_handler_) rl_set_prompt(prompt_.c_str());
      return;
    }
    show_timer_ = loop_.After(0, [this] {
      show_timer_ = 0;
      Show();
    });
  }

  void Show() {
    if (!hidden_) return;
    hidden_ = false;
    rl_set_prompt(prompt_.c_str());
    rl_on_new_line();
    rl_redisplay();
    std::fflush(stdout);
  }

  char** Matches(const char* word, int start) {
    rl_attempted_completion_over = 1;
    candidates_ = listener_.Complete(std::string(rl_line_buffer, static_cast<size_t>(start)), word);
    if (candidates_.empty()) return nullptr;
    return rl_completion_matches(word, [](const char*, int state) -> char* {
      const auto index = static_cast<size_t>(state);
      return index < instance->candidates_.size() ? strdup(instance->candidates_[index].c_str()) : nullptr;
    });
  }

  io::Loop& loop_;
  Listener& listener_;
  std::string prompt_ = "> ";
  bool hidden_ = false;      // the prompt and what is being typed are not on the screen
  bool in_handler_ = false;  // readline is between two prompts
  bool typing_ = false;
  bool paused_ = false;
  bool ended_ = false;
  size_t entered_width_ = 0;
  io::TimerId show_timer_ = 0;
  std::vector<std::string> candidates_;
};

}  // namespace

std::unique_ptr<Terminal> OpenReadline(io::Loop& loop, Terminal::Listener& listener) {
  return std::make_unique<ReadlineTerminal>(loop, listener);
}

}  // namespace parley::cli
