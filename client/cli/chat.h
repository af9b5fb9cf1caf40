// The terminal chat: what comes in is shown once and marked as read, what is typed is sent or done.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "client/cli/account.h"
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
  struct Command {
    std::string_view name, arguments, help;
    void (Chat::*run)(std::string_view rest);
  };
  static std::span<const Command> Commands();

  // client::Client::Listener
  void OnOnline(const client::LoggedIn& session, bool again) override;
  void OnOffline(const Error& why, int64_t retry_ms) override;
  void OnEnded(const Error& why) override;
  int64_t StartOf(const client::Listed& listed) override;
  void OnRecord(const client::Record& record, std::string_view encoded) override;
  void OnListed(const client::Listed& listed) override;
  void OnCaughtUp() override;
  void OnLost(const Conversation& conversation) override;
  void OnPush(std::string_view method, const schema::Value& arguments, std::string_view encoded) override;

  // Terminal::Listener
  void OnLine(const std::string& line) override;
  void OnTyping(bool typing) override;
  void OnInputEnd() override { Leave(); }
  std::vector<std::string> Complete(const std::string& word, int nth) override;

  void OnSignal(int signal);
  void OnTurnEnd();
  void Leave();
  void Print(std::string_view text) { terminal_->Print(text); }
  void Complain(std::string_view text) { terminal_->Print(transcript_.Warning("! " + std::string(text))); }
  void ShowPrompt();
  void Talk(const Address& to);
  void Say(const Address& to, const std::string& body, const client::Extras& extras = {});
  void SeenBy(const client::Mark& mark);
  void SomeoneTypes(const client::Typing& typing);
  void SendMarks();
  void PauseInput();

  // Asks the server and shows an error, if it is one.
  void Ask(std::string_view method, const client::Arguments& arguments, std::function<void(const schema::Value&)> then);
  void Change(std::string_view method, const client::Arguments& arguments,
              std::function<void(const schema::Value&)> then);
  client::Connection::Reply Answered(std::function<void(const schema::Value&)> then);
  // The open conversation's arguments, or a complaint.
  std::optional<client::Arguments> Here();
  // Takes a leading number from `rest`; without one, `otherwise`. A complaint when there is neither.
  std::optional<int64_t> NumberIn(std::string_view& rest, int64_t otherwise);

  void DoHelp(std::string_view rest);
  void DoTo(std::string_view rest);
  void DoMessage(std::string_view rest);
  void DoList(std::string_view rest);
  void DoHistory(std::string_view rest);
  void DoReply(std::string_view rest);
  void DoEdit(std::string_view rest);
  void DoRecall(std::string_view rest);
  void DoReact(std::string_view rest);
  void DoUnreact(std::string_view rest);
  void React(std::string_view rest, bool on);
  void DoReceipts(std::string_view rest);
  void DoWho(std::string_view rest);
  void DoFind(std::string_view rest);
  void DoStatus(std::string_view rest);
  void DoName(std::string_view rest);
  void DoAbout(std::string_view rest);
  void DoSessions(std::string_view rest);
  void DoRevoke(std::string_view rest);
  void DoMute(std::string_view rest);
  void DoCall(std::string_view rest);
  void DoLogout(std::string_view rest);
  void DoQuit(std::string_view rest) { static_cast<void>(rest), Leave(); }

  // What is known of a conversation.
  struct View {
    int64_t shown = -1;        // the last record on the screen, in this run or an earlier one; -1: none yet
    int64_t listed_head = 0;   // records up to here are in the server's count of unread ones
    int64_t unread = 0;        // messages of others that were shown while another conversation was open
    int64_t read_due = 0;      // to be told to the server
    int64_t received_due = 0;  // …
    int64_t own_last = 0;      // the last own message
    int64_t other_last = 0;    // the last message of somebody else
    int64_t own_read = 0;      // the last own message that was said to be read
  };

  Account account_;
  const UserHandle self_;
  io::Loop loop_;
  client::Client client_;
  std::unique_ptr<Terminal> terminal_;
  Transcript transcript_;
  client::TypingBoard typing_;
  std::map<Conversation, View> views_;
  std::optional<Address> partner_;
  std::optional<Conversation> open_;

  bool caught_up_ = false;             // for the first time
  bool said_missed_ = false;           // the heading of what was missed is on the screen
  std::map<std::string, int> missed_;  // messages by conversation
  bool said_offline_ = false;
  bool leaving_ = false;
  bool refused_ = false;
  bool paused_ = false;
  bool shown_changed_ = false;
  size_t unsent_ = 0;
  int64_t typing_told_ms_ = 0;  // when the partner was last told; 0: not typing
  int exit_code_ = 0;
};

}  // namespace parley::cli
