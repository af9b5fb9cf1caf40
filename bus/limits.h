// What the bus holds at most. Beyond each of these somebody gets an error at once, or a drop is counted and told.
#pragma once

#include <cstddef>
#include <cstdint>

namespace parley::bus {

inline constexpr size_t kPeersMax = 4096;
inline constexpr size_t kModulesMax = 256;
inline constexpr size_t kRoutesMax = 1000;  // of one module
inline constexpr size_t kTopicsPerPeerMax = 4'000'000;
inline constexpr size_t kStrangersMax = 1024;  // told in one turn that they are unknown
inline constexpr int64_t kTtlMaxMs = 10 * 60 * 1000;

// Waiting to be sent to one peer that does not keep up.
inline constexpr size_t kBatchBytes = 256 * 1024;  // one message, unless a single envelope is larger
inline constexpr size_t kPipeBytesMax = 64 * 1024 * 1024;
inline constexpr size_t kPipeEventBytesMax = 16 * 1024 * 1024;     // events are dropped beyond this …
inline constexpr size_t kPipeDroppableBytesMax = 4 * 1024 * 1024;  // … and those that may be missed beyond this
inline constexpr int64_t kPipeStuckMs = 30'000;                    // a peer that takes nothing for so long is given up

inline constexpr size_t kFiguresBytesMax = 64 * 1024;  // what is kept of a node's own figures
inline constexpr size_t kNodesReplyBytesMax = 8 * 1024 * 1024;

// One worker's requests: asked and not answered, where its registration does not say …
inline constexpr int64_t kWindowRequests = 4096;
inline constexpr int64_t kWindowBytes = 16 * 1024 * 1024;
// … of modules' calls to each other, which the window does not hold back …
inline constexpr int64_t kInternalRequestsMax = 65'536;
inline constexpr int64_t kInternalBytesMax = 64 * 1024 * 1024;
// … and waiting for the window.
inline constexpr size_t kLaneRequestsMax = 8192;
inline constexpr size_t kLaneBytesMax = 32 * 1024 * 1024;

// Waiting for a primary, all modules together.
inline constexpr size_t kParkedRequestsMax = 65'536;
inline constexpr size_t kParkedBytesMax = 128 * 1024 * 1024;

// Times.
inline constexpr int64_t kTickMs = 50;
inline constexpr int64_t kHeartbeatMs = 500;
inline constexpr int64_t kSilentMs = 3'000;       // a node not heard for so long is suspended
inline constexpr int64_t kProbeMs = 400;          // see Membership: two processes of one name
inline constexpr int64_t kAnswerGraceMs = 2'000;  // after its deadline a request no longer counts as outstanding

}  // namespace parley::bus
