#include "frontend/session_set.h"

#include <algorithm>

namespace parley::frontend {

void SessionSet::Add(Session& session) {
  uint32_t slot = 0;
  if (free_.empty()) {
    slot = static_cast<uint32_t>(slots_.size());
    slots_.push_back(nullptr);
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  slots_[slot] = &session;
  ++count_;
  session.number = uint64_t{++last_serial_} << 32 | slot;
  session.phase = Session::Phase::kOpen;
}

void SessionSet::Remove(Session& session) {
  if (Find(session.number) != &session) return;
  const auto slot = static_cast<uint32_t>(session.number);
  slots_[slot] = nullptr;
  free_.push_back(slot);
  --count_;
  session.phase = Session::Phase::kOver;
  waiting_bytes_ -= session.counted_bytes;
  session.counted_bytes = 0;
  if (session.out != nullptr) pool_.GiveBack(std::move(session.out));
  std::replace(dirty_.begin(), dirty_.end(), &session, static_cast<Session*>(nullptr));
  std::replace(taken_.begin(), taken_.end(), &session, static_cast<Session*>(nullptr));
  session.dirty = false;
}

Session* SessionSet::Find(uint64_t number) const {
  const auto slot = static_cast<uint32_t>(number);
  if (slot >= slots_.size() || slots_[slot] == nullptr || slots_[slot]->number != number) return nullptr;
  return slots_[slot];
}

void SessionSet::Touch(Session& session) {
  if (session.dirty) return;
  session.dirty = true;
  dirty_.push_back(&session);
}

std::string& SessionSet::Tail(Session& session) {
  if (session.out == nullptr) session.out = pool_.Borrow();
  Touch(session);
  return session.out->Tail();
}

void SessionSet::Push(Session& session, const SharedBytes& bytes, bool droppable) {
  const size_t queued = session.out_bytes();
  if (droppable && queued > bounds_.soft) {
    ++dropped_;
    return;
  }
  const size_t hard = waiting_bytes_ > bounds_.total ? bounds_.frugal : bounds_.hard;
  if (session.lost_pushes || queued > hard) {
    ++dropped_;
    if (!droppable) session.lost_pushes = true;
    return;
  }
  if (session.out == nullptr) session.out = pool_.Borrow();
  session.out->Share(bytes);
  Touch(session);
}

void SessionSet::Count(Session& session) {
  const size_t bytes = session.out_bytes();
  waiting_bytes_ += bytes;
  waiting_bytes_ -= session.counted_bytes;
  session.counted_bytes = bytes;
}

void SessionSet::Sent(Session& session, size_t bytes) {
  if (session.out == nullptr) return;
  session.out->Consume(bytes);
  if (session.out->empty()) pool_.GiveBack(std::move(session.out));
  Count(session);
}

const std::vector<Session*>& SessionSet::TakeDirty() {
  taken_.clear();
  taken_.swap(dirty_);
  for (Session* session : taken_) {
    if (session != nullptr) session->dirty = false;
  }
  return taken_;
}

}  // namespace parley::frontend
