// A connection for programs that do one thing after the other: every call waits for its answer.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "client/client.h"
#include "client/connection.h"
#include "common/io/loop.h"

namespace parley::cli {

class WaitingConnection final : private client::Connection::Listener {
 public:
  // Gives up on an answer after `patience_ms`: kTimeout, outcome unknown.
  explicit WaitingConnection(int64_t patience_ms = 30'000) : patience_ms_(patience_ms) {}

  Result<void> Connect(const client::Endpoint& server);
  // The result, encoded. `arguments` is an encoded map, or empty.
  Result<std::string> Call(std::string_view method, std::string_view arguments);
  // Sends without an answer, and returns once the server has taken it.
  Result<void> Notify(std::string_view method, std::string_view arguments);
  // With the token, or where that is void, with the password.
  Result<client::LoggedIn> LogIn(const client::Credentials& credentials);

 private:
  void OnConnected() override {}
  void OnPush(std::string_view method, const schema::Value& arguments, std::string_view encoded) override;
  void OnDisconnected(const Error& why) override { lost_ = why; }

  Result<client::LoggedIn> Enter(std::string_view method, const client::Arguments& arguments);

  const int64_t patience_ms_;
  io::Loop loop_;
  client::Connection connection_{loop_, *this};
  std::optional<Error> lost_;
  std::string closed_;  // the server's last words
};

}  // namespace parley::cli
