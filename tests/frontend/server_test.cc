// The shell around the gateway, over real sockets: clients that the kernel delivers, and no bus.
#include "frontend/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "common/schema/framer.h"
#include "common/schema/json.h"
#include "tests/frontend/proxy_bytes.h"

namespace parley::frontend {

using namespace std::string_literals;
namespace {

constexpr int kTurnsMax = 2'000;

class ServerTest {
 public:
  ServerTest() : ServerTest("") {}
  explicit ServerTest(const std::string& proxies) {
    ServerOptions options;
    options.listen = "127.0.0.1:0";
    options.bus = "tcp://127.0.0.1:1";  // nobody
    options.connections_max = 3;
    options.gateway.timeouts.closing_ms = 200;
    options.proxies = Networks::Parse(proxies).value();
    Result<std::unique_ptr<Server>> started = Server::Start(loop, options, {});
    REQUIRE(started);
    server = *std::move(started);
    const std::string address = server->address();
    port = static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }

  template <class Done>
  bool Until(Done&& done) {
    for (int i = 0; i < kTurnsMax && !done(); ++i) loop.Turn(5);
    return done();
  }

  io::Loop loop;
  std::unique_ptr<Server> server;
  uint16_t port = 0;
};

class Peer {
 public:
  explicit Peer(ServerTest& test) : test_(test), fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(test.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    fcntl(fd_, F_SETFL, O_NONBLOCK);
  }
  ~Peer() { close(fd_); }
  void Sends(std::string_view bytes) {
    size_t sent = 0;
    REQUIRE(test_.Until([&] {
      const ssize_t size = send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (size > 0) sent += static_cast<size_t>(size);
      return sent == bytes.size() || (size < 0 && errno != EAGAIN);
    }));
  }
  void SendsSome(std::string_view bytes) {
    [[maybe_unused]] const ssize_t size = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  void HalfCloses() { shutdown(fd_, SHUT_WR); }
  void Reads() {
    char buffer[4096];
    ssize_t size = 0;
    while ((size = recv(fd_, buffer, sizeof buffer, 0)) > 0)
      arrived += std::string_view(buffer, static_cast<size_t>(size));
    if (size == 0) ended = true;
    if (size < 0 && errno != EAGAIN) broken = true;
  }
  bool HearsEnd() {
    return test_.Until([&] {
      Reads();
      return ended || broken;
    });
  }
  bool Hears(std::string_view text) {
    return test_.Until([&] {
      Reads();
      return arrived.find(text) != std::string::npos;
    });
  }

  std::string arrived;
  bool ended = false, broken = false;

 private:
  ServerTest& test_;
  int fd_;
};

const std::string kPing = "\x94\x00\x01\xacsession.ping\x90"s;

TEST_CASE_METHOD(ServerTest, "a client is answered over TCP, and ended after its half-close") {
  Peer peer(*this);
  peer.Sends(kPing + kPing);
  CHECK(peer.Hears("time_ms"));
  peer.HalfCloses();
  CHECK(peer.HearsEnd());
  CHECK(!peer.broken);
  CHECK(Until([&] { return server->gateway().sessions().size() == 0; }));
}

TEST_CASE_METHOD(ServerTest, "garbage is told why it is closed, however much follows it") {
  Peer peer(*this);
  peer.Sends("\xc1" + std::string(300'000, 'x'));
  CHECK(peer.HearsEnd());
  CHECK(!peer.broken);  // unread bytes would have reset the connection
  CHECK(peer.arrived.find("protocol") != std::string::npos);
}

TEST_CASE_METHOD(ServerTest, "a closed client that does not go is let go") {
  Peer peer(*this);
  peer.Sends("\xc1");
  CHECK(peer.HearsEnd());
  CHECK(Until([&] { return server->gateway().sessions().size() == 0; }));
}

TEST_CASE_METHOD(ServerTest, "beyond the most connections, one is told so") {
  Peer one(*this), two(*this), three(*this);
  one.Sends(kPing);
  two.Sends(kPing);
  three.Sends(kPing);
  CHECK((one.Hears("time_ms") && two.Hears("time_ms") && three.Hears("time_ms")));
  Peer four(*this);
  CHECK(four.Hears("overloaded"));
  CHECK(four.HearsEnd());
}

TEST_CASE_METHOD(ServerTest, "a client that does not read its answers is not read any further") {
  Peer greedy(*this), other(*this);
  std::string many;
  for (int i = 0; i < 3'000; ++i) many += "\x94\x00\x01\xadsession.hello\x90"s;
  // About 150 bytes are answered to 18: the answers to all of this would be a hundred times the bound.
  size_t refused = 0;
  for (int i = 0; i < 400 && refused < 50; ++i) {
    const size_t before = server->gateway().counts().requests;
    greedy.SendsSome(many);
    for (int turn = 0; turn < 3; ++turn) loop.Turn(0);
    refused = server->gateway().counts().requests == before ? refused + 1 : 0;
  }
  CHECK(refused == 50);
  CHECK(server->gateway().sessions().waiting_bytes() < 4 * 1024 * 1024);
  other.Sends(kPing);
  CHECK(other.Hears("time_ms"));
  // It reads again, and goes on.
  const size_t before = server->gateway().counts().requests;
  CHECK(Until([&] {
    greedy.Reads();
    return server->gateway().counts().requests > before;
  }));
}

TEST_CASE_METHOD(ServerTest, "draining tells the clients and stops the loop") {
  Peer peer(*this);
  peer.Sends(kPing);
  CHECK(peer.Hears("time_ms"));
  server->Drain();
  CHECK(peer.HearsEnd());
  CHECK(peer.arrived.find("draining") != std::string::npos);
  CHECK(Until([&] { return server->gateway().drained(); }));
}

// --- behind a load balancer

class ProxiedServerTest : public ServerTest {
 public:
  ProxiedServerTest() : ServerTest("127.0.0.0/8,fd00::/8") {}

  // Of the first session.
  std::string Address() {
    const Session* const session = server->gateway().sessions().Find(uint64_t{1} << 32);
    return session == nullptr ? "none" : session->address;
  }
};

const std::string kFromClient = Proxy(0x11, FromV4("\xcb\x00\x71\x07"s) + Tlv(0x04, "abc"));

TEST_CASE_METHOD(ProxiedServerTest, "a client behind a trusted balancer has the address of the header") {
  Peer peer(*this);
  peer.Sends(kFromClient + kPing);
  CHECK(peer.Hears("time_ms"));
  CHECK(Address() == "203.0.113.7");
}

TEST_CASE_METHOD(ProxiedServerTest, "the header may come byte by byte, and a message with its end") {
  Peer peer(*this);
  const std::string all = kFromClient + kPing;
  for (size_t i = 0; i + kPing.size() < all.size(); ++i) {
    CHECK(Address() != "203.0.113.7");
    peer.Sends(all.substr(i, 1));
    for (int turn = 0; turn < 3; ++turn) loop.Turn(0);
  }
  CHECK(Until([&] { return Address() == "203.0.113.7"; }));
  peer.Sends(kPing);
  CHECK(peer.Hears("time_ms"));
}

TEST_CASE_METHOD(ProxiedServerTest, "a balancer's own connection has the balancer's address") {
  Peer peer(*this);
  peer.Sends(Header(0x20, 0x00, "") + kPing);
  CHECK(peer.Hears("time_ms"));
  CHECK(Address() == "127.0.0.1");
}

TEST_CASE_METHOD(ProxiedServerTest, "who comes from a balancer's address without a header is told so and closed") {
  for (const std::string& wrong : {kPing, Header(0x21, 0x77, "abc") + kPing, "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n"s}) {
    Peer peer(*this);
    peer.Sends(wrong);
    CHECK(peer.HearsEnd());
    CHECK(!peer.broken);
    CHECK(peer.arrived.find("protocol") != std::string::npos);
    CHECK(peer.arrived.find("connections from 127.0.0.1 must begin with a PROXY") != std::string::npos);
    CHECK(peer.arrived.find("time_ms") == std::string::npos);
  }
  CHECK(Until([&] { return server->gateway().sessions().size() == 0; }));
}

TEST_CASE_METHOD(ProxiedServerTest, "a connection that ends within its header, or before it, is let go") {
  for (const std::string& begun : {""s, kFromClient.substr(0, 1), kFromClient.substr(0, 20)}) {
    Peer peer(*this);
    if (!begun.empty()) peer.Sends(begun);
    peer.HalfCloses();
    CHECK(peer.HearsEnd());
    CHECK(!peer.broken);
    CHECK((peer.arrived.find("it is cut short") != std::string::npos) == !begun.empty());
    CHECK(Until([&] { return server->gateway().sessions().size() == 0; }));
  }
}

TEST_CASE_METHOD(ServerTest, "nobody but a trusted balancer may say whose a connection is") {
  Peer peer(*this);
  peer.Sends(kFromClient + kPing);
  CHECK(peer.HearsEnd());
  CHECK(peer.arrived.find("protocol") != std::string::npos);
  CHECK(peer.arrived.find("time_ms") == std::string::npos);
}

TEST_CASE("an address that cannot be listened on is explained") {
  io::Loop loop;
  const auto nobody = [](int fd, const IpAddress&) { close(fd); };
  for (const char* wrong : {"7000", "127.0.0.1", "127.0.0.1:", ":7000", "nowhere.invalid:7000", "203.0.113.250:7000"}) {
    const auto listener = Listener::Bind(loop, wrong, nobody);
    INFO(wrong);
    REQUIRE(!listener);
    CHECK(listener.error().message.starts_with("Cannot listen on"));
  }
  const auto first = Listener::Bind(loop, "[::1]:0", nobody);
  if (first) CHECK((*first)->address().starts_with("[::1]:"));
}

}  // namespace
}  // namespace parley::frontend
