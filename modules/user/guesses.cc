#include "modules/user/guesses.h"

#include <algorithm>

namespace parley::user {

class Guesses::Table {
 public:
  struct Entry {
    UserHandle user;
    int wrong = 0;
    int pending = 0;
    int64_t last_ms = 0;
    int64_t not_before_ms = 0;
  };

  Entry& Get(const UserHandle& user) {
    const auto it = index_.find(user);
    if (it != index_.end()) {
      entries_.splice(entries_.end(), entries_, it->second);
      return *it->second;
    }
    MakeRoom();
    entries_.push_back(Entry{user});
    index_.emplace(user, std::prev(entries_.end()));
    return entries_.back();
  }
  Entry* Find(const UserHandle& user) {
    const auto it = index_.find(user);
    return it == index_.end() ? nullptr : &*it->second;
  }
  void DropIfIdle(const UserHandle& user) {
    const auto it = index_.find(user);
    if (it == index_.end() || it->second->pending > 0 || it->second->wrong > 0) return;
    entries_.erase(it->second);
    index_.erase(it);
  }
  [[nodiscard]] size_t size() const { return entries_.size(); }

 private:
  // Tries that are under way keep their entry: there are no more of them than work waits for the helper threads.
  void MakeRoom() {
    if (entries_.size() < kAccountsMax) return;
    const auto oldest = std::ranges::find_if(entries_, [](const Entry& entry) { return entry.pending == 0; });
    if (oldest == entries_.end()) return;
    index_.erase(oldest->user);
    entries_.erase(oldest);
  }

  std::list<Entry> entries_;  // the one not tried for longest first
  std::unordered_map<UserHandle, std::list<Entry>::iterator> index_;
};

namespace {

int64_t WaitAfter(int wrong) {
  const int doublings = std::min(wrong - Guesses::kFree, 10);
  return std::min(Guesses::kWaitMs << doublings, Guesses::kWaitMaxMs);
}

}  // namespace

Guesses::Guesses() : table_(std::make_shared<Table>()) {}
Guesses::~Guesses() = default;

Result<Guesses::Try> Guesses::Begin(const UserHandle& user, int64_t mono_ms) {
  Table::Entry& entry = table_->Get(user);
  if (entry.wrong > 0 && mono_ms - entry.last_ms > kForgetMs) entry.wrong = 0;
  const bool waits = entry.wrong >= kFree;
  if (waits && mono_ms < entry.not_before_ms) {
    return Fail(Code::kRateLimited, "too many wrong passwords; try again later", entry.not_before_ms - mono_ms);
  }
  if (entry.pending >= kPendingMax) {
    return Fail(Code::kRateLimited, "too many logins of this user at a time; try again later", kWaitMs);
  }
  // One try per wait, not as many as fit into the time that the first one takes.
  if (waits) entry.not_before_ms = mono_ms + WaitAfter(entry.wrong);
  ++entry.pending;
  return Try(table_, user);
}

size_t Guesses::size() const { return table_->size(); }

Guesses::Try::~Try() {
  if (!table_) return;
  if (Table::Entry* entry = table_->Find(user_)) --entry->pending;
  table_->DropIfIdle(user_);
}

void Guesses::Try::Wrong(int64_t mono_ms) {
  Table::Entry& entry = table_->Get(user_);
  ++entry.wrong;
  entry.last_ms = mono_ms;
  if (entry.wrong >= kFree) entry.not_before_ms = mono_ms + WaitAfter(entry.wrong);
}

void Guesses::Try::Right() { table_->Get(user_).wrong = 0; }

}  // namespace parley::user
