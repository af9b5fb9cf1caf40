// The server over real sockets, with a main loop that the test turns, or does not.
#include "common/metrics/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>

namespace parley::metrics {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

constexpr Family kTurns{"parley_test_turns", FamilyType::kGauge, "What the test counts."};
constexpr int kTurnsMax = 10'000;
constexpr int kPatienceMs = 30'000;

class Peer {
 public:
  explicit Peer(const std::string& address) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
    fcntl(fd_, F_SETFL, O_NONBLOCK);
  }
  ~Peer() { close(fd_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  void Says(std::string_view bytes) const { send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  void Gets(const std::string& path) const { Says("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n"); }
  // Takes what is there, waiting at most `wait_ms` for it. True at the end.
  bool Hears(int wait_ms) {
    pollfd ready{fd_, POLLIN, 0};
    if (poll(&ready, 1, wait_ms) <= 0) return false;
    char bytes[4096];
    const ssize_t size = recv(fd_, bytes, sizeof bytes, 0);
    if (size > 0) heard.append(bytes, static_cast<size_t>(size));
    return size == 0 || (size < 0 && errno == ECONNRESET);
  }
  // All that it is told, while nobody turns the main loop.
  const std::string& HearsAll() {
    while (!Hears(kPatienceMs)) REQUIRE(heard.size() < 1'000'000);
    return heard;
  }
  std::string heard;

 private:
  const int fd_;
};

class MetricsServerTest {
 public:
  MetricsServerTest() {
    REQUIRE(mkdtemp(folder.data()) != nullptr);
    Subject subject{"note", "note-1", folder, 64, {}, {}};
    subject.report = [this](Exposition& out) { out.Add(kTurns, int64_t{42}), ++reports; };
    subject.not_ready = [this] { return reason; };
    auto started = Server::Start(loop, "127.0.0.1:0", std::move(subject));
    REQUIRE(started);
    server = *std::move(started);
  }

  ~MetricsServerTest() {
    server.reset();
    rmdir(folder.c_str());
  }

  // While the main loop turns.
  std::string Get(const std::string& path) {
    Peer peer(server->address());
    peer.Gets(path);
    for (int i = 0; i < kTurnsMax && !peer.Hears(0); ++i) loop.Turn(5);
    return peer.heard;
  }
  // The page with the main loop's figures: on a machine that is busy with other things they may come too late once.
  std::string GetFigures() {
    std::string page;
    for (int i = 0; i < 10 && page.find("parley_test_turns") == std::string::npos; ++i) page = Get("/metrics");
    return page;
  }

  std::string folder = "/tmp/parley-metrics-XXXXXX";
  io::Loop loop;
  std::string reason;
  int reports = 0;
  std::unique_ptr<Server> server;
};

}  // namespace

TEST_CASE("no address: nothing is served") {
  io::Loop loop;
  const auto none = Server::Start(loop, "", {});
  REQUIRE(none);
  CHECK(*none == nullptr);
}

TEST_CASE("an address that cannot be used is named") {
  io::Loop loop;
  for (const std::string address : {"7200", ":7200", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", "127.0.0.1:-1"}) {
    const auto started = Server::Start(loop, address, {});
    REQUIRE_FALSE(started);
    CHECK_THAT(started.error().message, Contains("'" + address + "' is not HOST:PORT"));
  }
}

TEST_CASE_METHOD(MetricsServerTest, "an address that is in use is named, and not shared") {
  io::Loop other;
  const auto started = Server::Start(other, server->address(), {});
  REQUIRE_FALSE(started);
  CHECK_THAT(started.error().message, Contains(server->address() + " is in use"));
}

TEST_CASE_METHOD(MetricsServerTest,
                 "a scrape has what the main loop counts, and what the kernel knows of the process") {
  const std::string page = GetFigures();
  CHECK_THAT(page, StartsWith("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4"));
  CHECK_THAT(page, Contains("parley_test_turns{module=\"note\",node=\"note-1\"} 42\n"));
  for (const std::string name : {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds",
                                 "parley_loop_cpu_seconds_total", "parley_loop_turn_seconds_count",
                                 "parley_store_bytes", "parley_disk_free_bytes", "parley_ready"}) {
    CHECK_THAT(page, Contains("\n" + name + "{module=\"note\",node=\"note-1\""));
  }
}

TEST_CASE_METHOD(MetricsServerTest, "readiness is what the process says at the end of its last turn") {
  loop.Turn(0);
  CHECK_THAT(Get("/readyz"), StartsWith("HTTP/1.1 200 OK"));
  reason = "it is leaving";
  loop.Turn(0);
  Peer peer(server->address());
  peer.Gets("/readyz");
  CHECK_THAT(peer.HearsAll(), StartsWith("HTTP/1.1 503") && Contains("it is leaving"));
  CHECK_THAT(Get("/healthz"), StartsWith("HTTP/1.1 200 OK"));
}

TEST_CASE_METHOD(MetricsServerTest,
                 "a main loop that does not turn is left out of the page, which comes all the same") {
  Peer peer(server->address());
  peer.Gets("/metrics");
  CHECK_THAT(peer.HearsAll(),
             StartsWith("HTTP/1.1 200 OK") && Contains("parley_ready") && !Contains("parley_test_turns"));
  // And once it turns it is asked anew.
  CHECK_THAT(GetFigures(), Contains("parley_test_turns"));
}

TEST_CASE_METHOD(MetricsServerTest, "many may scrape at once") {
  std::deque<Peer> peers;
  for (int i = 0; i < 8; ++i) peers.emplace_back(server->address()).Gets("/metrics");
  for (int i = 0; i < kTurnsMax; ++i) {
    loop.Turn(5);
    if (std::ranges::all_of(peers, [](Peer& peer) { return peer.Hears(0); })) break;
  }
  for (const Peer& peer : peers) CHECK_THAT(peer.heard, StartsWith("HTTP/1.1 200 OK") && Contains("parley_ready"));
}

TEST_CASE_METHOD(MetricsServerTest, "garbage costs its own connection alone") {
  Peer silent(server->address());
  Peer rubbish(server->address());
  rubbish.Says("\x01\x02\x03\r\n\r\n");
  Peer endless(server->address());
  endless.Says(std::string(100'000, 'x'));
  CHECK_THAT(rubbish.HearsAll(), StartsWith("HTTP/1.1 400"));
  CHECK_THAT(endless.HearsAll(), StartsWith("HTTP/1.1 431"));
  CHECK_THAT(Get("/nothing"), StartsWith("HTTP/1.1 404"));
  Peer posts(server->address());
  posts.Says("POST /metrics HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK_THAT(posts.HearsAll(), StartsWith("HTTP/1.1 405") && Contains("Allow: GET, HEAD"));
  CHECK_THAT(GetFigures(), Contains("parley_test_turns"));
}

TEST_CASE_METHOD(MetricsServerTest, "however many sit there in silence, the next is answered") {
  std::deque<Peer> silent;
  for (size_t i = 0; i < 3 * kConnectionsMax; ++i) silent.emplace_back(server->address());
  CHECK_THAT(Get("/healthz"), StartsWith("HTTP/1.1 200 OK"));
  CHECK(silent.front().HearsAll().empty());  // the oldest had to go
}

TEST_CASE_METHOD(MetricsServerTest, "a server that ends leaves a loop that goes on") {
  Peer peer(server->address());
  peer.Gets("/metrics");
  server.reset();
  for (int i = 0; i < 10; ++i) loop.Turn(0);
  CHECK(reports == 0);
}

}  // namespace parley::metrics
