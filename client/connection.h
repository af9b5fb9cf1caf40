// One TCP connection to a server: bytes to MessagePack-RPC messages and back, requests matched with their answers.
// Knows nothing of users or conversations, and never connects by itself: see client.h.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "client/endpoint.h"
#include "common/base/limits.h"
#include "common/base/result.h"
#include "common/io/loop.h"
#include "common/schema/framer.h"
#include "common/schema/rpc.h"
#include "common/schema/value.h"

namespace parley::client {

// On the loop's thread only. A handler may call anything of the connection, also Close() and Open(), but not destroy
// it.
class Connection final : private io::Watcher {
 public:
  class Listener {
   public:
    virtual void OnConnected() = 0;
    // `arguments` and `encoded` (the same, as bytes) are valid during the call.
    virtual void OnPush(std::string_view method, const schema::Value& arguments, std::string_view encoded) = 0;
    // Not after Close(). All open requests have been answered with an error before.
    virtual void OnDisconnected(const Error& why) = 0;

   protected:
    ~Listener() = default;
  };
  // The result is valid during the call. kTimeout, outcome unknown, when the connection ends before the answer.
  using Reply = std::function<void(Result<schema::Value>)>;

  Connection(io::Loop& loop, Listener& listener) : loop_(loop), listener_(listener) {}
  ~Connection();  // open requests are not answered
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Starts connecting; ends in OnConnected or OnDisconnected, never before Open has returned.
  void Open(const Endpoint& endpoint);
  // Answers all open requests with an error.
  void Close();
  [[nodiscard]] bool connected() const { return state_ == State::kConnected; }

  // `arguments` is an encoded map, or empty. kOverloaded at once when too much is open or unsent, kUnavailable when not
  // connected: then nothing was sent.
  void Call(std::string_view method, std::string_view arguments, Reply reply);
  // Sends without an answer; dropped when not connected or too much is unsent.
  void Notify(std::string_view method, std::string_view arguments);

  [[nodiscard]] size_t open_requests() const { return open_.size(); }
  // When the server was last heard of.
  [[nodiscard]] int64_t heard_ms() const { return heard_ms_; }

 private:
  enum class State : uint8_t { kClosed, kConnecting, kConnected };

  void OnReady(uint32_t ready) override;
  void TryNextAddress(std::string problem);
  void FinishConnecting();
  void Receive();
  void ReadMessages();
  void Handle(std::string_view bytes);
  void Flush();
  void WatchFor(uint32_t interest);
  void Release();
  void Drop(Error why);

  io::Loop& loop_;
  Listener& listener_;
  State state_ = State::kClosed;
  uint64_t life_ = 0;  // counts Open and Close, so that work of an earlier life sees that it is over
  int fd_ = -1;
  uint32_t interest_ = 0;
  io::TimerId connect_timer_ = 0;
  std::string server_;
  std::vector<SocketAddress> addresses_;
  size_t next_address_ = 0;

  std::string in_;               // what was received and not yet handled
  schema::Framer framer_{0, 0};  // of the message that in_ begins with
  schema::Parser parser_;
  std::string out_;  // what could not be sent yet
  size_t sent_ = 0;  // … of which so much is gone
  int64_t heard_ms_ = 0;

  uint32_t last_msgid_ = 0;
  std::unordered_map<uint32_t, Reply> open_;

 public:
  static constexpr size_t kUnsentBytesMax = 4 * 1024 * 1024;
  // A push is a record and little else; a response is bounded by the contract.
  static constexpr size_t kMessageBytesMax = limits::kResponseBytesMax + 64 * 1024;
  static constexpr int64_t kConnectMs = 5'000;
};

}  // namespace parley::client
