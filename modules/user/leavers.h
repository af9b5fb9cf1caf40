// Who may be about to go offline. Nobody is said to be offline the moment the last connection ends: whoever is back
// within a grace was never away, so that a reconnect, or a frontend that dies with all its connections, tells nobody
// anything. Soft state; knows neither rows nor who is connected.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "common/base/handle.h"
#include "common/base/slot.h"

namespace parley::user {

class Leavers {
 public:
  static constexpr int64_t kGraceMs = 5'000;
  // A slot whose connections were forgotten (it is new here, or the bus is): until then frontends tell them again.
  static constexpr int64_t kReturnMs = 10'000;

  // The last connection ended.
  void Left(const UserHandle& user, int64_t now_ms) { users_[user] = now_ms + kGraceMs; }
  void CameBack(const UserHandle& user) { users_.erase(user); }
  [[nodiscard]] bool IsLeaving(const UserHandle& user) const { return users_.contains(user); }
  void Forget(Slot slot);
  void Forgot(Slot slot, int64_t now_ms);

  // Whose grace is over; they are forgotten here.
  [[nodiscard]] std::vector<UserHandle> TakeDue(int64_t now_ms);
  // Slots in which all who were online and have no connection by now are gone. At most `most`.
  [[nodiscard]] std::vector<Slot> TakeDueSlots(int64_t now_ms, size_t most);

 private:
  std::unordered_map<UserHandle, int64_t> users_;  // until when
  std::array<int64_t, kSlots> slots_{};            // until when; 0: nothing to look after
};

}  // namespace parley::user
