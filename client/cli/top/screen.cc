#include "client/cli/top/screen.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string_view>

namespace parley::cli {
namespace {

void Write(std::string_view bytes) {
  std::fwrite(bytes.data(), 1, bytes.size(), stdout);
  std::fflush(stdout);
}

}  // namespace

void Screen::Enter() {
  termios now{};
  if (tcgetattr(STDIN_FILENO, &now) == 0) {
    before_ = now;
    // Keys as they are pressed; Ctrl-C and Ctrl-Z stay signals.
    now.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    tcsetattr(STDIN_FILENO, TCSANOW, &now);
  }
  Write("\x1b[?1049h\x1b[?25l\x1b[H\x1b[2J");  // the other screen, no cursor, empty
}

void Screen::Leave() {
  Write("\x1b[?25h\x1b[?1049l");
  if (before_) tcsetattr(STDIN_FILENO, TCSANOW, &*before_);
}

void Screen::Draw(const std::vector<std::string>& lines) {
  // Over what is there, so that nothing flickers; the last line has no end that would scroll.
  std::string out = "\x1b[H";
  for (size_t i = 0; i < lines.size(); ++i) out += (i > 0 ? "\r\n" : "") + lines[i] + "\x1b[K";
  Write(out + "\x1b[J");
}

std::optional<char> Screen::Key() {
  pollfd ready{STDIN_FILENO, POLLIN, 0};
  char key = 0;
  if (poll(&ready, 1, 0) != 1 || read(STDIN_FILENO, &key, 1) != 1) return std::nullopt;
  return key;
}

void Screen::Suspend() {
  Leave();
  kill(getpid(), SIGSTOP);
  Enter();
}

std::pair<size_t, size_t> Screen::Size() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return {24, 80};
  return {size.ws_row, size.ws_col};
}

}  // namespace parley::cli
