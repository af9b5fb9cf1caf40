// Room on users' lists that is held for what is under way, so that many at once do not pass a limit which each of them
// alone keeps. Soft state: who dies takes it along. Knows neither rows nor the limits.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "common/base/handle.h"
#include "common/base/slot.h"
#include "modules/friend/messages.h"

namespace parley::friends {

class Room {
 public:
  static constexpr int64_t kHeldMs = 10'000;

  // Of `used` and `most` on that list of the user. False: no room. Held until Release(), or for kHeldMs.
  [[nodiscard]] bool Hold(const UserHandle& user, const UserHandle& peer, Roll roll, int64_t used, int64_t most,
                          int64_t now_ms);
  // Whatever was held for the peer.
  void Release(const UserHandle& user, const UserHandle& peer);
  void Sweep(int64_t now_ms);
  void ClearSlot(Slot slot);

 private:
  struct Held {
    UserHandle peer;
    Roll roll = Roll::kFriends;
    int64_t until_ms = 0;
  };
  std::unordered_map<UserHandle, std::vector<Held>> users_;
};

}  // namespace parley::friends
