// One client's connection as the frontend sees it: who it is, what it has open, what it hears, what waits to be sent to
// it. Knows no socket. Small, because there are many: what only a busy connection needs is allocated while it is busy.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/caller.h"
#include "common/base/slot.h"
#include "common/wire/publication.h"
#include "frontend/inbound.h"
#include "frontend/limits.h"
#include "frontend/out_queue.h"
#include "frontend/wheel.h"

namespace parley::frontend {

struct Session;

// A topic and the sessions that hear it. Each side knows its place in the other's list, so that leaving costs the same
// however many there are.
struct Topic {
  struct Member {
    Session* session;
    uint32_t place;  // in session->topics
  };
  const std::string* name = nullptr;
  std::vector<Member> members;
};

struct Joined {
  Topic* topic;
  uint32_t place;  // in topic->members
  bool own;        // came with an answer to the session itself; else a module that it is attached to had it join
};

// A request that was received and is not answered yet.
struct OpenRequest {
  enum class Kind : uint8_t { kRequest, kNotification, kPing };
  uint32_t msgid = 0;   // of a notification: none
  uint32_t ticket = 0;  // names it within its session
  Kind kind = Kind::kRequest;
  uint16_t method = 0;    // as MethodStats numbers it
  uint32_t since_us = 0;  // when it was asked, modulo 2³²
};

// The answer to a login, kept until the modules have been told of the session.
struct HeldAnswer {
  OpenRequest request;
  std::string result;
  int64_t until_ms = 0;
};

struct Session : Spoke {
  enum class Phase : uint8_t {
    kOpen,
    kClosing,  // nothing is read or pushed any more; what waits to be sent still is
    kOver,     // no longer known here
  };

  uint64_t number = 0;  // never given twice in one life of the process
  Phase phase = Phase::kOver;
  bool admin = false;
  bool half_closed = false;   // the client sends nothing more
  bool address_held = false;  // counted among its address's connections
  bool dirty = false;         // on the list of those with something to send
  bool lost_pushes = false;   // told nothing until the queue is empty, then session.resync
  bool resync_after_attach = false;
  Slot user_slot = 0;
  uint32_t last_ticket = 0;
  User* user = nullptr;  // null: anonymous
  std::string id;        // the session's public id; empty: anonymous
  std::string address;
  int64_t heard_ms = 0;           // last bytes
  int64_t blocked_ms = 0;         // since when the client takes nothing of what waits for it; 0: it does
  int64_t resync_ms = 0;          // when to send session.resync; 0: never
  int64_t closing_ms = 0;         // since when it is closing
  uint64_t last_event = 0;        // the last event that reached it: an event reaches it once
  size_t counted_bytes = 0;       // of its queue, in the sum of all
  std::vector<OpenRequest> open;  // in the order of asking
  std::vector<Joined> topics;
  std::vector<uint32_t> attaching;  // calls to attach routes on their way
  Inbound inbound;
  std::unique_ptr<OutQueue> out;         // null: nothing to send
  std::unique_ptr<HeldAnswer> held;      // while logging in
  std::unique_ptr<wire::Close> leaving;  // what to say once nothing is open any more

  [[nodiscard]] bool is_open() const { return phase == Phase::kOpen; }
  [[nodiscard]] size_t out_bytes() const { return out == nullptr ? 0 : out->bytes(); }
  [[nodiscard]] Access role() const {
    return user == nullptr ? Access::kAnonymous : admin ? Access::kAdmin : Access::kUser;
  }
  [[nodiscard]] bool HasOpen(uint32_t msgid) const {
    for (const OpenRequest& request : open) {
      if (request.msgid == msgid && request.kind != OpenRequest::Kind::kNotification) return true;
    }
    return false;
  }
};

}  // namespace parley::frontend
