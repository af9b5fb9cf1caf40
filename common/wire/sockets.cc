#include "common/wire/sockets.h"

#include <cerrno>
#include <deque>
#include <zmq.hpp>

#include "common/base/limits.h"
#include "common/base/log.h"

namespace parley::wire {
namespace {

// One message of this size is sent at once rather than grown further.
constexpr size_t kBatchBytes = 256 * 1024;
// What a node keeps for a bus that does not keep up.
constexpr size_t kPendingBytesMax = 64 * 1024 * 1024;
// How long a process that leaves waits for its last messages to be taken.
constexpr int kLingerMs = 500;
// High-water marks count messages, and a message is a batch of up to kBatchBytes: what waits beyond these is gathered
// into larger batches by the sender.
constexpr int kHighWater = 256;
constexpr int kHeartbeatMs = 1000, kHeartbeatTimeoutMs = 5000;
constexpr int kReconnectMs = 20, kReconnectMaxMs = 200;

zmq::context_t& Context() {
  static zmq::context_t context(1);
  return context;
}

void SetCommonOptions(zmq::socket_t& socket) {
  socket.set(zmq::sockopt::linger, kLingerMs);  // the default waits for ever at exit
  socket.set(zmq::sockopt::sndhwm, kHighWater);
  socket.set(zmq::sockopt::rcvhwm, kHighWater);
  socket.set(zmq::sockopt::maxmsgsize, static_cast<int64_t>(limits::kBusMessageBytesMax));  // unlimited by default
  // ZMTP heartbeats find a dead host; the node's own find a stuck program.
  socket.set(zmq::sockopt::heartbeat_ivl, kHeartbeatMs);
  socket.set(zmq::sockopt::heartbeat_timeout, kHeartbeatTimeoutMs);
}

bool Readable(zmq::socket_t& socket) { return (socket.get(zmq::sockopt::events) & ZMQ_POLLIN) != 0; }

std::string_view TextOf(const zmq::message_t& message) {
  return {static_cast<const char*>(message.data()), message.size()};
}

}  // namespace

struct DealerSocket::Impl {
  io::Loop* loop = nullptr;
  zmq::socket_t socket;
  int fd = -1;
  std::string gathering;
  std::deque<std::string> waiting;
  size_t waiting_bytes = 0;
  uint64_t dropped = 0, sent_bytes = 0, received_bytes = 0;

