#include "common/base/options.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

namespace parley {
namespace {

// The socket on which systemd waits for a process that it started.
class Supervisor {
 public:
  explicit Supervisor(std::string path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    if (path[0] == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    fd_ = socket(AF_UNIX, SOCK_DGRAM, 0);
    REQUIRE(bind(fd_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
    setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;
  ~Supervisor() {
    unsetenv("NOTIFY_SOCKET");
    close(fd_);
  }

  // What arrived; nothing when nothing did.
  [[nodiscard]] std::string Heard() const {
    std::array<char, 256> buffer{};
    const ssize_t size = recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    return size < 0 ? "" : std::string(buffer.data(), static_cast<size_t>(size));
  }

 private:
  int fd_ = -1;
};

TEST_CASE("a supervisor that waits is told once the process is ready") {
  const std::string folder = std::filesystem::temp_directory_path() / ("parley-notify-" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  for (const std::string& path : {folder + "/socket", "@" + folder}) {
    const Supervisor supervisor(path);
    CHECK(supervisor.Heard().empty());
    SayReady(CommonOptions{});
    CHECK(supervisor.Heard() == "READY=1");
    CHECK(supervisor.Heard().empty());
  }
  std::filesystem::remove_all(folder);
}

TEST_CASE("the ready file is touched whether or not somebody listens") {
  const std::string file = std::filesystem::temp_directory_path() / ("parley-ready-" + std::to_string(getpid()));
  CommonOptions options;
  options.ready_file = file;
  setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
  SayReady(options);
  unsetenv("NOTIFY_SOCKET");
  CHECK(std::filesystem::exists(file));
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace parley
