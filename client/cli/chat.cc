#include "client/cli/chat.h"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <csignal>

#include "common/base/options.h"
#include "common/schema/codec.h"

namespace parley::cli {
namespace {

constexpr int64_t kTypingAgainMs = 5'000;
// What a terminal that never showed a conversation shows of it at first, at most.
constexpr int64_t kFirstShown = 100;
// Lines from a pipe wait while so many requests do.
constexpr size_t kOpenForPause = 64;

}  // namespace

Chat::Chat(Account account, const std::string& to)
    : account_(std::move(account)),
      self_(UserHandle::Must(account_.credentials.user)),
      client_(loop_, *this, account_.server, account_.credentials),
      transcript_(self_, isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr) {
  loop_.OnSignals({SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP}, [this](int signal) { OnSignal(signal); });
  if (account_.folder) {
    for (const auto& [conversation, seq] : account_.folder->Shown()) views_[conversation].shown = seq;
  }
  terminal_ = OpenTerminal(loop_, *this);
  const Result<Address> partner = Address::Parse(to.empty() && account_.folder ? account_.folder->Partner() : to);
  if (partner) Talk(*partner);
  loop_.Every(1'000, [this] {
    if (typing_.Expire(loop_.now().mono_ms)) ShowPrompt();
  });
  loop_.AtTurnEnd([this] { OnTurnEnd(); });
}

Chat::~Chat() = default;

int Chat::Run() {
  // From a pipe, what was missed comes first, then the answers to the lines.
  if (!terminal_->interactive()) terminal_->Pause(paused_ = true);
  client_.Start();
  ShowPrompt();
  loop_.Run();
  if (typing_told_ms_ > 0) OnTyping(false);
  client_.Stop();
  terminal_.reset();
  return exit_code_;
}

void Chat::OnSignal(int signal) {
  if (signal == SIGWINCH) return terminal_->Resized();
  if (signal == SIGTSTP) return terminal_->Suspend();
  if (signal == SIGINT && terminal_->interactive()) {
    if (!terminal_->Interrupt()) Leave();
    return;
  }
  loop_.Stop();
}

// Leaves once everything is sent; asked a second time, at once.
void Chat::Leave() {
  if (leaving_ && terminal_->interactive()) return loop_.Stop();
  leaving_ = true;
  if (terminal_->interactive() && unsent_ > 0) {
    Print(transcript_.Dim("Sending what is not sent yet; once more to leave without it."));
  }
}

void Chat::OnTurnEnd() {
  SendMarks();
  if (shown_changed_ && account_.folder) {
    std::map<Conversation, int64_t> shown;
    for (const auto& [conversation, view] : views_) {
      if (view.shown >= 0) shown[conversation] = view.shown;
    }
    if (const auto kept = account_.folder->KeepShown(shown); !kept) Complain(kept.error().message);
  }
  shown_changed_ = false;
  if (!terminal_->interactive()) {
    PauseInput();
    if (leaving_ && client_.open_requests() == 0) loop_.Stop();
  } else if (leaving_ && unsent_ == 0) {
    loop_.Stop();
  }
}

// Lines from a pipe come faster than they are answered.
void Chat::PauseInput() {
  if (terminal_->interactive()) return;
  const bool pause = !caught_up_ || client_.open_requests() >= kOpenForPause;
  if (pause != paused_) terminal_->Pause(paused_ = pause);
}

void Chat::SendMarks() {
  if (!client_.online()) return;
  for (auto& [conversation, view] : views_) {
    if (view.read_due == 0 && view.received_due == 0) continue;
    const bool read = view.read_due >= view.received_due;
    const client::Arguments mark = client::Arguments()
                                       .Text("conversation", conversation.text())
                                       .Int("seq", read ? view.read_due : view.received_due);
    view.read_due = view.received_due = 0;
    // A mark that does not arrive is made up for by the next one.
    client_.Call(read ? "message.read" : "message.received", mark.Encoded(), [](const Result<schema::Value>&) {});
  }
}

void Chat::ShowPrompt() {
  if (!terminal_->interactive()) return;
  std::string text = partner_ ? partner_->text() : "";
  if (open_) {
    for (const UserHandle& user : typing_.In(*open_)) {
      text += open_->is_direct() ? " (typing)" : " (" + user.text() + " is typing)";
    }
  }
  std::string unread;
  for (const auto& [conversation, view] : views_) {
    if (view.unread == 0 || (open_ && conversation == *open_)) continue;
    unread += fmt::format("{}{} {}{}", unread.empty() ? "" : ", ", TitleOf(conversation, self_), view.unread,
                          view.unread >= 100 ? "+" : "");
  }
  if (!unread.empty()) text += fmt::format("{}[unread: {}]", text.empty() ? "" : " ", unread);
  if (unsent_ > 0) text += fmt::format(" ({} unsent)", unsent_);
  if (!client_.online()) text += " (offline)";
  terminal_->SetPrompt(text + "> ");
}

