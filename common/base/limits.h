// Every limit of the client contract and of the bus, once. Bytes unless the name says otherwise.
#pragma once

#include <cstddef>
#include <cstdint>

namespace parley::limits {

// The client's wire.
inline constexpr size_t kRequestBytesMax = 64 * 1024;
inline constexpr size_t kResponseBytesMax = 1024 * 1024;
inline constexpr int kDepthMax = 16;
inline constexpr int64_t kIncompleteMs = 30'000;
inline constexpr int64_t kIdleMs = 600'000;
inline constexpr int64_t kAnonymousIdleMs = 30'000;
inline constexpr int kInFlightMax = 256;
inline constexpr int kUserRate = 200;
inline constexpr int kUserBurst = 1'000;

// Arguments.
inline constexpr size_t kUserHandleMin = 2, kUserHandleMax = 32;
inline constexpr size_t kGroupHandleMin = 3, kGroupHandleMax = 50;
inline constexpr size_t kPasswordMin = 8, kPasswordMax = 128;
inline constexpr size_t kBodyMin = 1, kBodyMax = 16'384;
inline constexpr size_t kIdMin = 1, kIdMax = 64;
inline constexpr size_t kNameMax = 64, kAliasMax = 64, kDeviceMax = 64;
inline constexpr size_t kAboutMax = 500, kTopicMax = 500, kReasonMax = 500;
inline constexpr size_t kNoteMax = 200;
inline constexpr size_t kStatusTextMax = 100;
inline constexpr size_t kKindMax = 32, kEmojiMax = 32;
inline constexpr size_t kMentionsMax = 50;
inline constexpr size_t kPrefixMin = 2, kPrefixMax = 64;
inline constexpr size_t kTokenMax = 128, kCursorMax = 512;

// Per user.
inline constexpr int kSessionsMax = 20;
inline constexpr int64_t kFriendsMax = 5'000, kBlocksMax = 5'000;
inline constexpr int64_t kGroupsMax = 1'000;
inline constexpr int64_t kOpenRequestsMax = 1'000;  // each way

// Per group.
inline constexpr int64_t kGroupMembersMax = 100'000;
inline constexpr int64_t kLoudJoinsMax = 500;  // with more members, who joins or leaves is recorded and not pushed

// Pages.
inline constexpr int64_t kPageDefault = 50, kPageMax = 200;

// Requests on the bus.
inline constexpr int64_t kDeadlineMs = 10'000;
inline constexpr size_t kBusMessageBytesMax = 16 * 1024 * 1024;
inline constexpr int64_t kRequestIdKeptMs = 24 * 3600 * 1000LL;

}  // namespace parley::limits
