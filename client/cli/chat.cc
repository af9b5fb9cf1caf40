#include "client/cli/chat.h"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <csignal>

#include "client/cli/answers.h"
#include "client/cli/prompt.h"
#include "client/cli/sentences.h"
#include "common/base/options.h"
#include "common/schema/codec.h"

namespace parley::cli {
namespace {

// What a terminal that never showed a conversation shows of it at first, and of what was missed later, at most.
constexpr int64_t kFirstShown = 100, kMissedShown = 500;
// So many handles are remembered for completion.
constexpr size_t kSeenMax = 10'000;

bool IsMessage(const client::Record& record) { return record.target == 0 && record.kind != "system"; }

}  // namespace

Chat::Chat(Account account, const std::string& to)
    : account_(std::move(account)),
      client_(loop_, *this, account_.server, account_.credentials),
      transcript_(UserHandle::Must(account_.credentials.user),
                  isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr),
      terminal_(OpenTerminal(loop_, *this)),
      desk_(loop_, client_, *terminal_, transcript_, account_, [this] { ShowPrompt(); }) {
  loop_.OnSignals({SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP}, [this](int signal) { OnSignal(signal); });
  const std::string place = to.empty() && account_.folder ? account_.folder->Partner() : to;
  if (place == "!all") {
    desk_.Open(Conversation::Announcements());
  } else if (const Result<Address> partner = Address::Parse(place)) {
    desk_.Open(Conversation::Between(desk_.self(), *partner));
  }
  loop_.Every(1'000, [this] {
    if (typing_.Expire(loop_.now().mono_ms)) ShowPrompt();
  });
  loop_.AtTurnEnd([this] { OnTurnEnd(); });
}

Chat::~Chat() = default;

int Chat::Run() {
  // From a pipe, what was missed comes first, then the answers to the lines.
  if (!terminal_->interactive()) terminal_->Pause(paused_ = true);
  client_.FollowContacts();
  client_.Start();
  ShowPrompt();
  loop_.Run();
  OnTyping(false);
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
  if (terminal_->interactive() && desk_.unsent() > 0) {
    desk_.Note("Sending what is not sent yet; once more to leave without it.");
  }
}

void Chat::OnTurnEnd() {
  SendMarks();
  KeepShown();
  if (desk_.quitting() && !leaving_) Leave();
  if (terminal_->interactive()) {
    if (leaving_ && desk_.unsent() == 0) loop_.Stop();
    return;
  }
  if (held_line_ && caught_up_ && idle()) Enter(*std::exchange(held_line_, std::nullopt));
  PauseInput();
  if (leaving_ && !held_line_ && idle()) loop_.Stop();
}

void Chat::KeepShown() {
  if (!std::exchange(shown_changed_, false) || !account_.folder) return;
  std::map<Conversation, int64_t> shown;
  for (const auto& [conversation, view] : desk_.views()) {
    if (view.shown >= 0) shown[conversation] = view.shown;
  }
  if (const auto kept = account_.folder->KeepShown(shown); !kept) desk_.Complain(kept.error().message);
}

void Chat::SendMarks() {
  if (!client_.online()) return;
  for (auto& [conversation, view] : desk_.views()) {
    if (view.read_due == 0 && view.received_due == 0) continue;
    const bool read = view.read_due >= view.received_due;
    const client::Arguments mark = client::Arguments()
                                       .Text("conversation", conversation.text())
                                       .Int("seq", read ? view.read_due : view.received_due);
    view.read_due = view.received_due = 0;
    // A mark that does not arrive is made up for by the next one.
    client_.Call(
        read ? "message.read" : "message.received", mark.Encoded(), [](const Result<schema::Value>&) {},
        Desk::kPatienceMs);
  }
}

void Chat::ShowPrompt() {
  if (!terminal_->interactive()) return;
  PromptParts parts{.self = desk_.self(),
                    .open = desk_.open(),
                    .typing = {},
                    .views = desk_.views(),
                    .unsent = desk_.unsent(),
                    .online = client_.online()};
  if (parts.open) parts.typing = typing_.In(*parts.open);
  if (parts.open && parts.open->is_direct()) {
    parts.friend_there = client_.contacts().friends().Find(parts.open->Other(parts.self));
  }
  terminal_->SetPrompt(PromptOf(parts));
}

