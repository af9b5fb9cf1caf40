#include "bus/outstanding.h"

#include <algorithm>

namespace parley::bus {

uint64_t RequestKey(NodeId source, const RequestId& request) {
  uint64_t key = (request.low ^ source.value) + request.high * 0x9E3779B97F4A7C15ULL;
  key ^= key >> 32;
  return key == 0 ? 1 : key;
}

size_t Outstanding::Find(uint64_t key) const {
  const size_t mask = table_.size() - 1;
  size_t at = key & mask;
  while (table_[at].key != 0 && table_[at].key != key) at = (at + 1) & mask;
  return at;
}

bool Outstanding::Add(NodeId source, const RequestId& request, uint32_t bytes, bool internal, int64_t forget_ms) {
  if ((used_ + 1) * 2 > table_.size()) Grow();
  const uint64_t key = RequestKey(source, request);
  earliest_ms_ = std::min(earliest_ms_, forget_ms);
  Entry& entry = table_[Find(key)];
  if (entry.key == key) {
    entry.forget_ms = std::max(entry.forget_ms, forget_ms);
    return false;
  }
  entry = Entry{key, forget_ms, bytes, internal};
  ++used_;
  Tally& tally = TallyOf(entry);
  ++tally.requests;
  tally.bytes += bytes;
  return true;
}

bool Outstanding::Remove(NodeId source, const RequestId& request) {
  const uint64_t key = RequestKey(source, request);
  const size_t at = Find(key);
  if (table_[at].key != key) return false;
  Erase(at);
  return true;
}

// Moves back what was pushed past the hole, so that no marks of deleted entries are needed.
void Outstanding::Erase(size_t at) {
  Tally& tally = TallyOf(table_[at]);
  --tally.requests;
  tally.bytes -= table_[at].bytes;
  --used_;
  const size_t mask = table_.size() - 1;
  size_t hole = at;
  for (size_t next = (hole + 1) & mask; table_[next].key != 0; next = (next + 1) & mask) {
    const size_t home = table_[next].key & mask;
    const bool may_move = ((next - home) & mask) >= ((next - hole) & mask);
    if (!may_move) continue;
    table_[hole] = table_[next];
    hole = next;
  }
  table_[hole] = Entry{};
}

size_t Outstanding::Expire(int64_t now_ms) {
  if (now_ms < earliest_ms_) return 0;
  earliest_ms_ = kNever;
  size_t expired = 0;
  for (size_t at = 0; at < table_.size();) {
    const Entry& entry = table_[at];
    if (entry.key == 0 || entry.forget_ms > now_ms) {
      if (entry.key != 0) earliest_ms_ = std::min(earliest_ms_, entry.forget_ms);
      ++at;
      continue;
    }
    Erase(at);  // something else may be here now: look again
    ++expired;
  }
  return expired;
}

void Outstanding::Grow() {
  std::vector<Entry> old(table_.size() * 2);
  old.swap(table_);
  for (const Entry& entry : old) {
    if (entry.key != 0) table_[Find(entry.key)] = entry;
  }
}

}  // namespace parley::bus
