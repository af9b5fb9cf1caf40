// Requests on their way: deadlines, and asking again with the same request id when a slot changed hands, when the bus
// came back, or half way to the deadline. Handlers make repeating safe.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/base/now.h"
#include "common/wire/control.h"
#include "common/wire/envelope.h"
#include "common/wire/node.h"

namespace parley::wire {

// The end of a call: an error, or a result. Texts are valid during the call back only.
struct CallReply {
  std::optional<Error> error;
  std::string_view result;      // MessagePack map
  std::string_view directives;  // encoded Directives, or empty
  Epoch epoch = 0;              // of the slot that answered; 0 when the bus or this process answered
};

class CallListener {
 public:
  virtual void OnCallReply(uint64_t tag, const CallReply& reply) = 0;

 protected:
  ~CallListener() = default;
};

class Calls {
 public:
  explicit Calls(Node& node) : node_(node) {}

  // Sends `request` (kind, target and ttl are set here; an empty request id is filled with a random one) and calls
  // `listener` exactly once with `tag`, unless it is forgotten first.
  RequestId Start(Envelope request, int64_t ttl_ms, const Now& now, CallListener& listener, uint64_t tag);
  // What `listener` gave the call of that id; nothing when it is not open, or another's.
  [[nodiscard]] std::optional<uint64_t> TagOf(const RequestId& id, const CallListener& listener) const;
  // The answer is no longer wanted. The request itself may still be carried out.
  void Forget(const RequestId& id) { open_.erase(id); }

  // What the node hears, passed on. True when it was for a call (kReply, kMoved).
  bool OnEnvelope(const Envelope& envelope, const Now& now);
  void OnSlots(const SlotsNotice& notice, const Now& now);
  void OnRegistered(const Now& now);
  // At least every 50 ms.
  void Tick(const Now& now);

  [[nodiscard]] size_t open() const { return open_.size(); }
  [[nodiscard]] uint64_t resent() const { return resent_; }

 private:
  struct Open {
    std::string encoded;  // the whole envelope
    int64_t deadline_ms = 0;
    int64_t resend_ms = 0;     // 0: no more by time
    bool sent = false;         // the last attempt went to a bus
    bool sent_before = false;  // an attempt before the last one did
    // When it was sent the bus had said that nobody serves the slot, and has not taken that back: it waits there, as
    // far as the bus has been heard. Only an answer of the bus proves it.
    bool parked = false;
    CallListener* listener = nullptr;
    uint64_t tag = 0;
  };
  [[nodiscard]] bool IsDown(std::string_view module, Slot slot) const;
  void LookAgain(const RequestId& id, int64_t due_ms);
  void Look(const RequestId& id, const Now& now);
  void Resend(Open& open, const Now& now);
  void Finish(const RequestId& id, const CallReply& reply);

  Node& node_;
  std::unordered_map<RequestId, Open> open_;
  // By time in steps of kDueStepMs: what to look at then. Most are answered long before, and only found missing.
  std::map<int64_t, std::vector<RequestId>> due_;
  // Slots that nobody serves, as the bus has said, by module.
  std::map<std::string, std::array<bool, kSlots>, std::less<>> down_;
  uint64_t resent_ = 0;
};

}  // namespace parley::wire
