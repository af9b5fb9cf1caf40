// What a command works with: where the user is, what the screen knows of each conversation, ways to ask the server, and
// ways to answer the user.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "client/cli/account.h"
#include "client/cli/terminal.h"
#include "client/cli/transcript.h"
#include "client/client.h"

namespace parley::cli {

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

class Desk {
 public:
  // A person's request is given up after this long, rather than left unanswered.
  static constexpr int64_t kPatienceMs = 10'000;
  using Then = std::function<void(const schema::Value&)>;

  // `changed` is called when the prompt may have to say something else.
  Desk(io::Loop& loop, client::Client& client, Terminal& terminal, Transcript& transcript, Account& account,
       std::function<void()> changed);

  // --- to the user ---
  void Print(std::string_view text) { terminal_.Print(text); }
  void Note(std::string_view text) { Print(transcript_.Dim(text)); }
  void Complain(std::string_view text) { Print(transcript_.Warning("! " + std::string(text))); }
  // How `command` is used, as a complaint.
  void Usage(std::string_view command, std::string_view problem);

  // --- to the server ---
  // Errors are shown, then nothing more happens.
  void Ask(std::string_view method, const client::Arguments& arguments, Then then);
  void Change(std::string_view method, const client::Arguments& arguments, Then then);
  // All pages, up to `items_max` of what is called `list`: each item, then `done` with how many there were.
  void AskPages(std::string_view method, client::Arguments arguments, std::string_view list, size_t items_max,
                Then each, std::function<void(size_t)> done);
  void Say(const Address& to, const std::string& body, client::Extras extras = {});

  // --- where the user is ---
  void Open(const Conversation& conversation);
  // Tells the server that all that was shown is read.
  void MarkRead(const Conversation& conversation);
  [[nodiscard]] const std::optional<Conversation>& open() const { return open_; }
  // To whom a text goes; nobody where nothing is open, or nothing can be written.
  [[nodiscard]] std::optional<Address> partner() const;
  [[nodiscard]] std::string TitleOf(const Conversation& conversation) const;
  // The open conversation's arguments, or a complaint.
  std::optional<client::Arguments> Here();

  // --- what a command was given ---
  // Takes a leading number; without one, `otherwise`. A complaint when there is neither.
  std::optional<int64_t> NumberIn(std::string_view& rest, int64_t otherwise);
  // Takes a leading user's handle, also as @handle; a complaint when there is none.
  std::optional<UserHandle> UserIn(std::string_view& rest, std::string_view command);
  // Takes a leading #group, or gives the open one; a complaint when there is neither.
  std::optional<GroupHandle> GroupIn(std::string_view& rest, std::string_view command);

  // --- what it knows ---
  [[nodiscard]] const UserHandle& self() const { return self_; }
  [[nodiscard]] client::Client& client() { return client_; }
  [[nodiscard]] Transcript& transcript() { return transcript_; }
  [[nodiscard]] Account& account() { return account_; }
  [[nodiscard]] int64_t now_ms() const { return loop_.now().wall_ms; }
  std::map<Conversation, View>& views() { return views_; }
  // Handles that were seen, for completion: of people, and of groups one is not in.
  std::set<std::string> seen;

  // --- leaving ---
  // Once everything is sent.
  void Quit() { quitting_ = true; }
  void StopNow() { loop_.Stop(); }
  [[nodiscard]] bool quitting() const { return quitting_; }
  [[nodiscard]] size_t unsent() const { return unsent_; }
  // Commands that wait for an answer.
  [[nodiscard]] size_t open_commands() const { return open_commands_; }

 private:
  client::Connection::Reply Answered(std::string_view method, Then then);

  io::Loop& loop_;
  client::Client& client_;
  Terminal& terminal_;
  Transcript& transcript_;
  Account& account_;
  const UserHandle self_;
  const std::function<void()> changed_;
  std::map<Conversation, View> views_;
  std::optional<Conversation> open_;
  bool quitting_ = false;
  size_t unsent_ = 0;
  size_t open_commands_ = 0;
};

// Done, for changes that have nothing more to say.
inline Desk::Then SayDone(Desk& desk, std::string text = "Done.") {
  return [&desk, text = std::move(text)](const schema::Value&) { desk.Note(text); };
}

}  // namespace parley::cli