// --- the session
// ------------------------------------------------------------------------------------------------------

void Chat::OnOnline(const client::LoggedIn& session, bool again) {
  if (const auto kept = account_.Keep(session.token); !kept) desk_.Complain(kept.error().message);
  if (!again) {
    if (client_.registered()) {
      // Of a user of that name on another server.
      for (auto& [conversation, view] : desk_.views()) view.shown = -1;
      desk_.Print(fmt::format("Welcome, {}: your account has been made.", desk_.self().text()));
    }
    desk_.Note(
        fmt::format("{} at {}. /help lists what can be done here.", desk_.self().text(), account_.server.text()));
  } else if (said_offline_) {
    desk_.Note("Connected again.");
  }
  said_offline_ = false;
  ShowPrompt();
}

void Chat::OnOffline(const Error& why, int64_t) {
  if (!std::exchange(said_offline_, true)) desk_.Complain(why.message + "; trying again until it works");
  ShowPrompt();
}

void Chat::OnEnded(const Error& why) {
  // A remembered session that is void is not the user's mistake: whoever runs this chat asks for the password.
  refused_ = why.code == Code::kUnauthenticated && !caught_up_ && account_.folder &&
             !account_.folder->Token().empty() && account_.credentials.password.empty();
  if (refused_) {
    if (const auto forgotten = account_.folder->KeepToken(""); !forgotten) desk_.Complain(forgotten.error().message);
  } else {
    desk_.Complain(why.message);
  }
  exit_code_ = kExitFailed;
  loop_.Stop();
}

int64_t Chat::StartOf(const client::Listed& listed) {
  View& view = desk_.views()[listed.conversation];
  // A head below what was shown: another server's conversation.
  if (view.shown > listed.head) view.shown = -1;
  const bool first = view.shown < 0;
  const int64_t start = first ? std::max({listed.read, listed.floor - 1, int64_t{0}}) : view.shown;
  const int64_t from = std::max({start, listed.floor - 1, listed.head - (first ? kFirstShown : kMissedShown)});
  if (from > std::max(start, listed.floor - 1)) {
    desk_.Note(fmt::format("({}: {} earlier messages; /history shows them)", desk_.TitleOf(listed.conversation),
                           from - std::max(start, listed.floor - 1)));
  }
  shown_changed_ = shown_changed_ || from != view.shown;
  return view.shown = from;
}

void Chat::OnListed(const client::Listed& listed) {
  View& view = desk_.views()[listed.conversation];
  view.listed_head = listed.head;
  view.unread = listed.unread;
  if (desk_.open() == listed.conversation) {
    view.unread = 0;
    if (view.shown > listed.read) view.read_due = view.shown;
  }
  ShowPrompt();
}

void Chat::OnRecord(const client::Record& record, std::string_view) {
  if (!caught_up_ && record.from != desk_.self()) {
    if (!std::exchange(said_missed_, true)) desk_.Print(transcript_.Bold("While you were away:"));
    if (IsMessage(record)) ++missed_[desk_.TitleOf(record.conversation)];
  }
  desk_.Print(transcript_.Line(record, desk_.open()));
  typing_.Set(record.conversation, record.from, false, loop_.now().mono_ms);
  if (desk_.seen.size() < kSeenMax) desk_.seen.insert(record.from.text());
  Count(record);
  ShowPrompt();
}

void Chat::Count(const client::Record& record) {
  View& view = desk_.views()[record.conversation];
  const bool others = record.from != desk_.self();
  view.shown = record.seq;
  shown_changed_ = true;
  if (IsMessage(record)) (others ? view.other_last : view.own_last) = record.seq;
  if (!others) return;
  if (desk_.open() == record.conversation) {
    view.read_due = record.seq;
    return;
  }
  view.received_due = record.seq;
  if (!IsMessage(record)) return;
  if (record.seq > view.listed_head) ++view.unread;
  if (!desk_.open() && caught_up_ && terminal_->interactive()) {
    desk_.Note(fmt::format("(/to {} to answer)", desk_.TitleOf(record.conversation)));
  }
}

