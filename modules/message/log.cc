#include "modules/message/log.h"

#include <algorithm>

namespace parley::message {
namespace {

size_t BytesOf(const Stored& record) {
  constexpr size_t kFixed = 300;  // names, numbers and handles of a record as clients get it
  size_t bytes = kFixed + record.kind.size() + (record.body ? record.body->size() : 0);
  for (const UserHandle& handle : record.mentions) bytes += handle.text().size() + 2;
  return bytes;
}

}  // namespace

bool IsContent(std::string_view kind) { return kind != kEdit && kind != kRecall && kind != kReact && kind != kSystem; }

Log::Log(store::SlotView view, const Conversation& conversation) : view_(view), conversation_(conversation) {
  Refresh();
}

void Log::Refresh() { head_ = view_.Get(HeadRow{conversation_}).value_or(Head{}); }

std::optional<Stored> Log::Get(int64_t seq) {
  if (seq < 1 || seq > head_.head) return std::nullopt;
  return view_.Get(RecordRow{conversation_, static_cast<uint64_t>(seq)});
}

void Log::Change(int64_t seq, const Stored& record) {
  view_.Put(RecordRow{conversation_, static_cast<uint64_t>(seq)}, record);
}

Placed Log::Append(Stored record, int64_t now_ms) {
  ++head_.head;
  head_.time_ms = std::max(head_.time_ms, now_ms);
  if (IsContent(record.kind)) {
    const bool by_first = conversation_.text().starts_with(record.from.text() + '~');
    ++(by_first ? head_.texts_first : head_.texts_second);
  }
  record.time_ms = head_.time_ms;
  record.texts_first = head_.texts_first;
  record.texts_second = head_.texts_second;
  view_.Put(HeadRow{conversation_}, head_);
  view_.Put(RecordRow{conversation_, static_cast<uint64_t>(head_.head)}, record);
  return {head_.head, std::move(record)};
}

void Log::Close() {
  head_.closed = true;
  view_.Put(HeadRow{conversation_}, head_);
}

Log::Page Log::OldestAfter(int64_t after, int64_t before, size_t limit, size_t bytes_max) {
  Page page;
  const int64_t end = std::min(before, head_.head + 1);
  if (after >= end - 1) return page;
  size_t bytes = 0;
  view_.ScanFrom(
      RecordRow{conversation_, static_cast<uint64_t>(after + 1)}, store::Order::kAscending,
      [&](const RecordRow& row, const Stored& record) {
        const auto seq = static_cast<int64_t>(row.seq);
        if (seq >= end) return false;
        bytes += BytesOf(record);
        page.more = page.records.size() == limit || (bytes > bytes_max && !page.records.empty());
        if (!page.more) page.records.push_back({seq, record});
        return !page.more;
      },
      conversation_);
  return page;
}

Log::Page Log::NewestBefore(int64_t before, int64_t floor, size_t limit, size_t bytes_max) {
  Page page;
  const int64_t last = std::min(before - 1, head_.head);
  if (last < floor) return page;
  size_t bytes = 0;
  view_.ScanFrom(
      RecordRow{conversation_, static_cast<uint64_t>(last)}, store::Order::kDescending,
      [&](const RecordRow& row, const Stored& record) {
        const auto seq = static_cast<int64_t>(row.seq);
        if (seq < floor) return false;
        bytes += BytesOf(record);
        page.more = page.records.size() == limit || (bytes > bytes_max && !page.records.empty());
        if (!page.more) page.records.push_back({seq, record});
        return !page.more;
      },
      conversation_);
  std::ranges::reverse(page.records);
  return page;
}

int64_t Log::TextsUpTo(int64_t seq) {
  if (seq >= head_.head) return texts();
  const std::optional<Stored> record = Get(seq);
  return record ? record->texts_first + record->texts_second : 0;
}

int64_t Log::UnreadAbove(int64_t seq, const UserHandle& user, int64_t max) {
  if (seq >= head_.head) return 0;
  const bool others_are_second = conversation_.text().starts_with(user.text() + '~');
  if (conversation_.Other(user) == user) return 0;
  int64_t unread = others_are_second ? head_.texts_second : head_.texts_first;
  if (const std::optional<Stored> record = Get(seq)) {
    unread -= others_are_second ? record->texts_second : record->texts_first;
  }
  return std::min(unread, max);
}

Record Show(const Conversation& conversation, const Placed& placed, const UserHandle& viewer) {
  const Stored& stored = placed.record;
  Record record;
  record.conversation = conversation;
  record.seq = placed.seq;
  record.from = stored.from;
  record.time_ms = stored.time_ms;
  record.kind = stored.kind;
  record.body = stored.body;
  if (stored.from == viewer) record.id = stored.id;
  record.reply_to = stored.reply_to;
  record.mentions = stored.mentions;
  record.edited_ms = stored.edited_ms;
  record.recalled = stored.recalled;
  record.target = stored.target;
  record.emoji = stored.emoji;
  record.on = stored.on;
  if (stored.happened) {
    record.event = stored.happened->event;
    record.user = stored.happened->user;
    record.role = stored.happened->role;
    record.name = stored.happened->name;
    record.topic = stored.happened->topic;
    record.policy = stored.happened->policy;
    record.until_ms = stored.happened->until_ms;
  }
  return record;
}

}  // namespace parley::message
