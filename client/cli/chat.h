// The terminal chat: what comes in is shown once and marked as read, what is typed is sent or done.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/cli/account.h"
#include "client/cli/desk.h"
#include "client/cli/terminal.h"
#include "client/cli/transcript.h"
#include "client/client.h"
#include "client/typing.h"

namespace parley::cli {

class Chat final : private client::Client::Listener, private Terminal::Listener {
 public:
  // `to`: whom to talk with first; empty: whom the last chat was with.
  Chat(Account account, const std::string& to);
  ~Chat();

  // Until the user leaves. Returns the exit code.
  int Run();
  // Whether it ended because the server did not accept the remembered session.
  [[nodiscard]] bool refused() const { return refused_; }

 private:
  // client::Client::Listener
  void OnOnline(const client::LoggedIn& session, bool again) override;
  void OnOffline(const Error& why, int64_t retry_ms) override;
  void OnEnded(const Error& why) override;
  int64_t StartOf(const client::Listed& listed) override;
  void OnRecord(const client::Record& record, std::string_view encoded) override;
  void OnListed(const client::Listed& listed) override;
  void OnCaughtUp() override;
  void OnLost(const Conversation& conversation) override;
  void OnContacts(client::Contacts::Kind kind) override;
  void OnPush(std::string_view method, const schema::Value& arguments, std::string_view encoded) override;

  // Terminal::Listener
  void OnLine(const std::string& line) override;
  void OnTyping(bool typing) override;
  void OnInputEnd() override { Leave(); }
  std::vector<std::string> Complete(const std::string& before, const std::string& word) override;

  void OnSignal(int signal);
  void OnTurnEnd();
  void Leave();
  void ShowPrompt();
  void Enter(const std::string& line);
  void Count(const client::Record& record);
  void SeenBy(const client::Mark& mark);
  void SomeoneTypes(const client::Typing& typing);
  void AskWhatWaits();
  // Nothing that the user asked for is open.
  [[nodiscard]] bool idle() const { return client_.open_requests() <= unasked_; }
  void KeepShown();
  void SendMarks();
  void PauseInput();

  Account account_;
  io::Loop loop_;
  client::Client client_;
  Transcript transcript_;
  std::unique_ptr<Terminal> terminal_;
  Desk desk_;
  client::TypingBoard typing_;

  bool caught_up_ = false;             // for the first time
  bool said_missed_ = false;           // the heading of what was missed is on the screen
  std::map<std::string, int> missed_;  // messages by conversation
  bool said_friends_ = false;
  size_t unasked_ = 0;  // open requests that nobody waits for
  bool said_offline_ = false;
  bool leaving_ = false;
  bool refused_ = false;
  bool paused_ = false;
  std::optional<std::string> held_line_;  // a command from a pipe that waits for what came before it
  bool shown_changed_ = false;
  std::optional<Address> typing_to_;  // who was told that one is typing …
  int64_t typing_told_ms_ = 0;        // … and when
  int exit_code_ = 0;
};

}  // namespace parley::cli