// --- the session
// ------------------------------------------------------------------------------------------------------

void Chat::OnOnline(const client::LoggedIn& session, bool again) {
  if (const auto kept = account_.Keep(session.token); !kept) Complain(kept.error().message);
  if (!again) {
    if (client_.registered()) {
      for (auto& [conversation, view] : views_) view.shown = -1;  // of a user of that name on another server
      Print(fmt::format("Welcome, {}: your account has been made.", self_.text()));
    }
    Print(transcript_.Dim(
        fmt::format("{} at {}. /help lists what can be done here.", self_.text(), account_.server.text())));
  } else if (said_offline_) {
    Print(transcript_.Dim("Connected again."));
  }
  said_offline_ = false;
  ShowPrompt();
}

void Chat::OnOffline(const Error& why, int64_t) {
  if (!std::exchange(said_offline_, true)) Complain(why.message + "; trying again until it works");
  ShowPrompt();
}

void Chat::OnEnded(const Error& why) {
  // A remembered session that is void is not the user's mistake: whoever runs this chat asks for the password.
  refused_ = why.code == Code::kUnauthenticated && !caught_up_ && account_.folder &&
             !account_.folder->Token().empty() && account_.credentials.password.empty();
  if (refused_) {
    if (const auto forgotten = account_.folder->KeepToken(""); !forgotten) Complain(forgotten.error().message);
  } else {
    Complain(why.message);
  }
  exit_code_ = kExitFailed;
  loop_.Stop();
}

int64_t Chat::StartOf(const client::Listed& listed) {
  View& view = views_[listed.conversation];
  // A head below what was shown: another server's conversation.
  if (view.shown > listed.head) view.shown = -1;
  if (view.shown < 0) {
    view.shown = std::max({listed.read, listed.floor - 1, int64_t{0}});
    if (listed.head - view.shown > kFirstShown) {
      Print(transcript_.Dim(fmt::format("({}: {} earlier messages; /history shows them)",
                                        TitleOf(listed.conversation, self_), listed.head - kFirstShown - view.shown)));
      view.shown = listed.head - kFirstShown;
    }
    shown_changed_ = true;
  }
  return view.shown;
}

void Chat::OnListed(const client::Listed& listed) {
  View& view = views_[listed.conversation];
  view.listed_head = listed.head;
  view.unread = listed.unread;
  if (open_ && *open_ == listed.conversation) {
    view.unread = 0;
    if (view.shown > listed.read) view.read_due = view.shown;
  }
  ShowPrompt();
}

void Chat::OnRecord(const client::Record& record, std::string_view) {
  View& view = views_[record.conversation];
  const bool others = record.from != self_;
  const bool message = record.target == 0 && record.kind != "system";
  if (!caught_up_ && others) {
    if (!std::exchange(said_missed_, true)) Print(transcript_.Bold("While you were away:"));
    if (message) ++missed_[TitleOf(record.conversation, self_)];
  }
  Print(transcript_.Line(record, open_));
  view.shown = record.seq;
  shown_changed_ = true;
  typing_.Set(record.conversation, record.from, false, loop_.now().mono_ms);
  if (message) (others ? view.other_last : view.own_last) = record.seq;
  if (!others) return ShowPrompt();
  if (open_ && *open_ == record.conversation) {
    view.read_due = record.seq;
  } else {
    view.received_due = record.seq;
    if (message && record.seq > view.listed_head) ++view.unread;
    if (!partner_ && caught_up_ && terminal_->interactive()) {
      Print(transcript_.Dim(fmt::format("(/to {} to answer)", TitleOf(record.conversation, self_))));
    }
  }
  ShowPrompt();
}

void Chat::OnCaughtUp() {
  if (std::exchange(caught_up_, true)) return;
  if (said_missed_) {
    std::string list;
    for (const auto& [title, count] : missed_) {
      list += fmt::format("{}{} {}", list.empty() ? "" : ", ", title, count);
    }
    Print(transcript_.Bold(list.empty() ? "That is all." : "That is all: " + list + "."));
  }
  ShowPrompt();
}