void Chat::OnCaughtUp() {
  if (std::exchange(caught_up_, true)) return;
  if (said_missed_) {
    std::string list;
    for (const auto& [title, count] : missed_) {
      list += fmt::format("{}{} {}", list.empty() ? "" : ", ", title, count);
    }
    desk_.Print(transcript_.Bold(list.empty() ? "That is all." : "That is all: " + list + "."));
  }
  AskWhatWaits();
  ShowPrompt();
}

// Requests and invitations that came while nobody was here. Whoever did not ask is not told why there is no answer, and
// nothing waits for it: chatting goes on while the module is away.
void Chat::AskWhatWaits() {
  const auto ask = [this](std::string_view method, std::string_view list, std::string_view name,
                          std::string_view title) {
    ++unasked_;
    client_.Call(
        method, "",
        [this, list, name, title](const Result<schema::Value>& result) {
          --unasked_;
          std::string names;
          if (!result) return;
          ForEachIn(*result, list, [&](const schema::Value& each) {
            const std::string handle = TextIn(each, name);
            names += (names.empty() ? "" : ", ") + handle;
            desk_.seen.insert(handle);
          });
          if (!names.empty()) desk_.Note(fmt::format("* {}: {}", title, names));
        },
        Desk::kPatienceMs);
  };
  ask("friend.requests", "incoming", "user", "Who wants to be friends (/accept USER, /decline USER)");
  ask("group.invitations", "groups", "group", "Groups you are invited to (/join #GROUP)");
}

void Chat::OnLost(const Conversation& conversation) {
  const bool here = desk_.views().erase(conversation) > 0 && desk_.open() == conversation;
  shown_changed_ = true;
  if (here) desk_.Complain("you are no longer in " + conversation.text() + "; /to NAME goes elsewhere");
  ShowPrompt();
}

void Chat::OnContacts(client::Contacts::Kind kind) {
  if (kind == client::Contacts::Kind::kFriends && !std::exchange(said_friends_, true)) {
    std::string here;
    for (const auto& [user, each] : client_.contacts().friends().items()) {
      if (!each.online) continue;
      here += (here.empty() ? "" : ", ") + user.text();
      if (!each.state.empty() && each.state != "online") here += " (" + PresenceText(true, each.state, each.text) + ")";
    }
    if (!here.empty()) desk_.Note("* Friends who are here: " + here);
  }
  ShowPrompt();
}

void Chat::OnPush(std::string_view method, const schema::Value& arguments, std::string_view) {
  if (method == "message.typing") {
    if (const auto typing = schema::Decode<client::Typing>(arguments)) SomeoneTypes(*typing);
  } else if (method == "message.read") {
    if (const auto mark = schema::Decode<client::Mark>(arguments)) SeenBy(*mark);
  } else if (const auto notice = NoticeOf(method, arguments)) {
    for (const char* name : {"user", "group"}) {
      if (std::string handle = TextIn(arguments, name); !handle.empty()) desk_.seen.insert(std::move(handle));
    }
    desk_.Note("* " + *notice);
    ShowPrompt();
  }
}

void Chat::SomeoneTypes(const client::Typing& typing) {
  if (typing.user == desk_.self()) return;
  const bool changed = typing_.Set(typing.conversation, typing.user, typing.on, loop_.now().mono_ms);
  if (changed && typing.on && !terminal_->interactive()) {
    const std::string where = typing.conversation.is_group() ? " in " + typing.conversation.text() : "";
    desk_.Print(fmt::format("* {} is typing{}", typing.user.text(), where));
  }
  ShowPrompt();
}

// Another device of one's own read it, or the partner did.
void Chat::SeenBy(const client::Mark& mark) {
  const auto it = desk_.views().find(mark.conversation);
  if (it == desk_.views().end()) return;
  View& view = it->second;
  if (mark.user == desk_.self()) {
    if (mark.seq >= view.shown) view.unread = 0;
    return ShowPrompt();
  }
  const bool here = desk_.open() == mark.conversation;
  if (!here || view.own_last == 0 || mark.seq < view.own_last || view.own_read >= view.own_last) return;
  view.own_read = view.own_last;
  desk_.Note(fmt::format("* {} has read [{}]", mark.user.text(), view.own_last));
}

}  // namespace parley::cli
