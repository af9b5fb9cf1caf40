#include "client/cli/desk.h"

#include <spdlog/fmt/fmt.h>

#include "client/cli/command.h"
#include "client/cli/sentences.h"
#include "client/cli/words.h"
#include "common/base/check.h"

namespace parley::cli {

Desk::Desk(io::Loop& loop, client::Client& client, Terminal& terminal, Transcript& transcript, Account& account,
           std::function<void()> changed)
    : loop_(loop),
      client_(client),
      terminal_(terminal),
      transcript_(transcript),
      account_(account),
      self_(UserHandle::Must(account.credentials.user)),
      changed_(std::move(changed)) {
  if (!account.folder) return;
  for (const auto& [conversation, seq] : account.folder->Shown()) views_[conversation].shown = seq;
}

// --- to the user
// ------------------------------------------------------------------------------------------------------

void Desk::Usage(std::string_view command, std::string_view problem) {
  const Command* found = FindCommand(command);
  PARLEY_CHECK(found != nullptr);
  Complain(fmt::format("{}: /{} {}", problem, command, found->arguments));
}

// --- to the server
// ----------------------------------------------------------------------------------------------------

client::Connection::Reply Desk::Answered(std::string_view method, Then then) {
  ++open_commands_;
  return [this, method = std::string(method), then = std::move(then)](const Result<schema::Value>& result) {
    result ? then(*result) : Complain(WhyNot(method, result.error()));
    --open_commands_;
  };
}

void Desk::Ask(std::string_view method, const client::Arguments& arguments, Then then) {
  client_.Call(method, arguments.Encoded(), Answered(method, std::move(then)), kPatienceMs);
}

void Desk::Change(std::string_view method, const client::Arguments& arguments, Then then) {
  client_.Change(method, arguments, Answered(method, std::move(then)), kPatienceMs);
}

void Desk::AskPages(std::string_view method, client::Arguments arguments, std::string_view list, size_t items_max,
                    Then each, std::function<void(size_t)> done) {
  struct Pages {
    std::string method, list;
    client::Arguments arguments;
    size_t items_max;
    Then each;
    std::function<void(size_t)> done;
    size_t items = 0;
  };
  const auto pages = std::make_shared<Pages>(
      Pages{std::string(method), std::string(list), std::move(arguments), items_max, std::move(each), std::move(done)});
  // Each page's handler asks for the next: they hold the state, nothing holds itself.
  struct Step {
    Desk& desk;
    void operator()(const std::shared_ptr<Pages>& state, std::string_view cursor) const {
      client::Arguments page = state->arguments;
      page.Int("limit", 200).OptionalText("cursor", cursor);
      desk.Ask(state->method, page, [this_step = *this, state](const schema::Value& result) {
        const schema::Value items = result.Find(state->list);
        const size_t size = items.type() == schema::Type::kList ? items.size() : 0;
        for (size_t i = 0; i < size; ++i) {
          if (++state->items > state->items_max) {
            this_step.desk.Print("  …");
            return state->done(state->items_max);
          }
          state->each(items.at(i));
        }
        const schema::Value next = result.Find("cursor");
        if (next.type() == schema::Type::kText && !next.AsText().empty()) return this_step(state, next.AsText());
        state->done(state->items);
      });
    }
  };
  Step{*this}(pages, "");
}

void Desk::Say(const Address& to, const std::string& body, client::Extras extras) {
  ++unsent_;
  extras.mentions = MentionsIn(body);
  client_.Send(to, body, extras, [this, body](const Result<client::Sent>& sent) {
    --unsent_;
    if (!sent) Complain(fmt::format("not sent ({}): {}", WhyNot("message.send", sent.error()), Printable(body)));
    changed_();
  });
  changed_();
}

// --- where the user is
// ------------------------------------------------------------------------------------------------

void Desk::Open(const Conversation& conversation) {
  open_ = conversation;
  if (account_.folder) {
    const std::string place = conversation.is_direct() ? conversation.Other(self_).text() : conversation.text();
    if (const auto kept = account_.folder->KeepPartner(place); !kept) Complain(kept.error().message);
  }
  if (const auto it = views_.find(conversation); it != views_.end()) {
    it->second.unread = 0;
    it->second.read_due = it->second.other_last;
  }
  changed_();
}

void Desk::MarkRead(const Conversation& conversation) {
  View& view = views_[conversation];
  view.unread = 0;
  view.read_due = std::max<int64_t>(view.shown, 0);
  changed_();
}

std::optional<Address> Desk::partner() const {
  if (!open_ || open_->is_announcements()) return std::nullopt;
  return Address::Must(open_->is_direct() ? open_->Other(self_).text() : open_->text());
}

std::string Desk::TitleOf(const Conversation& conversation) const { return cli::TitleOf(conversation, self_); }

std::optional<client::Arguments> Desk::Here() {
  if (open_) return client::Arguments().Text("conversation", open_->text());
  Complain("in which conversation? Say /to NAME first");
  return std::nullopt;
}

// --- what a command was given
// -----------------------------------------------------------------------------------------

std::optional<int64_t> Desk::NumberIn(std::string_view& rest, int64_t otherwise) {
  std::string_view after = rest;
  if (const auto number = ParseNumber(Word(after))) {
    rest = after;
    return number;
  }
  if (otherwise > 0) return otherwise;
  Complain("which message? Give the number in front of it");
  return std::nullopt;
}

std::optional<UserHandle> Desk::UserIn(std::string_view& rest, std::string_view command) {
  std::string_view word = Word(rest);
  if (word.starts_with('@')) word.remove_prefix(1);
  if (word.empty()) {
    Usage(command, "whom?");
    return std::nullopt;
  }
  const Result<UserHandle> user = UserHandle::Parse(word);
  if (user) return *user;
  Complain(fmt::format("{} is no user's handle: {}", Printable(word), user.error().message));
  return std::nullopt;
}

std::optional<GroupHandle> Desk::GroupIn(std::string_view& rest, std::string_view command) {
  if (!rest.starts_with('#')) {
    if (open_ && open_->is_group()) return GroupHandle::Must(open_->text());
    Usage(command, "in which group? Name it, or go there with /to #GROUP");
    return std::nullopt;
  }
  const std::string_view word = Word(rest);
  const Result<GroupHandle> group = GroupHandle::Parse(word);
  if (group) return *group;
  Complain(fmt::format("{} is no group's handle: {}", Printable(word), group.error().message));
  return std::nullopt;
}

}  // namespace parley::cli
