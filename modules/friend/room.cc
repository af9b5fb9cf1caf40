#include "modules/friend/room.h"

#include <algorithm>

namespace parley::friends {

bool Room::Hold(const UserHandle& user, const UserHandle& peer, Roll roll, int64_t used, int64_t most, int64_t now_ms) {
  const auto it = users_.find(user);
  int64_t held = 0;
  if (it != users_.end()) {
    std::erase_if(it->second,
                  [&](const Held& h) { return h.until_ms <= now_ms || (h.peer == peer && h.roll == roll); });
    held = std::ranges::count(it->second, roll, &Held::roll);
  }
  if (used + held >= most) return false;
  users_[user].push_back({peer, roll, now_ms + kHeldMs});
  return true;
}

void Room::Release(const UserHandle& user, const UserHandle& peer) {
  const auto it = users_.find(user);
  if (it == users_.end()) return;
  std::erase_if(it->second, [&](const Held& held) { return held.peer == peer; });
  if (it->second.empty()) users_.erase(it);
}

void Room::Sweep(int64_t now_ms) {
  for (auto it = users_.begin(); it != users_.end();) {
    std::erase_if(it->second, [&](const Held& held) { return held.until_ms <= now_ms; });
    it = it->second.empty() ? users_.erase(it) : std::next(it);
  }
}

void Room::ClearSlot(Slot slot) {
  std::erase_if(users_, [&](const auto& entry) { return SlotOf(entry.first.text()) == slot; });
}

}  // namespace parley::friends
