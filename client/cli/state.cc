#include "client/cli/state.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/base/limits.h"

namespace parley::cli {
namespace {

Result<void> MakeFolder(const std::string& path) {
  const mode_t before = umask(077);
  std::error_code error;
  std::filesystem::create_directories(path, error);
  umask(before);
  if (error) return Fail(Code::kInternal, "cannot make the folder " + path + ": " + error.message());
  return {};
}

}  // namespace

std::string StateFolder(const std::string& option) {
  if (!option.empty()) return option;
  if (const char* config = std::getenv("XDG_CONFIG_HOME"); config != nullptr && *config != '\0') {
    return std::string(config) + "/parley";
  }
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr ? home : ".") + "/.config/parley";
}

std::string ServerFolder(const std::string& state, const client::Endpoint& server) {
  std::string name = server.host + "_" + std::to_string(server.port);
  for (char& c : name) {
    if (c == '/') c = '_';
  }
  return state + "/" + name;
}

std::string ReadSmallFile(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line, '\0');
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
  return line;
}

Result<void> WriteSmallFile(const std::string& path, std::string_view text) {
  TRY(MakeFolder(std::filesystem::path(path).parent_path()));
  const std::string fresh = path + ".new";
  const int fd = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const std::string line = std::string(text) + "\n";
  const bool written = fd >= 0 && write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  const int error = errno;
  if (fd >= 0) close(fd);
  if (!written || rename(fresh.c_str(), path.c_str()) != 0) {
    return Fail(Code::kInternal, "cannot write " + path + ": " + std::strerror(written ? errno : error));
  }
  return {};
}

Result<SessionFolder> SessionFolder::Take(const std::string& state, const client::Endpoint& server,
                                          const std::string& user, const std::string& use) {
  const std::string folder = ServerFolder(state, server) + "/" + user;
  for (int number = 1; number <= limits::kSessionsMax; ++number) {
    const std::string path = folder + "/" + use + "-" + std::to_string(number);
    TRY(MakeFolder(path));
    const int lock = open((path + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0) return Fail(Code::kInternal, "cannot write to " + path + ": " + std::strerror(errno));
    if (flock(lock, LOCK_EX | LOCK_NB) == 0) return SessionFolder(path, lock);
    close(lock);
  }
  return Fail(Code::kLimit, "all sessions of " + user + " in " + folder + " are in use");
}

SessionFolder::SessionFolder(SessionFolder&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}
SessionFolder& SessionFolder::operator=(SessionFolder&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  return *this;
}
SessionFolder::~SessionFolder() {
  if (lock_ >= 0) close(lock_);
}

std::map<Conversation, int64_t> SessionFolder::Shown() const {
  std::map<Conversation, int64_t> shown;
  std::istringstream in(ReadSmallFile(path_ + "/shown"));
  std::string name;
  for (int64_t seq = 0; in >> name >> seq;) {
    if (const auto conversation = Conversation::Parse(name)) shown[*conversation] = seq;
  }
  return shown;
}

Result<void> SessionFolder::KeepShown(const std::map<Conversation, int64_t>& shown) const {
  std::string text;
  for (const auto& [conversation, seq] : shown) text += conversation.text() + " " + std::to_string(seq) + "\n";
  return WriteSmallFile(path_ + "/shown", text);
}

}  // namespace parley::cli
