// Lines in, lines out. On a terminal: a prompt with line editing, and printing above what is being typed. Otherwise
// plain lines, so that the chat works with pipes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/io/loop.h"

namespace parley::cli {

class Terminal {
 public:
  class Listener {
   public:
    virtual void OnLine(const std::string& line) = 0;
    // Whether a message is being typed; told when that changes or goes on.
    virtual void OnTyping(bool typing) = 0;
    // No more lines will come.
    virtual void OnInputEnd() = 0;
    // What `word` could become, with `before` it on the line.
    virtual std::vector<std::string> Complete(const std::string& before, const std::string& word) = 0;

   protected:
    ~Listener() = default;
  };

  virtual ~Terminal() = default;
  [[nodiscard]] virtual bool interactive() const = 0;
  // One or more whole lines.
  virtual void Print(std::string_view text) = 0;
  // What stands before the cursor; nothing is shown where there is no cursor.
  virtual void SetPrompt(std::string_view text) = 0;
  // Takes back the line just entered from the screen: what it says will be printed in another form.
  virtual void EraseEntered() = 0;
  // No lines are read while paused.
  virtual void Pause(bool paused) = 0;
  // The user pressed Ctrl-C: true if that only dropped what was being typed.
  virtual bool Interrupt() = 0;
  virtual void Resized() = 0;
  // Stops the process as Ctrl-Z does, and returns when it goes on.
  virtual void Suspend() = 0;
};

// For the process's standard input and output. At most one at a time.
[[nodiscard]] std::unique_ptr<Terminal> OpenTerminal(io::Loop& loop, Terminal::Listener& listener);

[[nodiscard]] std::unique_ptr<Terminal> OpenReadline(io::Loop& loop, Terminal::Listener& listener);
[[nodiscard]] std::unique_ptr<Terminal> OpenPlain(io::Loop& loop, Terminal::Listener& listener);

// Asks on the terminal, without showing what is typed. Nothing when there is no terminal, or input ends.
[[nodiscard]] std::optional<std::string> AskSecret(const std::string& question);

}  // namespace parley::cli
