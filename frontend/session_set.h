// All sessions of the process: their numbers, what waits to be sent to them and the bounds on it, and who has something
// to send.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "frontend/session.h"

namespace parley::frontend {

struct OutBounds {
  size_t soft = 512 * 1024;          // past this, droppable pushes are dropped
  size_t hard = 4 * 1024 * 1024;     // past this, all pushes are, and the client resyncs when it has caught up
  size_t total = 512 * 1024 * 1024;  // of all sessions; past this, `hard` is `frugal`
  size_t frugal = 64 * 1024;
  size_t most = 64 * 1024 * 1024;  // past this, answers included, the client is closed
};

class SessionSet {
 public:
  explicit SessionSet(OutBounds bounds) : bounds_(bounds) {}
  SessionSet(const SessionSet&) = delete;
  SessionSet& operator=(const SessionSet&) = delete;

  // Gives the session its number. It must stay where it is until Remove.
  void Add(Session& session);
  void Remove(Session& session);
  // Null: gone.
  [[nodiscard]] Session* Find(uint64_t number) const;
  [[nodiscard]] size_t size() const { return count_; }
  template <class F>
  void ForEach(F&& f) {
    for (size_t i = 0; i < slots_.size(); ++i) {
      if (slots_[i] != nullptr) f(*slots_[i]);
    }
  }

  // Where to encode the next message for the session; keep no reference past the next call.
  std::string& Tail(Session& session);
  // A push, within the bounds.
  void Push(Session& session, const SharedBytes& bytes, bool droppable);
  // Has the session looked at when what was gathered is sent.
  void Touch(Session& session);
  // `bytes` of its queue were sent. An empty queue goes back to the pool.
  void Sent(Session& session, size_t bytes);

  // The sessions touched since the last call. Null where one was removed meanwhile; valid until the next call.
  const std::vector<Session*>& TakeDirty();

  // It asks for more than it takes.
  [[nodiscard]] bool TooMuch(const Session& session) const {
    return session.out_bytes() > (waiting_bytes_ > bounds_.total ? bounds_.hard : bounds_.most);
  }
  [[nodiscard]] size_t waiting_bytes() const { return waiting_bytes_; }
  [[nodiscard]] uint64_t dropped() const { return dropped_; }

 private:
  void Count(Session& session);

  const OutBounds bounds_;
  std::vector<Session*> slots_;
  std::vector<uint32_t> free_;
  uint32_t last_serial_ = 0;
  size_t count_ = 0;
  OutQueuePool pool_;
  std::vector<Session*> dirty_, taken_;
  size_t waiting_bytes_ = 0;  // as counted when something was last sent
  uint64_t dropped_ = 0;
};

}  // namespace parley::frontend
