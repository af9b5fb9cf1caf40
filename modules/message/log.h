// The records of one conversation, over the view of its slot. Knows seqs, times and counts; not who may read or write,
// nor whom to tell.
#pragma once

#include <optional>
#include <vector>

#include "common/base/handle.h"
#include "common/store/view.h"
#include "modules/message/messages.h"
#include "modules/message/rows.h"

namespace parley::message {

// A record with its place.
struct Placed {
  int64_t seq = 0;
  Stored record;
};

// Whether a kind can be sent, edited, recalled, reacted and replied to: a text, or a client's own.
[[nodiscard]] bool IsContent(std::string_view kind);

// Reads the head once. After an await, Refresh() before going on. `conversation` must outlive it.
class Log {
 public:
  Log(store::SlotView view, const Conversation& conversation);

  void Refresh();

  [[nodiscard]] bool begun() const { return head_.head > 0; }
  [[nodiscard]] bool closed() const { return head_.closed; }
  [[nodiscard]] int64_t head() const { return head_.head; }
  [[nodiscard]] std::optional<Stored> Get(int64_t seq);
  // Writes a record that is there already.
  void Change(int64_t seq, const Stored& record);
  // Gives the record its seq, its time (`now_ms`, or the last record's if that is later) and its counts, and writes it.
  Placed Append(Stored record, int64_t now_ms);

  // Nothing is to be sent any more; what is there stays. The caller of Append() asks closed().
  void Close();

  // Up to `limit` records with after < seq < before in that order, ascending; fewer when their bytes would pass
  // `bytes_max` (but at least one). `more`: whether the range has others.
  struct Page {
    std::vector<Placed> records;
    bool more = false;
  };
  Page OldestAfter(int64_t after, int64_t before, size_t limit, size_t bytes_max);
  // The same, from `floor` on.
  Page NewestBefore(int64_t before, int64_t floor, size_t limit, size_t bytes_max);

  // Texts and own kinds by anybody: all, and up to and including `seq`.
  [[nodiscard]] int64_t texts() const { return head_.texts_first + head_.texts_second; }
  [[nodiscard]] int64_t TextsUpTo(int64_t seq);
  // In a direct conversation: those by others than `user` above `seq`, up to `max`.
  [[nodiscard]] int64_t UnreadAbove(int64_t seq, const UserHandle& user, int64_t max);

 private:
  store::SlotView view_;
  const Conversation& conversation_;
  Head head_;
};

// What `viewer` sees of a record.
[[nodiscard]] Record Show(const Conversation& conversation, const Placed& placed, const UserHandle& viewer);

}  // namespace parley::message
