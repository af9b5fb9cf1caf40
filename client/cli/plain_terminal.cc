#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>

#include "client/cli/terminal.h"
#include "client/pollable.h"

namespace parley::cli {
namespace {

constexpr size_t kLineBytesMax = 1024 * 1024;

class PlainTerminal final : public Terminal {
 public:
  PlainTerminal(io::Loop& loop, Listener& listener)
      : loop_(loop), listener_(listener), pollable_(client::Pollable(STDIN_FILENO)) {
    Pause(false);
  }
  ~PlainTerminal() override { Pause(true); }

  [[nodiscard]] bool interactive() const override { return false; }
  void Print(std::string_view text) override { std::cout << text << std::endl; }
  void SetPrompt(std::string_view) override {}
  void EraseEntered() override {}
  bool Interrupt() override { return false; }
  void Resized() override {}
  void Suspend() override {}

  void Pause(bool paused) override {
    if (paused == paused_) return;
    paused_ = paused;
    if (paused) {
      if (pollable_) loop_.Unwatch(STDIN_FILENO);
      loop_.Cancel(timer_);
      return;
    }
    if (pollable_ && !ended_) loop_.Watch(STDIN_FILENO, io::kReadable, [this](uint32_t) { Read(); });
    // A file is always readable, and lines may be left from before: one step a turn.
    timer_ = loop_.After(0, [this] { Continue(); });
  }

 private:
  void Continue() {
    timer_ = 0;
    if (paused_) return;
    if (!pollable_ && !ended_) Read();
    HandleLines();
    if (!paused_ && !pollable_ && !ended_) timer_ = loop_.After(0, [this] { Continue(); });
  }

  void Read() {
    char bytes[4096];
    const ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n > 0) in_.append(bytes, static_cast<size_t>(n));
    if (n <= 0 || in_.size() > kLineBytesMax) {
      ended_ = true;
      if (pollable_) loop_.Unwatch(STDIN_FILENO);
      if (!in_.empty() && in_.back() != '\n') in_ += '\n';
    }
    HandleLines();
  }

  // A line's handler may pause: the rest waits.
  void HandleLines() {
    for (size_t end; !paused_ && (end = in_.find('\n')) != std::string::npos;) {
      std::string line = in_.substr(0, end);
      in_.erase(0, end + 1);
      if (!line.empty() && line.back() == '\r') line.pop_back();
      listener_.OnLine(line);
    }
    if (ended_ && in_.empty() && !paused_ && !std::exchange(told_, true)) listener_.OnInputEnd();
  }

  io::Loop& loop_;
  Listener& listener_;
  const bool pollable_;
  bool paused_ = true;
  bool ended_ = false;
  bool told_ = false;
  std::string in_;
  io::TimerId timer_ = 0;
};

}  // namespace

std::unique_ptr<Terminal> OpenPlain(io::Loop& loop, Terminal::Listener& listener) {
  return std::make_unique<PlainTerminal>(loop, listener);
}

std::unique_ptr<Terminal> OpenTerminal(io::Loop& loop, Terminal::Listener& listener) {
  const char* kind = std::getenv("TERM");
  const bool able = kind != nullptr && *kind != '\0' && std::string_view(kind) != "dumb";
  const bool terminal = isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0;
  return terminal && able ? OpenReadline(loop, listener) : OpenPlain(loop, listener);
}

std::optional<std::string> AskSecret(const std::string& question) {
  const int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  termios before{};
  if (fd < 0 || tcgetattr(fd, &before) != 0) {
    if (fd >= 0) close(fd);
    return std::nullopt;
  }
  termios silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  tcsetattr(fd, TCSAFLUSH, &silent);
  [[maybe_unused]] ssize_t n = write(fd, question.data(), question.size());
  std::string answer;
  char c = 0;
  while ((n = read(fd, &c, 1)) == 1 && c != '\n') answer += c;
  tcsetattr(fd, TCSAFLUSH, &before);
  [[maybe_unused]] const ssize_t m = write(fd, "\n", 1);
  close(fd);
  if (n != 1) return std::nullopt;
  return answer;
}

}  // namespace parley::cli