  // False when the bus cannot take it now.
  bool TrySend(const std::string& batch) {
    if (!socket.send(zmq::buffer(batch), zmq::send_flags::dontwait)) return false;
    sent_bytes += batch.size();
    return true;
  }
  void Seal() {
    if (gathering.empty()) return;
    if (waiting_bytes + gathering.size() > kPendingBytesMax) {
      if (dropped++ == 0) LogWarn("The bus does not keep up: dropping what is sent to it.");
      gathering.clear();
      return;
    }
    waiting_bytes += gathering.size();
    waiting.push_back(std::move(gathering));
    gathering.clear();
  }
};

DealerSocket::DealerSocket(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DealerSocket::~DealerSocket() { impl_->loop->Unwatch(impl_->fd); }

Result<std::unique_ptr<DealerSocket>> DealerSocket::Connect(io::Loop& loop, const std::string& identity,
                                                            const std::string& address) {
  auto impl = std::make_unique<Impl>();
  impl->loop = &loop;
  try {
    impl->socket = zmq::socket_t(Context(), zmq::socket_type::dealer);
    SetCommonOptions(impl->socket);
    impl->socket.set(zmq::sockopt::routing_id, identity);
    // Nothing is queued for a bus that is not there: it would be stale when the bus comes.
    impl->socket.set(zmq::sockopt::immediate, 1);
    impl->socket.set(zmq::sockopt::reconnect_ivl, kReconnectMs);
    impl->socket.set(zmq::sockopt::reconnect_ivl_max, kReconnectMaxMs);
    impl->socket.connect(address);
    impl->fd = impl->socket.get(zmq::sockopt::fd);
  } catch (const zmq::error_t& error) {
    return Fail(Code::kBadRequest, "Cannot connect to the bus at " + address + ": " + error.what() + ".");
  }
  // Being woken is all: the turn-end hook drains.
  loop.Watch(impl->fd, io::kReadable, [](uint32_t) {});
  return std::unique_ptr<DealerSocket>(new DealerSocket(std::move(impl)));
}

void DealerSocket::Send(const Envelope& envelope) {
  Append(impl_->gathering, envelope);
  if (impl_->gathering.size() >= kBatchBytes) impl_->Seal();
}

void DealerSocket::SendEncoded(std::string_view envelopes) {
  // A turn of a worker may say more than one message of ZeroMQ can hold.
  while (!envelopes.empty()) {
    impl_->gathering.append(TakeEnvelopes(envelopes, kBatchBytes));
    if (impl_->gathering.size() >= kBatchBytes) impl_->Seal();
  }
}

void DealerSocket::Drain(const std::function<void(std::string_view)>& handler, int messages_max) {
  zmq::message_t message;
  for (int i = 0; i < messages_max; ++i) {
    if (!impl_->socket.recv(message, zmq::recv_flags::dontwait)) return;
    impl_->received_bytes += message.size();
    handler(TextOf(message));
  }
  impl_->loop->DoNotWait();
}

void DealerSocket::Flush() {
  impl_->Seal();
  while (!impl_->waiting.empty() && impl_->TrySend(impl_->waiting.front())) {
    impl_->waiting_bytes -= impl_->waiting.front().size();
    impl_->waiting.pop_front();
  }
  // ZMQ_FD is edge-triggered: sending may have used up the edge of something that arrived.
  if (Readable(impl_->socket)) impl_->loop->DoNotWait();
}

size_t DealerSocket::pending_bytes() const { return impl_->waiting_bytes + impl_->gathering.size(); }
uint64_t DealerSocket::dropped() const { return impl_->dropped; }
uint64_t DealerSocket::sent_bytes() const { return impl_->sent_bytes; }
uint64_t DealerSocket::received_bytes() const { return impl_->received_bytes; }

void DealerSocket::DropPending() {
  impl_->waiting.clear();
  impl_->waiting_bytes = 0;
  impl_->gathering.clear();
}

struct RouterSocket::Impl {
  io::Loop* loop = nullptr;
  zmq::socket_t socket;
  int fd = -1;
  uint64_t sent_bytes = 0, received_bytes = 0;
};

RouterSocket::RouterSocket(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RouterSocket::~RouterSocket() { impl_->loop->Unwatch(impl_->fd); }

Result<std::unique_ptr<RouterSocket>> RouterSocket::Bind(io::Loop& loop, const std::string& address) {
  auto impl = std::make_unique<Impl>();
  impl->loop = &loop;
  try {
    impl->socket = zmq::socket_t(Context(), zmq::socket_type::router);
    SetCommonOptions(impl->socket);
    // Without it, what is sent to a peer that is gone or full vanishes without a word.
    impl->socket.set(zmq::sockopt::router_mandatory, 1);
    impl->socket.bind(address);
    impl->fd = impl->socket.get(zmq::sockopt::fd);
  } catch (const zmq::error_t& error) {
    if (error.num() == EADDRINUSE) {
      return Fail(Code::kExists,
                  "The address " + address + " is in use: is another bus running? Choose another with --listen.");
    }
    return Fail(Code::kBadRequest, "Cannot listen on " + address + ": " + error.what() + ".");
  }
  loop.Watch(impl->fd, io::kReadable, [](uint32_t) {});
  return std::unique_ptr<RouterSocket>(new RouterSocket(std::move(impl)));
}

uint64_t RouterSocket::sent_bytes() const { return impl_->sent_bytes; }
uint64_t RouterSocket::received_bytes() const { return impl_->received_bytes; }

std::string RouterSocket::address() const { return impl_->socket.get(zmq::sockopt::last_endpoint); }

void RouterSocket::Drain(const std::function<void(std::string_view, std::string_view)>& handler, int messages_max) {
  zmq::message_t identity, batch;
  for (int i = 0; i < messages_max; ++i) {
    if (!impl_->socket.recv(identity, zmq::recv_flags::dontwait)) return;
    // A well-behaved peer sends one frame; a message of more is read to its end and ignored.
    int frames = 0;
    bool more = identity.more();
    while (more && impl_->socket.recv(batch, zmq::recv_flags::dontwait)) {
      ++frames;
      more = batch.more();
    }
    if (frames != 1) continue;
    impl_->received_bytes += batch.size();
    handler(TextOf(identity), TextOf(batch));
  }
  impl_->loop->DoNotWait();
}

RouterSocket::Sent RouterSocket::Send(std::string_view identity, std::string_view batch) {
  try {
    // Never without `dontwait`: a mandatory router blocks for ever on a full peer.
    const auto flags = zmq::send_flags::sndmore | zmq::send_flags::dontwait;
    if (!impl_->socket.send(zmq::buffer(identity), flags)) return Sent::kFull;
    if (!impl_->socket.send(zmq::buffer(batch), zmq::send_flags::dontwait)) return Sent::kFull;
    impl_->sent_bytes += batch.size();
    return Sent::kYes;
  } catch (const zmq::error_t& error) {
    if (error.num() != EHOSTUNREACH) LogWarn("Sending to a node failed: {}.", error.what());
    return Sent::kGone;
  }
}

void RouterSocket::EndTurn() {
  if (Readable(impl_->socket)) impl_->loop->DoNotWait();
}

}  // namespace parley::wire
