#include "modules/user/leavers.h"

namespace parley::user {

void Leavers::Forget(Slot slot) {
  std::erase_if(users_, [&](const auto& entry) { return SlotOf(entry.first.text()) == slot; });
  slots_[slot] = 0;
}

void Leavers::Forgot(Slot slot, int64_t now_ms) {
  Forget(slot);
  slots_[slot] = now_ms + kReturnMs;
}

std::vector<UserHandle> Leavers::TakeDue(int64_t now_ms) {
  std::vector<UserHandle> due;
  std::erase_if(users_, [&](const auto& entry) {
    if (entry.second > now_ms) return false;
    due.push_back(entry.first);
    return true;
  });
  return due;
}

std::vector<Slot> Leavers::TakeDueSlots(int64_t now_ms, size_t most) {
  std::vector<Slot> due;
  for (int i = 0; i < kSlots && due.size() < most; ++i) {
    const auto slot = static_cast<Slot>(i);
    if (slots_[slot] == 0 || slots_[slot] > now_ms) continue;
    slots_[slot] = 0;
    due.push_back(slot);
  }
  return due;
}

}  // namespace parley::user