void Chat::OnLost(const Conversation& conversation) {
  views_.erase(conversation);
  if (open_ && *open_ == conversation) Complain("you are no longer in " + conversation.text());
  ShowPrompt();
}

void Chat::OnPush(std::string_view method, const schema::Value& arguments, std::string_view) {
  if (method == "message.typing") {
    if (const auto typing = schema::Decode<client::Typing>(arguments)) SomeoneTypes(*typing);
  } else if (method == "message.read") {
    if (const auto mark = schema::Decode<client::Mark>(arguments)) SeenBy(*mark);
  }
}

void Chat::SomeoneTypes(const client::Typing& typing) {
  if (typing.user == self_) return;
  const bool changed = typing_.Set(typing.conversation, typing.user, typing.on, loop_.now().mono_ms);
  if (changed && typing.on && !terminal_->interactive()) Print(fmt::format("* {} is typing", typing.user.text()));
  ShowPrompt();
}

// Another device of one's own read it, or the partner did.
void Chat::SeenBy(const client::Mark& mark) {
  View& view = views_[mark.conversation];
  if (mark.user == self_) {
    if (mark.seq >= view.shown) view.unread = 0;
    return ShowPrompt();
  }
  const bool here = open_ && *open_ == mark.conversation;
  if (!here || view.own_last == 0 || mark.seq < view.own_last || view.own_read >= view.own_last) return;
  view.own_read = view.own_last;
  Print(transcript_.Dim(fmt::format("* {} has read [{}]", mark.user.text(), view.own_last)));
}

// --- the user
// ---------------------------------------------------------------------------------------------------------

void Chat::Talk(const Address& to) {
  if (typing_told_ms_ > 0) OnTyping(false);
  partner_ = to;
  open_ = Conversation::Between(self_, to);
  if (account_.folder) {
    if (const auto kept = account_.folder->KeepPartner(to.text()); !kept) Complain(kept.error().message);
  }
  if (const auto it = views_.find(*open_); it != views_.end()) {
    it->second.unread = 0;
    it->second.read_due = std::max<int64_t>(it->second.other_last, 0);
  }
  ShowPrompt();
}

void Chat::Say(const Address& to, const std::string& body, const client::Extras& extras) {
  typing_told_ms_ = 0;  // the message itself ends it
  ++unsent_;
  client_.Send(to, body, extras, [this, body](const Result<client::Sent>& sent) {
    --unsent_;
    if (!sent) Complain(fmt::format("not sent ({}): {}", sent.error().message, Printable(body)));
    ShowPrompt();
  });
  ShowPrompt();
}

void Chat::OnTyping(bool typing) {
  if (!partner_) return;
  const int64_t now_ms = loop_.now().mono_ms;
  if (typing && typing_told_ms_ > 0 && now_ms - typing_told_ms_ < kTypingAgainMs) return;
  if (!typing && typing_told_ms_ == 0) return;
  typing_told_ms_ = typing ? now_ms : 0;
  client_.Notify("message.typing", client::Arguments().Text("to", partner_->text()).Bool("on", typing));
}

void Chat::OnLine(const std::string& line) {
  if (line.find_first_not_of(" \t") == std::string::npos) return;
  if (!line.starts_with('/') || line.starts_with("//")) {
    if (!partner_) return Complain("to whom? Say /to NAME first");
    terminal_->EraseEntered();
    Say(*partner_, line.starts_with("//") ? line.substr(1) : line);
    return PauseInput();
  }
  const size_t end = std::min(line.find(' '), line.size());
  const std::string_view name = std::string_view(line).substr(1, end - 1);
  std::string_view rest = std::string_view(line).substr(end);
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  while (!rest.empty() && rest.back() == ' ') rest.remove_suffix(1);
  for (const Command& command : Commands()) {
    if (command.name != name) continue;
    (this->*command.run)(rest);
    return PauseInput();
  }
  Complain(fmt::format("there is no /{}; /help lists the commands, and // begins a message with a slash", name));
}

std::vector<std::string> Chat::Complete(const std::string& word, int nth) {
  std::vector<std::string> found;
  if (nth == 0 && word.starts_with('/')) {
    for (const Command& command : Commands()) {
      std::string name = "/" + std::string(command.name);
      if (name.starts_with(word)) found.push_back(std::move(name));
    }
  } else {
    for (const auto& [conversation, view] : views_) {
      std::string title = TitleOf(conversation, self_);
      if (title.starts_with(word)) found.push_back(std::move(title));
    }
  }
  return found;
}

}  // namespace parley::cli
