#include "client/tracker.h"

#include <algorithm>
#include <utility>

namespace parley::client {

Tracker::Cursor& Tracker::Hear(const Conversation& conversation) {
  Cursor& cursor = cursors_[conversation];
  cursor.sign = sync_;
  cursor.gone = false;
  // One that the last whole listing lacked has begun since: all of it is new.
  if (!syncing_) cursor.started = true;
  return cursor;
}

void Tracker::Update(const Conversation& conversation, const Cursor& cursor) {
  const bool wanted = cursor.started && !cursor.gone && !cursor.pulling && cursor.applied < cursor.head &&
                      !waiting_.contains(conversation);
  if (wanted) {
    behind_.insert(conversation);
  } else {
    behind_.erase(conversation);
  }
}

Tracker::Verdict Tracker::See(const Conversation& conversation, int64_t seq) {
  Cursor& cursor = Hear(conversation);
  cursor.head = std::max(cursor.head, seq);
  Verdict verdict = Verdict::kAhead;
  if (cursor.started && seq <= cursor.applied) verdict = Verdict::kOld;
  if (cursor.started && seq == cursor.applied + 1) {
    cursor.applied = seq;
    verdict = Verdict::kApply;
  }
  Update(conversation, cursor);
  return verdict;
}

void Tracker::NoteHead(const Conversation& conversation, int64_t head) {
  Cursor& cursor = Hear(conversation);
  cursor.head = std::max(cursor.head, head);
  Update(conversation, cursor);
}

void Tracker::BeginSync() {
  syncing_ = true;
  ++sync_;
}

bool Tracker::Knows(const Conversation& conversation) const {
  const auto it = cursors_.find(conversation);
  return it != cursors_.end() && it->second.started;
}

void Tracker::Start(const Conversation& conversation, int64_t applied) {
  Cursor& cursor = Hear(conversation);
  cursor.started = true;
  cursor.applied = applied;
  cursor.head = std::max(cursor.head, applied);
  Update(conversation, cursor);
}

void Tracker::Listed(const Conversation& conversation, int64_t head, int64_t floor) {
  Cursor& cursor = Hear(conversation);
  cursor.head = std::max(cursor.head, head);
  cursor.applied = std::max(cursor.applied, floor - 1);  // what is below the floor is not for us
  Update(conversation, cursor);
}

std::vector<Conversation> Tracker::EndSync() {
  syncing_ = false;
  std::vector<Conversation> lost;
  for (auto& [conversation, cursor] : cursors_) {
    if (cursor.sign < sync_ && !cursor.gone) {
      cursor.gone = true;
      lost.push_back(conversation);
    } else {
      cursor.started = true;
    }
    Update(conversation, cursor);
  }
  return lost;
}

std::optional<Tracker::Pull> Tracker::NextPull() {
  if (behind_.empty() || pulls_open_ >= kPullsMax) return std::nullopt;
  const Conversation conversation = *behind_.begin();
  Cursor& cursor = cursors_[conversation];
  cursor.pulling = true;
  cursor.pulled_from = cursor.applied;
  ++pulls_open_;
  Update(conversation, cursor);
  return Pull{conversation, cursor.applied};
}

bool Tracker::PageDone(const Conversation& conversation, int64_t head, int64_t floor) {
  Cursor& cursor = cursors_[conversation];
  if (cursor.pulling) --pulls_open_;
  cursor.pulling = false;
  cursor.head = std::max(cursor.head, head);
  cursor.applied = std::max(cursor.applied, floor - 1);
  const bool moved = cursor.applied > cursor.pulled_from || cursor.applied >= cursor.head;
  if (!moved) waiting_.insert(conversation);
  Update(conversation, cursor);
  return moved;
}

void Tracker::PullFailed(const Conversation& conversation) {
  Cursor& cursor = cursors_[conversation];
  if (cursor.pulling) --pulls_open_;
  cursor.pulling = false;
  waiting_.insert(conversation);
  Update(conversation, cursor);
}

void Tracker::RetryPull(const Conversation& conversation) {
  if (waiting_.erase(conversation) > 0) Update(conversation, cursors_[conversation]);
}

bool Tracker::Gone(const Conversation& conversation) {
  const auto it = cursors_.find(conversation);
  if (it == cursors_.end()) return false;
  Cursor& cursor = it->second;
  if (cursor.pulling) --pulls_open_;
  cursor.pulling = false;
  waiting_.erase(conversation);
  const bool news = !std::exchange(cursor.gone, true);
  Update(conversation, cursor);
  return news;
}

bool Tracker::gone(const Conversation& conversation) const {
  const auto it = cursors_.find(conversation);
  return it != cursors_.end() && it->second.gone;
}

void Tracker::Disconnected() {
  pulls_open_ = 0;
  waiting_.clear();
  for (auto& [conversation, cursor] : cursors_) {
    cursor.pulling = false;
    Update(conversation, cursor);
  }
}

int64_t Tracker::applied(const Conversation& conversation) const {
  const auto it = cursors_.find(conversation);
  return it == cursors_.end() ? 0 : it->second.applied;
}

}  // namespace parley::client
