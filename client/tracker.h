// How a client stays complete: for each conversation, the highest seq below which nothing is missing, and what has to
// be pulled from the server. Decides only; it has no connection and never sees what a record says.
//
// A record with the next seq is applied, a lower one is a duplicate, a higher one shows a gap. Whoever is behind is
// pulled with `message.history`. After connecting, and when the server dropped pushes, a whole listing (`message.sync`)
// tells where the conversations stand; until it has ended, nothing is assumed of a conversation not heard of before.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "common/base/handle.h"

namespace parley::client {

class Tracker {
 public:
  enum class Verdict : uint8_t {
    kApply,  // the next one: the cursor has moved over it
    kOld,    // seen before
    kAhead,  // something is missing before it: it will come again with a pull
  };
  struct Pull {
    Conversation conversation;
    int64_t after = 0;
    bool operator==(const Pull&) const = default;
  };

  // A record arrived: as a push, as the answer to an own request, or on a pulled page.
  Verdict See(const Conversation& conversation, int64_t seq);
  // Records up to `head` exist.
  void NoteHead(const Conversation& conversation, int64_t head);

  // The listing. For one that is not yet known (see Knows), say first from where on its records are wanted.
  void BeginSync();
  [[nodiscard]] bool Knows(const Conversation& conversation) const;
  void Start(const Conversation& conversation, int64_t applied);
  void Listed(const Conversation& conversation, int64_t head, int64_t floor);
  // Returns those that are no longer the caller's. Their cursors are kept, in case they come back.
  std::vector<Conversation> EndSync();

  // The next pull to make, if any; it stays open until PageDone or PullFailed. At most `kPullsMax` are open.
  std::optional<Pull> NextPull();
  // After all records of a page were shown to See(). False when the page brought nothing although something is missing:
  // then it is pulled again only after RetryPull.
  bool PageDone(const Conversation& conversation, int64_t head, int64_t floor);
  void PullFailed(const Conversation& conversation);
  void RetryPull(const Conversation& conversation);
  // It is the caller's no longer: so says the server, or the record that ended a membership. Whatever is heard of it
  // later makes it the caller's again. False: that was known, or it never was.
  bool Gone(const Conversation& conversation);
  [[nodiscard]] bool gone(const Conversation& conversation) const;
  // Answers to what is open will not come any more.
  void Disconnected();

  // The highest seq below which nothing is missing; 0 for an unknown conversation.
  [[nodiscard]] int64_t applied(const Conversation& conversation) const;
  // Whether nothing is known to be missing anywhere.
  [[nodiscard]] bool complete() const { return !syncing_ && behind_.empty() && waiting_.empty() && pulls_open_ == 0; }

  static constexpr int kPullsMax = 4;

 private:
  struct Cursor {
    int64_t applied = 0;
    int64_t head = 0;
    int64_t pulled_from = 0;  // applied when the open pull was made
    uint64_t sign = 0;        // the listing during or after which it was last heard of
    bool started = false;     // false: heard of while a listing runs, which may say where to start
    bool pulling = false;
    bool gone = false;
  };

  Cursor& Hear(const Conversation& conversation);
  void Update(const Conversation& conversation, const Cursor& cursor);

  std::map<Conversation, Cursor> cursors_;
  std::set<Conversation> behind_;   // those that NextPull may give; those with an open pull are not in it
  std::set<Conversation> waiting_;  // those whose pull failed, until RetryPull
  int pulls_open_ = 0;
  bool syncing_ = true;
  uint64_t sync_ = 0;
};

}  // namespace parley::client
