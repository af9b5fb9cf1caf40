// The two ZeroMQ sockets of Parley: a node's DEALER and the bus's ROUTER. Thin: batches in, batches out; every
// ZeroMQ option that matters is set here (sockets.cc says why), and nothing else knows of ZeroMQ.
//
// A program drives its socket from its turn-end hook: Drain() first, then its own work, then Flush().
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/io/loop.h"
#include "common/wire/node.h"

namespace parley::wire {

class DealerSocket final : public BusPort {
 public:
  // Connects to a bus, such as tcp://127.0.0.1:7100, now and again whenever the connection breaks.
  // kBadRequest for an address that ZeroMQ does not take.
  static Result<std::unique_ptr<DealerSocket>> Connect(io::Loop& loop, const std::string& identity,
                                                       const std::string& address);
  ~DealerSocket() override;

  void Send(const Envelope& envelope) override;
  void SendEncoded(std::string_view envelopes) override;
  // Hands over what has arrived, at most `messages_max` messages; the rest comes in the next turn.
  void Drain(const std::function<void(std::string_view batch)>& handler, int messages_max = 64);
  // Sends what was gathered. What the bus cannot take now waits, up to a bound; beyond it the newest is dropped.
  void Flush();

  [[nodiscard]] size_t pending_bytes() const override;
  // Since it was made.
  [[nodiscard]] uint64_t sent_bytes() const;
  [[nodiscard]] uint64_t received_bytes() const;
  // Envelopes dropped because the bus was not there or did not keep up.
  [[nodiscard]] uint64_t dropped() const;
  // Forgets what waits to be sent: it was meant for a bus that is no more.
  void DropPending();

 private:
  struct Impl;
  explicit DealerSocket(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class RouterSocket {
 public:
  enum class Sent : uint8_t {
    kYes,
    kFull,  // the peer does not keep up; try again later
    kGone,  // no such peer
  };

  // Binds. kBadRequest when the address is malformed, kExists when it is in use; the message is a sentence.
  static Result<std::unique_ptr<RouterSocket>> Bind(io::Loop& loop, const std::string& address);
  ~RouterSocket();

  // The address in full, with the port that was given for port 0.
  [[nodiscard]] std::string address() const;
  void Drain(const std::function<void(std::string_view identity, std::string_view batch)>& handler,
             int messages_max = 256);
  [[nodiscard]] Sent Send(std::string_view identity, std::string_view batch);
  // Of batches, since it was made.
  [[nodiscard]] uint64_t sent_bytes() const;
  [[nodiscard]] uint64_t received_bytes() const;
  // After the last Send of a turn: makes the loop come back at once if there is more to read.
  void EndTurn();

 private:
  struct Impl;
  explicit RouterSocket(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace parley::wire
