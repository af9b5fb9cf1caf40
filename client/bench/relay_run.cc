#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <spdlog/fmt/fmt.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "client/bench/processes.h"
#include "client/bench/relay.h"
#include "client/bench/report.h"
#include "client/bench/runs.h"
#include "client/bench/setup.h"
#include "common/base/options.h"
#include "common/io/loop.h"

namespace parley::bench {
namespace {

// Sends its partner one message for each that comes from there.
class Echo final : private io::Watcher {
 public:
  Echo(io::Loop& loop, int fd, const std::string& message, std::string& scratch, uint64_t& delivered)
      : loop_(loop), fd_(fd), message_(message), scratch_(scratch), delivered_(delivered) {
    loop_.Watch(fd_, io::kReadable, this);
  }
  ~Echo() {
    loop_.Unwatch(fd_, this);
    close(fd_);
  }
  [[nodiscard]] bool Send() const {
    return send(fd_, message_.data(), message_.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(message_.size());
  }

 private:
  void OnReady(uint32_t) override {
    const ssize_t size = recv(fd_, scratch_.data(), scratch_.size(), MSG_DONTWAIT);
    if (size <= 0) return;
    bytes_ += static_cast<size_t>(size);
    for (; bytes_ >= message_.size(); bytes_ -= message_.size()) {
      ++delivered_;
      static_cast<void>(Send());
    }
  }

  io::Loop& loop_;
  const int fd_;
  const std::string& message_;
  std::string& scratch_;
  uint64_t& delivered_;
  size_t bytes_ = 0;  // of a message that is not whole yet
};

int Connect(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  close(fd);
  return -1;
}

}  // namespace

int RunRelay(const RunOptions& run, const RelayOptions& options) {
  if (const auto problem = CheckOpenFiles(options.connections + 64)) return Failed(*problem);
  const Result<Relay> relay = Relay::Start(options.core);
  if (!relay) return Failed(relay.error().message);

  io::Loop loop;
  Report report(run.json);
  const std::string message(options.bytes, 'x');
  std::string scratch(64 * 1024, '\0');
  uint64_t delivered = 0;
  std::vector<std::unique_ptr<Echo>> clients;
  for (size_t i = 0; i < options.connections; ++i) {
    const int fd = Connect(relay->port());
    if (fd < 0) return Failed("Cannot connect to the relay.");
    clients.push_back(std::make_unique<Echo>(loop, fd, message, scratch, delivered));
  }
  TurnFor(loop, 0.5);  // the relay has taken all of them
  for (const auto& client : clients) {
    if (!client->Send()) return Failed("Cannot send to the relay.");
  }
  TurnFor(loop, options.warm_up);

  const std::vector<pid_t> pids{relay->pid()};
  const Result<std::vector<ProcessUse>> before = ReadProcesses(pids);
  const uint64_t delivered_before = delivered;
  const double began = SecondsNow();
  TurnFor(loop, options.seconds);
  const double seconds = SecondsNow() - began;
  const Result<std::vector<ProcessUse>> after = ReadProcesses(pids);
  if (!before || !after) return Failed("The relay ended.");

  const auto messages = static_cast<double>(std::max<uint64_t>(delivered - delivered_before, 1));
  const double cpu_s = after->front().cpu_s - before->front().cpu_s;
  report.Add("delivered_per_second", messages / seconds,
             fmt::format("passed on           {:.0f} messages/s of {} bytes", messages / seconds, options.bytes));
  report.Add("server_cpu_us", cpu_s * 1e6 / messages,
             fmt::format("relay processor     {:.2f} µs per message, {:.0f} % of one core", cpu_s * 1e6 / messages,
                         cpu_s * 100 / seconds));
  report.Finish();
  return kExitOk;
}

}  // namespace parley::bench
