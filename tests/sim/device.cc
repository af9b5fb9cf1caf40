#include "tests/sim/device.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "common/base/limits.h"
#include "common/schema/codec.h"
#include "tests/sim/frontend.h"

namespace parley::sim {
namespace {

constexpr int64_t kPage = 3;

bool IsTransient(const Error& error) { return RowOf(error.code).retryable || error.code == Code::kInternal; }

}  // namespace

void Device::Connect(Frontend& frontend) {
  frontend_ = &frontend;
  connection_ = frontend.Connect(*this);
  pushed_.clear();
  for (auto& [id, sending] : sends_) {
    if (!sending.ended && sending.again_ms == 0) sending.again_ms = now_.mono_ms;
  }
  BeginSync();
}

void Device::Disconnect() {
  if (frontend_ != nullptr) frontend_->Disconnect(connection_);
}

void Device::OnDisconnected() {
  frontend_ = nullptr;
  for (const auto& [tag, open] : open_) {
    if (open.what == Asked::kEdit) judge_.EditEnded(open.key, Outcome::kUnknown);
    if (open.what != Asked::kSend) continue;
    judge_.SendEnded(user_, open.key, Outcome::kUnknown);
    --sends_.at(open.key).open;
  }
  open_.clear();
  pull_again_ms_.clear();
  sync_again_ms_ = 0;
  tracker_.Disconnected();
}

void Device::Ask(std::string_view method, const std::string& arguments, Open open) {
  const uint64_t tag = ++last_tag_;
  open_.emplace(tag, std::move(open));
  frontend_->Call(connection_, tag, method, arguments);
}

void Device::Act(const std::vector<UserHandle>& users) {
  if (!connected()) return;
  const uint64_t roll = dice_.Below(100);
  if (roll < 55) return SendNew(users);
  if (roll < 65 && !sends_.empty()) {
    // Impatient: the same again, while the first may still be on its way, or is long done.
    return SendAgain(std::next(sends_.begin(), static_cast<ptrdiff_t>(dice_.Below(sends_.size())))->first);
  }
  if (roll < 70) return SendOther();
  if (roll < 80) return Edit();
  if (roll < 95) return MoveCursor();
  BeginSync();
}

void Device::SendNew(const std::vector<UserHandle>& users) {
  const std::string name = fmt::format("{}.{}", number_, ++count_);
  Sending sending;
  sending.to = Address::Must(dice_.Pick(users).text());
  sending.body = "text " + name;
  if (dice_.Percent(3)) sending.to = Address::Must("nobody" + name);
  if (dice_.Percent(3)) sending.body.resize(limits::kBodyMax + 1, '.');
  sending.conversation = Conversation::Between(user_, sending.to);
  sends_.emplace(name, std::move(sending));
  SendAgain(name);
}

void Device::SendAgain(const std::string& id) {
  Sending& sending = sends_.at(id);
  sending.again_ms = 0;
  ++sending.open;
  judge_.Sending(user_, id, sending.conversation, sending.body);
  message::Send send;
  send.to = sending.to;
  send.body = sending.body;
  send.id = id;
  Ask(message::Send::kMethod, schema::Encode(send), {Asked::kSend, id, sending.conversation, 0, 0, {}});
}

// An id that stands for one message, used for another.
void Device::SendOther() {
  const auto done = std::ranges::find_if(sends_, [](const auto& entry) {
    return entry.second.ended && entry.second.body.size() <= limits::kBodyMax &&
           !entry.second.to.text().starts_with("nobody");
  });
  if (done == sends_.end()) return;
  message::Send send;
  send.to = done->second.to;
  send.body = "something else";
  send.id = done->first;
  Ask(message::Send::kMethod, schema::Encode(send), {Asked::kOther, send.id, done->second.conversation, 0, 0, {}});
}

void Device::Edit() {
  std::vector<const message::Record*> own;
  for (const auto& [conversation, records] : copy_) {
    for (const message::Record& record : records) {
      if (record.from == user_ && record.kind == message::kText) own.push_back(&record);
    }
  }
  if (own.empty()) return;
  const message::Record& record = *dice_.Pick(own);
  const message::Edit edit{record.conversation, record.seq, fmt::format("edit {}.{}", number_, ++count_), std::nullopt};
  judge_.Editing(user_, record.conversation, record.seq, edit.body);
  Ask(message::Edit::kMethod, schema::Encode(edit), {Asked::kEdit, edit.body, record.conversation, record.seq, 0, {}});
}

void Device::MoveCursor() {
  if (copy_.empty()) return;
  const auto& [conversation, records] = *std::next(copy_.begin(), static_cast<ptrdiff_t>(dice_.Below(copy_.size())));
  if (records.empty()) return;
  const int64_t seq = dice_.Between(1, static_cast<int64_t>(records.size()));
  const message::Read read{conversation, seq, std::nullopt};
  Ask(message::Read::kMethod, schema::Encode(read), {Asked::kCursor, "", conversation, seq, 0, {}});
}

void Device::OnResync() { BeginSync(); }

void Device::BeginSync() {
  ++sync_;
  listed_ = false;
  tracker_.BeginSync();
  AskSync(std::nullopt);
}

void Device::AskSync(std::optional<std::string> cursor) {
  sync_again_ms_ = 0;
  message::Sync sync;
  sync.limit = kPage;
  sync.previews = sync_ % 2 == 0;
  sync.cursor = std::move(cursor);
  Ask(message::Sync::kMethod, schema::Encode(sync), {Asked::kSync, "", {}, 0, sync_, judge_.CursorsOf(user_)});
}

void Device::Go(bool insist) {
  if (!connected()) return;
  if (sync_again_ms_ != 0 && now_.mono_ms >= sync_again_ms_) BeginSync();
  std::vector<std::string> due;
  for (auto& [id, sending] : sends_) {
    if (sending.ended || sending.open > 0) continue;
    if (insist || (sending.again_ms != 0 && now_.mono_ms >= sending.again_ms)) due.push_back(id);
  }
  for (const std::string& id : due) {
    if (connected()) SendAgain(id);
  }
  std::erase_if(pull_again_ms_, [&](const auto& entry) {
    if (now_.mono_ms < entry.second) return false;
    tracker_.RetryPull(entry.first);
    return true;
  });
  while (connected()) {
    const std::optional<client::Tracker::Pull> pull = tracker_.NextPull();
    if (!pull) return;
    message::History history;
    history.conversation = pull->conversation;
    history.after = pull->after;
    history.limit = kPage;
    Ask(message::History::kMethod, schema::Encode(history), {Asked::kHistory, "", pull->conversation, 0, 0, {}});
  }
}

bool Device::settled() const {
  const bool known = std::ranges::all_of(sends_, [](const auto& entry) { return entry.second.ended; });
  return connected() && known && open_.empty() && listed_ && tracker_.complete();
}

void Device::CheckCopy() const {
  for (const Conversation& conversation : judge_.Begun()) {
    if (!conversation.Has(user_)) continue;
    const auto it = copy_.find(conversation);
    const size_t have = it == copy_.end() ? 0 : it->second.size();
    if (have != static_cast<size_t>(judge_.HeadOf(conversation))) {
      judge_.Broken(fmt::format("a device of {} believes to be complete and has {} records of {}", user_.text(), have,
                                conversation.text()));
    }
  }
}

void Device::OnAnswer(uint64_t tag, const Result<std::string>& result) {
  const auto node = open_.extract(tag);
  if (node.empty()) return judge_.Broken("a device got an answer that it did not ask for");
  const Open& open = node.mapped();
  switch (open.what) {
    case Asked::kSend:
      return OnSent(open, result);
    case Asked::kOther:
      if (result) return judge_.Broken("an id was accepted for two messages");
      if (!IsTransient(result.error()) && result.error().code != Code::kConflict) {
        judge_.Broken("an id was used twice, and the answer was: " + result.error().message);
      }
      return;
    case Asked::kEdit:
      if (!result) return judge_.EditEnded(open.key, OutcomeOf(result.error()));
      return judge_.EditDone(open.key, schema::Decode<message::SeqReply>(*result).value().seq);
    case Asked::kCursor:
      if (result) judge_.CursorDone(user_, open.conversation, open.seq);
      return;
    case Asked::kSync:
      return OnListed(open, result);
    case Asked::kHistory:
      return OnPage(open, result);
  }
}

void Device::OnSent(const Open& open, const Result<std::string>& result) {
  Sending& sending = sends_.at(open.key);
  --sending.open;
  if (result) {
    const auto reply = schema::Decode<message::SendReply>(*result).value();
    judge_.SendDone(user_, open.key, reply);
    sending.ended = true;
    sending.again_ms = 0;
    tracker_.NoteHead(reply.conversation, reply.seq);
    return;
  }
  judge_.SendEnded(user_, open.key, OutcomeOf(result.error()));
  const bool bad = sending.body.size() > limits::kBodyMax || sending.to.text().starts_with("nobody");
  if (!IsTransient(result.error())) {
    if (!bad) judge_.Broken("a good message was refused: " + result.error().message);
    sending.ended = true;
    sending.again_ms = 0;
  } else if (!sending.ended && !dice_.Percent(10)) {
    sending.again_ms = now_.mono_ms + dice_.Between(50, 1'000);
  }
}

void Device::OnListed(const Open& open, const Result<std::string>& result) {
  if (open.sync != sync_) return;  // another listing has begun since
  if (!result) {
    if (!IsTransient(result.error())) judge_.Broken("a listing was refused: " + result.error().message);
    sync_again_ms_ = now_.mono_ms + dice_.Between(50, 500);
    return;
  }
  const auto page = schema::Decode<message::SyncReply>(*result).value();
  for (const message::Overview& overview : page.conversations) {
    if (!tracker_.Knows(overview.conversation)) tracker_.Start(overview.conversation, 0);
    tracker_.Listed(overview.conversation, overview.head, overview.floor);
    if (overview.last) judge_.OnSeen(*overview.last);
    const auto cursor = open.cursors.find(overview.conversation);
    if (cursor != open.cursors.end() && overview.read < cursor->second) {
      judge_.Broken("a listing shows a cursor before where it was acknowledged");
    }
  }
  if (page.cursor) return AskSync(page.cursor);
  if (!tracker_.EndSync().empty()) judge_.Broken("a listing lacks a conversation of " + user_.text());
  listed_ = true;
}

void Device::OnPage(const Open& open, const Result<std::string>& result) {
  const auto again = [&] { pull_again_ms_[open.conversation] = now_.mono_ms + dice_.Between(50, 500); };
  if (!result) {
    if (!IsTransient(result.error())) judge_.Broken("a page of history was refused: " + result.error().message);
    tracker_.PullFailed(open.conversation);
    return again();
  }
  const auto page = schema::Decode<message::HistoryReply>(*result).value();
  int64_t before = 0;
  for (const message::Record& record : page.messages) {
    if (before != 0 && record.seq != before + 1) judge_.Broken("a page of history has a hole");
    before = record.seq;
    Keep(record);
  }
  if (!tracker_.PageDone(open.conversation, page.head, page.floor)) again();
}

void Device::OnPush(std::string_view method, std::string_view body) {
  const auto in_order = [&](const Conversation& conversation, const UserHandle& by, int64_t seq) {
    int64_t& last = pushed_[{std::string(method), conversation, by}];
    // After a crash the last record of a conversation may be told again; never an earlier one.
    const bool told_again = seq == last && method == message::NewRecord::kMethod;
    if (seq <= last && !told_again) {
      judge_.Broken(
          fmt::format("{} {} {} was pushed to {} after {}", method, conversation.text(), seq, user_.text(), last));
    }
    last = seq;
  };
  if (method == message::NewRecord::kMethod) {
    const auto record = schema::Decode<message::NewRecord>(body).value();
    in_order(record.conversation, {}, record.seq);
    Keep(record);
    tracker_.NoteHead(record.conversation, record.head);
  } else if (method == message::ReadUpTo::kMethod) {
    const auto read = schema::Decode<message::ReadUpTo>(body).value();
    in_order(read.conversation, read.user, read.seq);
  } else {
    judge_.Broken("a device was told " + std::string(method));
  }
}

void Device::Keep(const message::Record& record) {
  judge_.OnSeen(record);
  if (!record.conversation.Has(user_)) judge_.Broken(user_.text() + " was shown what others wrote");
  if (tracker_.See(record.conversation, record.seq) != client::Tracker::Verdict::kApply) return;
  std::vector<message::Record>& records = copy_[record.conversation];
  records.push_back(record);
  if (record.seq != static_cast<int64_t>(records.size())) judge_.Broken("a copy has a hole");
}

}  // namespace parley::sim
