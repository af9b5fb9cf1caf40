// A cluster whose users come and go in groups, write there, put each other out and dissolve what they own, while
// workers, the bus, frontends and lines fail. The rules: what the group module's rows, its users' lists, the message
// module's members and lists, and the records say is the same once all is mended; nobody writes who was out; whatever
// was acknowledged is there, once; no session hears a group that its user has left.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/groups_frontend.h"
#include "tests/sim/groups_judge.h"
#include "tests/sim/network.h"
#include "tests/sim/processes.h"
#include "tests/sim/world.h"

namespace parley::sim {

class GroupsWorld {
 public:
  explicit GroupsWorld(const Scenario& scenario);
  Report Run();

 private:
  struct Asked {
    UserHandle user;
    std::string method;
    std::string arguments;  // with an id, so that asking again is the same
    std::string group;
    std::string body;                 // of a message
    std::optional<UserHandle> other;  // to whom it is done, where not to who asks
    int64_t head = 0;                 // of the group's records, when it was asked
  };
  void Step();
  void Act();
  void AskNew(Asked asked);
  void AskAgain();
  void OnAnswer(uint64_t tag, const Result<std::string>& result);
  void NoteAnswer(const Asked& asked, const Result<std::string>& result);
  void OnTold(const UserHandle& user, std::string_view method, std::string_view body);
  bool DeliverToBus();
  bool DeliverToNode();
  void Pass(int64_t ms);
  void Revive(bool all);
  void Misfortune();
  void Mend();
  [[nodiscard]] bool AtRest() const;
  void Check();
  [[nodiscard]] GroupsJudge::Found FindAll(const std::string& name) const;
  [[nodiscard]] int64_t HeadOf(const std::string& group) const;
  void Broken(const std::string& rule);
  void Note(const std::string& what) const;
  template <class Row, class Fn>
  void ForEach(const std::string& module, Fn fn) const;
  [[nodiscard]] bool Runs(int64_t paused_until_ms) const { return now_.mono_ms >= paused_until_ms; }

  const Scenario scenario_;
  Dice dice_;
  Now now_{1'000'000, 1'700'000'000'000};
  uint64_t fingerprint_ = 0;
  std::optional<std::string> broken_;
  Network network_;
  BusProcess bus_;
  std::vector<std::unique_ptr<WorkerProcess>> workers_;
  std::unique_ptr<GroupFrontend> frontend_;
  std::vector<UserHandle> users_;
  std::vector<std::string> groups_;
  std::map<std::string, UserHandle> owners_;  // who created which group
  std::map<uint64_t, Asked> open_;            // asked, without an answer that says what became of it
  std::set<uint64_t> waiting_;                // of those: to be asked again
  GroupsJudge judge_;
  uint64_t last_tag_ = 0;
  size_t acknowledged_ = 0;
  std::array<bool, 6> may_{};
  uint64_t misfortunes_ = 0;  // in a thousand steps
};

}  // namespace parley::sim
