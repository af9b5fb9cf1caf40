#include "client/cli/waiting.h"

#include "common/schema/codec.h"

namespace parley::cli {

void WaitingConnection::OnPush(std::string_view method, const schema::Value& arguments, std::string_view) {
  if (method != "session.closed") return;
  if (const auto closed = schema::Decode<client::Closed>(arguments)) closed_ = closed->code + ": " + closed->message;
}

Result<void> WaitingConnection::Connect(const client::Endpoint& server) {
  lost_.reset();
  connection_.Open(server);
  while (!connection_.connected() && !lost_) loop_.Turn(-1);
  if (lost_) return Fail(*lost_);
  return {};
}

Result<std::string> WaitingConnection::Call(std::string_view method, std::string_view arguments) {
  std::optional<Result<std::string>> answer;
  const io::TimerId timer = loop_.After(patience_ms_, [&] {
    answer = Fail(Code::kTimeout, "no answer within " + std::to_string(patience_ms_ / 1000) + " s");
    connection_.Close();
  });
  connection_.Call(method, arguments, [&](const Result<schema::Value>& result) {
    if (answer) return;
    if (!result) {
      answer = Fail(result.error());
      return;
    }
    std::string encoded;
    schema::Writer writer(encoded);
    schema::WriteValue(writer, *result);
    answer = std::move(encoded);
  });
  while (!answer) loop_.Turn(-1);
  loop_.Cancel(timer);
  // What the server said before it closed explains more than that it did.
  if (!*answer && !connection_.connected() && !closed_.empty()) {
    return Fail(answer->error().code, "the server closed the connection (" + closed_ + ")");
  }
  return *std::move(answer);
}

Result<void> WaitingConnection::Notify(std::string_view method, std::string_view arguments) {
  connection_.Notify(method, arguments);
  // A ping is answered after everything asked before it.
  TRY(Call("session.ping", ""));
  return {};
}

Result<client::LoggedIn> WaitingConnection::Enter(std::string_view method, const client::Arguments& arguments) {
  TRY_ASSIGN(const std::string result, Call(method, arguments.Encoded()));
  return schema::Decode<client::LoggedIn>(result);
}

Result<client::LoggedIn> WaitingConnection::LogIn(const client::Credentials& credentials) {
  if (!credentials.token.empty()) {
    const client::Arguments arguments =
        client::Arguments().Text("token", credentials.token).OptionalText("device", credentials.device);
    Result<client::LoggedIn> resumed = Enter("user.resume", arguments);
    if (resumed || resumed.error().code != Code::kUnauthenticated || credentials.password.empty()) return resumed;
  }
  if (credentials.password.empty()) {
    return Fail(Code::kUnauthenticated, "no session of " + credentials.user + " is known here: give its password");
  }
  return Enter("user.login", client::Arguments()
                                 .Text("user", credentials.user)
                                 .Text("password", credentials.password)
                                 .OptionalText("device", credentials.device));
}

}  // namespace parley::cli
