// What was promised of groups while a cluster lived, and whether what is there in the end keeps it. Knows neither
// processes nor disks: it is told what was answered and pushed, and what was found.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/handle.h"
#include "modules/group/rows.h"
#include "modules/message/rows.h"

namespace parley::sim {

class GroupsJudge {
 public:
  using Names = std::set<std::string>;

  // A message was acknowledged.
  struct Sent {
    std::string group, body;
    UserHandle user;
    int64_t seq = 0;
  };
  // An answer said that somebody is a member, or is none: that was so after one of the records from `from`, the last
  // one when it was asked, to `to`, the last one when it was answered.
  struct Said {
    std::string group, method;
    UserHandle user;
    bool member = false;
    int64_t from = 0, to = 0;
  };
  // A group, once everything is at rest.
  struct Found {
    std::optional<group::Group> group;
    std::map<std::string, std::string> group_roles, message_roles;  // by user, as each module has them
    Names standing, listed;  // who has it on the group module's list, and on the message module's
    Names heard;             // whose session hears it
    std::map<int64_t, message::Stored> records;
  };

  void OnSent(Sent sent) { sent_.push_back(std::move(sent)); }
  void OnSaid(Said said) { said_.push_back(std::move(said)); }
  // A session of the user was told of a record.
  void OnTold(const std::string& group, int64_t seq, const UserHandle& user);

  // The rule that is broken, if one is.
  [[nodiscard]] std::optional<std::string> Check(const std::string& name, const Found& found) const;

 private:
  // Who was a member after each record, at [seq]; at first nobody.
  using Members = std::vector<Names>;
  struct Told {
    UserHandle user;
    size_t said = 0;  // answers had been given until then
  };

  [[nodiscard]] std::optional<std::string> CheckRecords(const Found& found, Members& members) const;
  [[nodiscard]] std::optional<std::string> CheckSent(const std::string& name, const Found& found) const;
  [[nodiscard]] std::optional<std::string> CheckSaid(const std::string& name, const Members& members) const;
  [[nodiscard]] std::optional<std::string> CheckTold(const std::string& name, const Members& members) const;
  [[nodiscard]] bool MayHaveBeenTold(const std::string& name, const Members& members, int64_t seq,
                                     const Told& told) const;
  [[nodiscard]] static std::optional<std::string> CheckRest(const Found& found, const Names& members);

  std::vector<Sent> sent_;
  std::vector<Said> said_;
  std::map<std::pair<std::string, int64_t>, std::vector<Told>> told_;  // by group and seq
};

}  // namespace parley::sim
