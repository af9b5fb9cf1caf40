// A cluster of the user, message and friend modules in one thread, with people who do things about each other while
// workers, the bus and lines die. Two things must hold. What is answered is known to everybody concerned: the lists of
// both sides, the message module and the user module. And once nothing moves any more, all of them agree with the one
// row that is the truth about a pair.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "modules/friend/rows.h"
#include "tests/sim/friends_crowd.h"
#include "tests/sim/network.h"
#include "tests/sim/processes.h"

namespace parley::sim {

class FriendsWorld {
 public:
  explicit FriendsWorld(uint64_t seed, Mutation mutation = Mutation::kNone, int steps = 4'000);

  struct Report {
    std::optional<std::string> broken;  // with the line that runs it again
    size_t done = 0, refused = 0;
    size_t alone = 0;  // of both: nobody else did anything about the two meanwhile, so that the effect is known
  };
  Report Run();

 private:
  // What is known of a pair while somebody does something about it.
  struct Watched {
    int open = 0;        // acts under way
    uint64_t began = 0;  // acts so far
    friends::Pair before;
    uint64_t alone = 0;  // the act that began while there was no other
    // An act that was refused may have left an earlier attempt of itself on its way, which is carried out when it
    // arrives: refusals are not remembered. Until then that is so.
    int64_t murky_until_ms = 0;
  };

  void Step();
  bool Deliver();
  void Pass(int64_t ms);
  void Revive(bool all);
  void Misfortune();
  void Mend();
  [[nodiscard]] bool AtRest() const;
  void Broken(const std::string& rule);

  void OnBegan(const FriendsAct& act);
  void OnEnded(const FriendsAct& act, const std::optional<Error>& error);
  void CheckPair(const Conversation& name, const std::string& when);
  void CheckSide(const Conversation& name, const friends::Pair& truth, const UserHandle& user, const std::string& when);
  // A row of a module, on whichever disk it is.
  template <class Row>
  [[nodiscard]] std::optional<typename Row::Value> Find(const std::string& module, const std::string& key,
                                                        const Row& row) const;

  const uint64_t seed_;
  const int steps_;
  Dice dice_;
  Now now_{1'000'000, 1'700'000'000'000};
  Network network_;
  BusProcess bus_;
  std::vector<std::unique_ptr<WorkerProcess>> workers_;
  std::vector<UserHandle> users_;
  std::unique_ptr<FriendsCrowd> crowd_;
  std::map<Conversation, Watched> watched_;
  std::array<bool, 5> may_{};
  uint64_t misfortunes_ = 0;  // in a thousand steps
  int64_t last_loss_ms_ = 0;  // the last misfortune
  Report report_;
};

}  // namespace parley::sim
