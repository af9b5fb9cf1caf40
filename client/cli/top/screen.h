// The whole terminal as a screen to draw on, given back as it was.
#pragma once

#include <termios.h>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace parley::cli {

// For the process's standard input and output. At most one at a time.
class Screen {
 public:
  Screen() { Enter(); }
  ~Screen() { Leave(); }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  // Replaces what is shown. Lines that are too many or too long must have been cut.
  void Draw(const std::vector<std::string>& lines);
  // A key that was pressed, if there is one.
  std::optional<char> Key();
  // Stops the process as Ctrl-Z does, and returns when it goes on.
  void Suspend();
  // Rows and columns; 24 and 80 where they can't be told.
  [[nodiscard]] static std::pair<size_t, size_t> Size();

 private:
  void Enter();
  void Leave();

  std::optional<termios> before_;
};

}  // namespace parley::cli
