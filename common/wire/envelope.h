// The one shape in which everything travels on the bus. The bus reads this header and never a body.
//
// Bytes, integers little-endian. A ZeroMQ message is a batch: envelopes back to back.
//
//    0  u32  length of the whole envelope, these four bytes included
//    4  u8   version (1)
//    5  u8   kind                     6  u8  lane                7  u8  flags
//    8  u8   slot                     9  u8  caller's role      10  u8  error code (0: none)
//   11  u8   length of module        12  u8  of method          13  u8  of user
//   14  u8   of session              15  u8  of address
//   16  u64  epoch
//   24  u64  request id, high        32  u64 request id, low
//   40  u64  source node             48  u64 target node
//   56  u64  connection
//   64  u32  time to live, ms        68  u32 length of extra
//   72  module, method, user, session, address, extra; the body is the rest
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/caller.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/slot.h"

namespace parley::wire {

inline constexpr uint8_t kEnvelopeVersion = 1;
inline constexpr size_t kHeaderBytes = 72;

// Wire-stable. Append only. Bodies of all but request, reply and event are declared in control.h.
enum class Kind : uint8_t {
  kRegister = 1,  // node → bus: who I am and what I serve; repeated until welcomed
  kWelcome,       // bus → node: you are registered
  kRefused,       // bus → node: you may not register, and why
  kUnknown,       // bus → node: I do not know you (the bus restarted, or gave you up): register again
  kHeartbeat,     // both ways; a node's own carries its Figures now and then (figures.h)
  kLeaving,       // node → bus: send me nothing new; I finish what I have. The bus sends it back once that is so
  kAssign,        // bus → worker: the slots you are primary of, with their epochs
  kSlots,         // bus → nodes: slots whose primary changed
  kRoutes,        // bus → frontends: the route tables of all modules
  kSubscribe,     // frontend → bus: topics that my sessions hear
  kUnsubscribe,   // frontend → bus
  kNodeGone,      // bus → workers: a frontend is gone, and its connections with it
  kDropped,       // bus → frontend: events for you were dropped; tell your clients to resync
  kRequest,       // caller → bus → worker, by (module, slot)
  kReply,         // worker → bus → caller, by target node; code 0 and a result, or a code and a message as body
  kMoved,         // worker → bus → caller: not my slot, nothing was done (but see kBegun); ask again
  kPublish,       // worker → bus: an event for topics (publication.h)
  kEvent,         // bus → frontend: the same, once per interested frontend
  kDrain,         // bus → frontend: send your clients elsewhere and take none; or, be as usual again
  // Slots that change hands (control.h, MoveStep and SlotPart).
  kEvacuate,  // worker → bus: I want to leave; move my slots to others first
  kNobody,    // bus → worker: there is nobody to take your slots
  kCopy,      // bus → worker: copy this slot from its primary
  kPull,      // worker → bus → worker, by target: give me a part of it
  kPart,      // worker → bus → worker, by target: the part
  kCaughtUp,  // worker → bus: hardly anything is missing
  kRelease,   // bus → worker: nothing comes for this slot after this; give the rest of it away
  kResume,    // bus → worker: the move is off; serve the slot again
  kTaken,     // worker → bus: all of it is durable here
  kCopyEnd,   // bus → worker: the move is off; worker → bus: it can't be done
  kHop,       // bus, or worker → bus, → caller, by target: what happened to a traced request (trace.h)
};
inline constexpr Kind kKindLast = Kind::kHop;

enum class Lane : uint8_t {
  kRealtime = 0,  // served first
  kBackground,    // shed first
  kInternal,      // modules' calls to each other: bounded by their callers, so they bypass the window (no deadlock)
};

enum Flag : uint8_t {
  kResent = 1,      // request: may have been delivered before
  kNotify = 2,      // request: the client does not want the answer
  kDroppable = 4,   // event: typing and presence, which a slow client may miss
  kExceptUser = 8,  // event: not to the sessions of `user`
  kBegun = 16,      // moved: something of it may have been done
  kTraced = 32,     // request, and its reply: its caller wants to be told of each hop
};

// Texts refer to the bytes it was read from, or to whatever its maker keeps alive until it is appended.
struct Envelope {
  Kind kind = Kind::kHeartbeat;
  Lane lane = Lane::kRealtime;
  uint8_t flags = 0;
  Slot slot = 0;
  Access role = Access::kAnonymous;
  uint8_t code = 0;
  Epoch epoch = 0;
  RequestId request;
  NodeId source;            // stamped by the bus
  NodeId target;            // reply, moved: whom it is for. event: the node of the excepted connection
  uint64_t connection = 0;  // request: the client's, as `source` numbers it. event: the excepted one; 0: none
  uint32_t ttl_ms = 0;      // request: what is left until the caller's deadline
  std::string_view module;
  std::string_view method;   // request; event: the client's notification
  std::string_view user;     // request: the caller. event: who caused it
  std::string_view session;  // request: the caller's
  std::string_view address;  // request: the caller's
  std::string_view extra;    // reply: encoded Directives or empty. publish, event: a Publication's head
  std::string_view body;     // MessagePack
};

// Appends the envelope to a batch. CHECKs that texts fit their length bytes.
void Append(std::string& batch, const Envelope& envelope);
[[nodiscard]] size_t EncodedBytes(const Envelope& envelope);

// Reads a batch, envelope by envelope. Malformed bytes end it: `malformed()` is then true.
class BatchReader {
 public:
  explicit BatchReader(std::string_view batch) : rest_(batch) {}
  // Nothing at the end, or where bytes are malformed.
  std::optional<Envelope> Next();
  // The bytes of the envelope that Next() gave last.
  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  [[nodiscard]] bool malformed() const { return malformed_; }

 private:
  std::string_view rest_, bytes_;
  bool malformed_ = false;
};

// Takes whole envelopes from the front: as many as fit `bytes_max` together, but at least one. CHECKs that they are
// whole.
[[nodiscard]] std::string_view TakeEnvelopes(std::string_view& envelopes, size_t bytes_max);

// Of one whole encoded envelope.
[[nodiscard]] uint8_t FlagsOf(std::string_view envelope);

// Fields that the bus stamps on an envelope it passes on, in place. `envelope` is one whole encoded envelope.
void StampSource(char* envelope, NodeId source);
void StampEpoch(char* envelope, Epoch epoch);
void StampTtl(char* envelope, uint32_t ttl_ms);
void StampKind(char* envelope, Kind kind);

[[nodiscard]] Caller CallerOf(const Envelope& request);

}  // namespace parley::wire
