// How a client stays complete: what is pushed, listed and pulled. The rest of Client is in client.cc.
#include <algorithm>

#include "client/client.h"
#include "common/base/log.h"
#include "common/schema/codec.h"

namespace parley::client {
namespace {

constexpr int64_t kPage = 200;
constexpr int64_t kRetryPullMs = 1'000;
constexpr int64_t kRetryListMs = 5'000;

// Whether the conversation is none of the user's any more.
bool IsLost(const Error& error) { return error.code == Code::kNotFound || error.code == Code::kForbidden; }

// Whether nothing of the group comes to `self` after this record.
bool EndsMembership(const Record& record, const UserHandle& self) {
  if (record.kind != "system") return false;
  if (record.event == "dissolved") return true;
  return (record.event == "left" || record.event == "kicked") && record.user.value_or(record.from) == self;
}

}  // namespace

// --- staying complete
// -------------------------------------------------------------------------------------------------

void Client::OnPush(std::string_view method, const schema::Value& arguments, std::string_view encoded) {
  if (method == "message.new") {
    const Result<Record> record = schema::Decode<Record>(arguments);
    if (!record) return LogWarn("A record that cannot be read was skipped: {}", record.error().message);
    const bool known = tracker_.gone(record->conversation);
    Deliver(*record, encoded);
    if (EndsMembership(*record, user_)) {
      if (tracker_.Gone(record->conversation) && !known) listener_.OnLost(record->conversation);
    } else if (const Result<Head> head = schema::Decode<Head>(arguments)) {
      tracker_.NoteHead(record->conversation, head->head);
    }
    return PullWhatIsBehind();
  }
  if (method == "session.closed") {
    if (const Result<Closed> closed = schema::Decode<Closed>(arguments)) OnClosedBy(*closed);
    return;
  }
  if (method == "session.resync") {
    Sync();
    return ListAllContacts();
  }
  if (method == "group.left") CheckLeft(arguments);
  if (follow_contacts_ && contacts_.Heard(method, arguments)) {
    ListContacts(method.starts_with("friend.") ? Contacts::Kind::kFriends : Contacts::Kind::kGroups);
  }
  listener_.OnPush(method, arguments, encoded);
}

// While draining, what was asked is still answered; the server then closes.
void Client::OnClosedBy(const Closed& closed) { closed_ = closed; }

void Client::Deliver(const Record& record, std::string_view encoded) {
  if (tracker_.See(record.conversation, record.seq) != Tracker::Verdict::kApply) return;
  contacts_.Saw(record, user_);
  listener_.OnRecord(record, encoded);
}

void Client::Lose(const Conversation& conversation) {
  if (tracker_.Gone(conversation)) listener_.OnLost(conversation);
}

// The record that ended the membership comes by another way, and may be lost: then the server is asked.
void Client::CheckLeft(const schema::Value& arguments) {
  const Result<GroupPush> left = schema::Decode<GroupPush>(arguments);
  if (left) Later(kRetryPullMs, [this, conversation = Conversation::Group(left->group)] { CheckLeft(conversation); });
}

void Client::CheckLeft(const Conversation& conversation) {
  if (!tracker_.Knows(conversation) || tracker_.gone(conversation)) return;
  const Arguments arguments = Arguments()
                                  .Text("conversation", conversation.text())
                                  .Int("after", tracker_.applied(conversation))
                                  .Int("limit", 1);
  Ask("message.history", arguments.Encoded(), [this, conversation](const Result<schema::Value>& page) {
    if (page) {
      const Result<PageEnds> ends = schema::Decode<PageEnds>(*page);
      if (ends && !tracker_.gone(conversation)) tracker_.NoteHead(conversation, ends->head);
      return PullWhatIsBehind();
    }
    if (IsLost(page.error())) return Lose(conversation);
    Later(std::max(page.error().retry_after_ms, kRetryPullMs), [this, conversation] { CheckLeft(conversation); });
  });
}

void Client::Sync() {
  if (syncing_) {
    sync_again_ = true;  // what the running listing has passed already may have changed
    return;
  }
  syncing_ = true;
  sync_again_ = false;
  caught_up_ = false;
  tracker_.BeginSync();
  SyncPage("");
}

void Client::SyncPage(const std::string& cursor) {
  const Arguments arguments = Arguments().Int("limit", kPage).OptionalText("cursor", cursor);
  Ask("message.sync", arguments.Encoded(), [this, cursor](const Result<schema::Value>& result) {
    const Result<Listing> listing = result ? schema::Decode<Listing>(*result) : Result<Listing>(Fail(result.error()));
    if (!listing) {
      // A cursor may have grown old meanwhile: the listing starts over.
      if (!AskAgain(listing.error())) LogWarn("Listing the conversations failed: {}", listing.error().message);
      return Later(std::max<int64_t>(listing.error().retry_after_ms, kRetryPullMs), [this] { SyncPage(""); });
    }
    for (const Listed& listed : listing->conversations) {
      if (!tracker_.Knows(listed.conversation)) tracker_.Start(listed.conversation, listener_.StartOf(listed));
      tracker_.Listed(listed.conversation, listed.head, listed.floor);
      listener_.OnListed(listed);
    }
    if (!listing->cursor.empty()) return SyncPage(listing->cursor);
    syncing_ = false;
    for (const Conversation& lost : tracker_.EndSync()) listener_.OnLost(lost);
    if (sync_again_) return Sync();
    PullWhatIsBehind();
  });
}

void Client::PullWhatIsBehind() {
  if (!online_) return;
  while (const std::optional<Tracker::Pull> pull = tracker_.NextPull()) {
    const Arguments arguments =
        Arguments().Text("conversation", pull->conversation.text()).Int("after", pull->after).Int("limit", kPage);
    Ask("message.history", arguments.Encoded(),
        [this, conversation = pull->conversation](const Result<schema::Value>& result) {
          if (result) return PulledPage(conversation, *result);
          if (IsLost(result.error())) {
            Lose(conversation);
            return PullWhatIsBehind();
          }
          if (!AskAgain(result.error())) LogWarn("Reading {} failed: {}", conversation.text(), result.error().message);
          tracker_.PullFailed(conversation);
          Later(std::max<int64_t>(result.error().retry_after_ms, kRetryPullMs), [this, conversation] {
            tracker_.RetryPull(conversation);
            PullWhatIsBehind();
          });
        });
  }
  if (tracker_.complete() && !std::exchange(caught_up_, true)) listener_.OnCaughtUp();
}

void Client::PulledPage(const Conversation& conversation, const schema::Value& page) {
  if (tracker_.gone(conversation)) return;  // left meanwhile
  const Result<PageEnds> ends = schema::Decode<PageEnds>(page);
  const schema::Value messages = page.Find("messages");
  // The first record decides where the rest belongs: what is below the floor was never for us.
  if (ends) tracker_.Listed(conversation, ends->head, ends->floor);
  for (size_t i = 0; ends && messages.type() == schema::Type::kList && i < messages.size(); ++i) {
    const Result<Record> record = schema::Decode<Record>(messages.at(i));
    if (!record) {
      LogWarn("A record of {} cannot be read: {}", conversation.text(), record.error().message);
      break;
    }
    std::string encoded;
    schema::Writer writer(encoded);
    schema::WriteValue(writer, messages.at(i));
    Deliver(*record, encoded);
  }
  if (!tracker_.PageDone(conversation, ends ? ends->head : 0, ends ? ends->floor : 0)) {
    LogWarn("A page of {} brought nothing new; it is asked for again.", conversation.text());
    Later(kRetryPullMs, [this, conversation] {
      tracker_.RetryPull(conversation);
      PullWhatIsBehind();
    });
  }
  PullWhatIsBehind();
}

// --- friends and groups
// -----------------------------------------------------------------------------------------------

void Client::ListAllContacts() {
  if (!follow_contacts_) return;
  ListContacts(Contacts::Kind::kFriends);
  ListContacts(Contacts::Kind::kGroups);
}

void Client::ListContacts(Contacts::Kind kind) {
  ContactsListing& listing = contacts_listing_[static_cast<size_t>(kind)];
  if (std::exchange(listing.running, true)) {
    listing.again = true;
    return;
  }
  listing.again = false;
  contacts_.Begin(kind);
  ListContactsPage(kind, "");
}

void Client::ListContactsPage(Contacts::Kind kind, const std::string& cursor) {
  const Arguments arguments = Arguments().Int("limit", kPage).OptionalText("cursor", cursor);
  Ask(Contacts::MethodOf(kind), arguments.Encoded(), [this, kind](const Result<schema::Value>& page) {
    ContactsListing& listing = contacts_listing_[static_cast<size_t>(kind)];
    const Result<std::string> next = page ? contacts_.Take(kind, *page) : Result<std::string>(Fail(page.error()));
    if (next && !next->empty()) return ListContactsPage(kind, *next);
    listing.running = false;
    if (!next) {
      // A server without that module, which may get it later: then pushes come, or a new connection.
      if (next.error().code == Code::kUnsupported) return;
      if (!AskAgain(next.error())) LogWarn("{} failed: {}", Contacts::MethodOf(kind), next.error().message);
      return Later(std::max(next.error().retry_after_ms, kRetryListMs), [this, kind] { ListContacts(kind); });
    }
    contacts_.End(kind);
    listener_.OnContacts(kind);
    if (listing.again) ListContacts(kind);
  });
}

}  // namespace parley::client
