#include "tests/sim/judge.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "common/module/outbox.h"
#include "common/module/ownership.h"
#include "common/store/key.h"
#include "common/wire/control.h"

namespace parley::sim {
namespace {

// worker/message-1/3 → message
std::string ModuleOf(std::string_view identity) {
  const size_t from = identity.find('/') + 1;
  return std::string(identity.substr(from, identity.rfind('-') - from));
}

std::string NameOf(const Conversation& conversation, int64_t seq) {
  return conversation.text() + " " + std::to_string(seq);
}

std::array<bool, kSlots> OwnedOf(store::KeyValue& disk) {
  std::array<bool, kSlots> owned{};
  for (int slot = 0; slot < kSlots; ++slot) {
    const auto row = disk.Get(store::KeyOf(static_cast<Slot>(slot), module::OwnedRow{}));
    owned[static_cast<size_t>(slot)] = row && !schema::Decode<module::Owned>(*row).value().copy;
  }
  return owned;
}

}  // namespace

Outcome OutcomeOf(const Error& error) {
  return error.code == Code::kTimeout || error.code == Code::kInternal ? Outcome::kUnknown : Outcome::kNothingDone;
}

void Judge::Broken(const std::string& rule) {
  if (!broken_) broken_ = rule;
}

void Judge::OnBusSays(std::string_view identity, std::string_view batch) {
  wire::BatchReader reader(batch);
  while (const std::optional<wire::Envelope> envelope = reader.Next()) {
    if (envelope->kind == wire::Kind::kRequest) CheckWriter(identity, *envelope);
    if (envelope->kind != wire::Kind::kAssign) continue;
    const std::string module = ModuleOf(identity);
    const Result<wire::Assignment> assignment = schema::Decode<wire::Assignment>(envelope->body);
    if (!assignment) return Broken("an assignment cannot be read");
    for (const wire::SlotEpoch& granted : assignment->slots) {
      const auto slot = static_cast<Slot>(granted.slot);
      const auto epoch = static_cast<Epoch>(granted.epoch);
      const auto [writer, is_new] = writers_.try_emplace({module, slot, epoch}, identity);
      if (writer->second != identity) {
        return Broken(fmt::format("slot {} of {} was granted in epoch {} to {} and to {}", slot, module, epoch,
                                  writer->second, identity));
      }
      Epoch& highest = epochs_[{module, slot}];
      // One that was granted before may be told again late, to its own worker.
      if (is_new && epoch < highest) {
        return Broken(fmt::format("the epoch of slot {} of {} went back", slot, module));
      }
      highest = std::max(highest, epoch);
    }
  }
  if (reader.malformed()) Broken("the bus sent bytes that are no envelope");
}

void Judge::OnWorkerSays(std::string_view identity, std::string_view batch) {
  wire::BatchReader reader(batch);
  while (const std::optional<wire::Envelope> envelope = reader.Next()) {
    const bool writes = envelope->kind == wire::Kind::kReply || envelope->kind == wire::Kind::kPublish;
    if (!writes || envelope->epoch == 0) continue;
    CheckWriter(identity, *envelope);
    if (envelope->epoch < epochs_[{ModuleOf(identity), envelope->slot}]) {
      Broken(fmt::format("{} answers for slot {} after that was granted to another", identity, envelope->slot));
    }
  }
  if (reader.malformed()) Broken("a worker sent bytes that are no envelope");
}

void Judge::CheckWriter(std::string_view identity, const wire::Envelope& envelope) {
  const auto it = writers_.find({ModuleOf(identity), envelope.slot, envelope.epoch});
  if (it == writers_.end() || it->second != identity) {
    Broken(fmt::format("{} serves slot {} in epoch {}, which it was not granted", identity, envelope.slot,
                       envelope.epoch));
  }
}

void Judge::Sending(const UserHandle& user, const std::string& id, const Conversation& conversation,
                    const std::string& body) {
  Attempted& send = sends_[{user, id}];
  send.user = user;
  send.conversation = conversation;
  send.body = body;
  ++send.open;
}

void Judge::SendDone(const UserHandle& user, const std::string& id, const message::SendReply& reply) {
  Attempted& send = sends_.at({user, id});
  --send.open;
  if (send.seq != 0 && send.seq != reply.seq) {
    return Broken(fmt::format("{} of {} was acknowledged as {} and as {}", id, user.text(), send.seq, reply.seq));
  }
  if (send.seq == 0) ++acknowledged_;
  send.seq = reply.seq;
  if (reply.conversation != send.conversation) return Broken(id + " was acknowledged in another conversation");
  CheckDone(send, message::kText, id + " of " + user.text());
}

void Judge::SendEnded(const UserHandle& user, const std::string& id, Outcome outcome) {
  Attempted& send = sends_.at({user, id});
  --send.open;
  if (outcome == Outcome::kUnknown) send.unknown = true;
}

void Judge::Editing(const UserHandle& user, const Conversation& conversation, int64_t target, const std::string& body) {
  edits_[body] = {user, conversation, body, target, 1, false, 0};
}

void Judge::EditDone(const std::string& body, int64_t seq) {
  Attempted& edit = edits_.at(body);
  --edit.open;
  edit.seq = seq;
  ++acknowledged_;
  CheckDone(edit, message::kEdit, "the edit " + body);
}

void Judge::EditEnded(const std::string& body, Outcome outcome) {
  Attempted& edit = edits_.at(body);
  --edit.open;
  if (outcome == Outcome::kUnknown) edit.unknown = true;
}

void Judge::CursorDone(const UserHandle& user, const Conversation& conversation, int64_t seq) {
  int64_t& cursor = cursors_[user][conversation];
  cursor = std::max(cursor, seq);
}

// An acknowledgement is worth what is on the disk at that moment.
void Judge::CheckDone(const Attempted& attempted, std::string_view kind, const std::string& what) {
  const std::optional<message::Stored> record = OnDisk(attempted.conversation, attempted.seq);
  if (!record) {
    return Broken(what + " was acknowledged as " + NameOf(attempted.conversation, attempted.seq) +
                  ", which is not on the disk");
  }
  if (record->from != attempted.user || record->kind != kind ||
      (!record->edited_ms && record->body != attempted.body)) {
    Broken(what + " was acknowledged as " + NameOf(attempted.conversation, attempted.seq) +
           ", where something else stands");
  }
}

void Judge::OnSeen(const message::Record& record) {
  const auto [it, is_new] = seen_.try_emplace({record.conversation, record.seq}, record);
  const message::Record& before = it->second;
  if (before.from != record.from || before.time_ms != record.time_ms || before.kind != record.kind ||
      before.target != record.target) {
    Broken(NameOf(record.conversation, record.seq) + " was shown in two ways");
  }
}

template <class Row, class Fn>
void Judge::ForEach(Fn fn) const {
  for (const auto& disk : disks_) {
    const std::unique_ptr<store::KeyValue> kv = store::OpenMemory(disk);
    const std::array<bool, kSlots> owned = OwnedOf(*kv);
    const auto it = kv->Iterate();
    for (it->Seek(""); it->valid(); it->Next()) {
      Row row;
      if (!store::ReadKey(it->key(), row) || !owned[static_cast<Slot>(it->key()[0])]) continue;
      fn(static_cast<Slot>(it->key()[0]), row, schema::Decode<typename Row::Value>(it->value()).value());
    }
  }
}

std::optional<message::Stored> Judge::OnDisk(const Conversation& conversation, int64_t seq) const {
  const Slot slot = SlotOf(conversation.text());
  const std::string key = store::KeyOf(slot, message::RecordRow{conversation, static_cast<uint64_t>(seq)});
  for (const auto& disk : disks_) {
    const std::unique_ptr<store::KeyValue> kv = store::OpenMemory(disk);
    // Also a whole copy: its worker may have the slot already, and not have written that down yet.
    if (!kv->Get(store::KeyOf(slot, module::OwnedRow{}))) continue;
    const std::optional<std::string> bytes = kv->Get(key);
    if (bytes) return schema::Decode<message::Stored>(*bytes).value();
  }
  return std::nullopt;
}

bool Judge::OutboxesEmpty() const {
  bool empty = true;
  ForEach<module::IntentRow>([&](Slot, const module::IntentRow&, const module::Intent&) { empty = false; });
  return empty;
}

std::string Judge::LeftOver() const {
  for (size_t i = 0; i < disks_.size(); ++i) {
    const std::unique_ptr<store::KeyValue> kv = store::OpenMemory(disks_[i]);
    const std::array<bool, kSlots> owned = OwnedOf(*kv);
    const auto it = kv->Iterate();
    for (it->Seek(""); it->valid(); it->Next()) {
      const auto slot = static_cast<Slot>(it->key()[0]);
      if (!owned[slot]) return fmt::format("a row of table {} in slot {} on disk {}", it->key()[1], slot, i + 1);
    }
  }
  return {};
}

void Judge::CheckOwners() {
  std::array<int, kSlots> owners{};
  ForEach<module::OwnedRow>([&](Slot slot, const module::OwnedRow&, const module::Owned&) { ++owners[slot]; });
  for (const int count : owners) {
    if (count > 1) return Broken("a slot is owned by more than one");
  }
}

int64_t Judge::HeadOf(const Conversation& conversation) const {
  int64_t head = 0;
  ForEach<message::HeadRow>([&](Slot, const message::HeadRow& row, const message::Head& value) {
    if (row.conversation == conversation) head = value.head;
  });
  return head;
}

std::vector<Conversation> Judge::Begun() const {
  std::vector<Conversation> begun;
  ForEach<message::HeadRow>([&](Slot, const message::HeadRow& row, const message::Head& value) {
    if (value.head > 0) begun.push_back(row.conversation);
  });
  return begun;
}

void Judge::CheckDisks() {
  std::map<Conversation, Log> logs;
  ForEach<message::HeadRow>([&](Slot slot, const message::HeadRow& row, const message::Head& head) {
    const auto [it, is_new] = logs.try_emplace(row.conversation);
    if (!is_new) Broken(row.conversation.text() + " is on two disks");
    if (slot != SlotOf(row.conversation.text())) Broken(row.conversation.text() + " is in another's slot");
    it->second.head = head;
  });
  ForEach<message::RecordRow>([&](Slot, const message::RecordRow& row, const message::Stored& record) {
    logs[row.conversation].records.emplace(static_cast<int64_t>(row.seq), record);
  });
  std::map<std::string, std::vector<std::pair<Conversation, int64_t>>> by_id, by_edit;
  for (const auto& [conversation, log] : logs) {
    CheckLog(conversation, log);
    for (const auto& [seq, record] : log.records) {
      if (record.id) by_id[record.from.text() + "/" + *record.id].emplace_back(conversation, seq);
      if (record.kind == message::kEdit) by_edit[record.body.value_or("")].emplace_back(conversation, seq);
    }
  }
  for (const auto& [key, send] : sends_) {
    CheckAttempt(send, by_id[key.first.text() + "/" + key.second], key.second + " of " + key.first.text());
  }
  for (const auto& [body, edit] : edits_) CheckAttempt(edit, by_edit[body], "the edit " + body);
  for (const auto& [place, record] : seen_) {
    const std::optional<message::Stored> stored = OnDisk(place.first, place.second);
    if (!stored || stored->from != record.from || stored->time_ms != record.time_ms || stored->kind != record.kind) {
      Broken(NameOf(place.first, place.second) + " was shown to somebody, and is not so on the disk");
    }
  }
  CheckLists();
  CheckOwners();
  if (!OutboxesEmpty()) Broken("an outbox has not drained");
}

// Records 1 … head exist, each exactly one; time does not go back.
void Judge::CheckLog(const Conversation& conversation, const Log& log) {
  int64_t seq = 0, time_ms = 0;
  for (const auto& [place, record] : log.records) {
    if (place != ++seq) return Broken(NameOf(conversation, seq) + " is missing");
    if (record.time_ms < time_ms) return Broken(NameOf(conversation, seq) + " is older than the one before it");
    time_ms = record.time_ms;
  }
  if (seq != log.head.head)
    Broken(fmt::format("{} has {} records and head {}", conversation.text(), seq, log.head.head));
}

void Judge::CheckAttempt(const Attempted& attempted, const std::vector<std::pair<Conversation, int64_t>>& places,
                         const std::string& what) {
  if (places.size() > 1) {
    return Broken(what + " has more than one effect: " + NameOf(places[0].first, places[0].second) + " and " +
                  NameOf(places[1].first, places[1].second));
  }
  if (attempted.seq != 0) {
    if (places.empty()) return Broken(what + " was acknowledged and is lost");
    if (places[0] != std::pair(attempted.conversation, attempted.seq))
      return Broken(what + " is not where it was said to be");
    CheckDone(attempted, attempted.target == 0 ? message::kText : message::kEdit, what);
  } else if (!places.empty() && !attempted.unknown && attempted.open == 0) {
    Broken(what + " was refused, and is there as " + NameOf(places[0].first, places[0].second));
  }
}

void Judge::CheckLists() {
  std::map<std::pair<UserHandle, Conversation>, int> lists;
  ForEach<message::ListRow>([&](Slot slot, const message::ListRow& row, const message::Listed&) {
    ++lists[{row.user, row.conversation}];
    if (slot != SlotOf(row.user.text())) Broken("the list of " + row.user.text() + " is in another's slot");
  });
  for (const Conversation& conversation : Begun()) {
    for (const UserHandle& user : {conversation.first(), conversation.second()}) {
      if (lists[{user, conversation}] != 1) Broken(conversation.text() + " is not on the list of " + user.text());
    }
  }
  std::map<std::pair<UserHandle, Conversation>, int64_t> read;
  ForEach<message::CursorRow>([&](Slot, const message::CursorRow& row, const message::Cursor& cursor) {
    read[{row.user, row.conversation}] = cursor.read;
    if (cursor.read > cursor.received || cursor.received > HeadOf(row.conversation)) {
      Broken("the cursors of " + row.user.text() + " in " + row.conversation.text() + " are out of order");
    }
  });
  for (const auto& [user, cursors] : cursors_) {
    for (const auto& [conversation, seq] : cursors) {
      if (read[{user, conversation}] < seq) {
        Broken("the cursor of " + user.text() + " in " + conversation.text() + " went back");
      }
    }
  }
}

}  // namespace parley::sim
