#include "frontend/server.h"

#include <unistd.h>

#include "common/base/ids.h"
#include "common/base/log.h"

namespace parley::frontend {
namespace {

constexpr size_t kScratchBytes = 64 * 1024;
constexpr int64_t kTickMs = 50;
constexpr int64_t kListenAgainMs = 1'000;
// One line about wrong PROXY headers is followed by silence for so long, and then by their number.
constexpr int64_t kWrongHeadersMs = 10'000;
// What may wait for the bus before new requests are refused.
constexpr size_t kBusPendingBytesMax = 16 * 1024 * 1024;
// Beyond the most connections, some may still be told why they cannot stay.
constexpr size_t kRefusedAtATime = 64;

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(io::Loop& loop, const ServerOptions& options,
                                              wire::Registration registration) {
  std::unique_ptr<Server> server(new Server(loop, options));
  const std::string identity = registration.role + "/" + registration.name + "/" + registration.boot;
  TRY_ASSIGN(server->bus_, wire::DealerSocket::Connect(loop, identity, options.bus));
  GatewayOptions gateway = options.gateway;
  gateway.seed = RandomU64();
  GatewayHost& host = *server;
  server->gateway_ = std::make_unique<Gateway>(gateway, std::move(registration), *server->bus_, host, loop.now());
  TRY(server->Listen(options.listen));
  loop.Every(kTickMs, [s = server.get()] { s->gateway_->Tick(); });
  loop.AtTurnEnd([s = server.get()] { s->EndTurn(); });
  return server;
}

Server::Server(io::Loop& loop, const ServerOptions& options)
    : loop_(loop), options_(options), scratch_(kScratchBytes) {}

Server::~Server() = default;

Result<void> Server::Listen(const std::string& address) {
  TRY_ASSIGN(listener_, Listener::Bind(loop_, address, [this](int fd, const IpAddress& peer) { OnClient(fd, peer); }));
  address_ = listener_->address();
  return {};
}

// Whoever waits to be accepted is told what the others are told; whoever comes later meets other frontends.
void Server::StopListening() {
  if (listener_ == nullptr) return;
  listener_->AcceptAll();
  listener_.reset();
}

void Server::OnDrained(bool drained) {
  drained_ = drained;
  drained ? StopListening() : ListenAgain();
}

void Server::ListenAgain() {
  if (draining_ || drained_ || listener_ != nullptr) return;
  if (const Result<void> listening = Listen(address_); !listening) {
    LogError("{} Trying again.", listening.error().message);
    loop_.After(kListenAgainMs, [this] { ListenAgain(); });
  }
}

void Server::OnClient(int fd, const IpAddress& peer) {
  if (gateway_->sessions().size() >= options_.connections_max + kRefusedAtATime) {
    close(fd);
    return;
  }
  const bool refused = gateway_->sessions().size() >= options_.connections_max;
  std::unique_ptr<Introduction> awaited;
  if (options_.proxies.Contain(peer)) awaited = std::make_unique<Introduction>(Introduction{peer, {}});
  std::string address = awaited == nullptr ? peer.text() : "";
  auto connection = std::make_unique<Connection>(*this, fd, std::move(awaited));
  gateway_->Open(*connection, std::move(address), refused);
  const auto slot = static_cast<uint32_t>(connection->number);
  if (slot >= connections_.size()) connections_.resize(slot + 1);
  connections_[slot] = std::move(connection);
}

void Server::OnWrongHeader(Session& session, const IpAddress& peer, std::string_view problem) {
  gateway_->Reject(session,
                   "connections from " + peer.text() +
                       " must begin with a PROXY protocol header, version 2; what this one began with is none: " +
                       std::string(problem));
  if (++wrong_headers_ > 1) return;
  LogWarn(
      "Closed a connection that came from {}, which --proxy-protocol trusts, without a right PROXY header: {}. Have "
      "the "
      "balancer send version 2, or take the address out of the option.",
      peer.text(), problem);
  loop_.After(kWrongHeadersMs, [this] {
    if (wrong_headers_ > 1) LogWarn("Closed {} more connections without a right PROXY header.", wrong_headers_ - 1);
    wrong_headers_ = 0;
  });
}

void Server::Release(Session& session) {
  const auto slot = static_cast<uint32_t>(session.number);
  gateway_->OnGone(session);
  connections_[slot].reset();
}

void Server::EndTurn() {
  bus_->Drain([this](std::string_view batch) { gateway_->OnBatch(batch); });
  for (Session* session : gateway_->TakeDirty()) {
    if (session != nullptr && !static_cast<Connection*>(session)->Flush()) Release(*session);
  }
  bus_->Flush();
  gateway_->SetCongested(bus_->pending_bytes() > kBusPendingBytesMax);
  if (on_ready_ && gateway_->ready()) std::exchange(on_ready_, nullptr)();
  if (draining_ && gateway_->drained()) {
    gateway_->LeaveBus();
    bus_->Flush();
    loop_.Stop();
  }
}

void Server::Drain() {
  if (draining_) return;
  draining_ = true;
  LogInfo("Draining: no new clients; {} connections are told to go elsewhere.", gateway_->sessions().size());
  StopListening();
  gateway_->Drain();
}

void Server::OnBusLost() {
  LogWarn("The bus does not answer; trying to reach it again.");
  bus_->DropPending();
}

void Server::OnRefused(const std::string& reason) {
  failure_ = "The bus refused this process: " + reason;
  loop_.Stop();
}

}  // namespace parley::frontend
