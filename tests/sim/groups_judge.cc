#include "tests/sim/groups_judge.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace parley::sim {
namespace {

using message::GroupEvent;

bool IsComing(GroupEvent event) { return event == GroupEvent::kCreated || event == GroupEvent::kJoined; }
bool IsGoing(GroupEvent event) { return event == GroupEvent::kLeft || event == GroupEvent::kKicked; }

}  // namespace

void GroupsJudge::OnTold(const std::string& group, int64_t seq, const UserHandle& user) {
  told_[{group, seq}].push_back({user, said_.size()});
}

std::optional<std::string> GroupsJudge::Check(const std::string& name, const Found& found) const {
  Members members;
  std::optional<std::string> broken = CheckRecords(found, members);
  if (!broken) broken = CheckSent(name, found);
  if (!broken) broken = CheckSaid(name, members);
  if (!broken) broken = CheckTold(name, members);
  if (!broken) broken = CheckRest(found, members.back());
  if (broken) broken = name + ": " + *broken;
  return broken;
}

std::optional<std::string> GroupsJudge::CheckRecords(const Found& found, Members& members) const {
  Names inside, bodies;
  members = {inside};
  bool dissolved = false;
  for (const auto& [seq, record] : found.records) {
    if (seq != std::ssize(members)) return "the records are not dense";
    if (dissolved) return "a record after the end";
    if (record.happened) {
      const std::string& who = record.happened->user.value_or(record.from).text();
      const GroupEvent event = record.happened->event;
      if (IsComing(event) && !inside.insert(who).second) return "somebody joins twice";
      if (IsGoing(event) && inside.erase(who) == 0) return "somebody leaves who was not there";
      dissolved = event == GroupEvent::kDissolved;
      if (dissolved) inside.clear();
    } else {
      if (!inside.contains(record.from.text())) return "a message of nobody in it";
      if (!bodies.insert(record.body.value_or("")).second) return "a message is there twice";
    }
    members.push_back(inside);
  }
  if (found.group.has_value() == found.records.empty()) return "a group without records, or the other way round";
  if (found.group && found.group->dissolved != dissolved) return "dissolved in one module and not in the other";
  return std::nullopt;
}

std::optional<std::string> GroupsJudge::CheckSent(const std::string& name, const Found& found) const {
  for (const Sent& sent : sent_) {
    if (sent.group != name) continue;
    const auto record = found.records.find(sent.seq);
    if (record == found.records.end() || record->second.body != sent.body || record->second.from != sent.user) {
      return "acknowledged and lost: " + sent.body;
    }
  }
  return std::nullopt;
}

std::optional<std::string> GroupsJudge::CheckSaid(const std::string& name, const Members& members) const {
  for (const Said& said : said_) {
    if (said.group != name) continue;
    bool so = false;
    for (int64_t seq = said.from; seq <= said.to && seq < std::ssize(members); ++seq) {
      so = so || members[static_cast<size_t>(seq)].contains(said.user.text()) == said.member;
    }
    if (so) continue;
    return fmt::format("{} was answered between records {} and {}, and {} was {} all that time", said.method, said.from,
                       said.to, said.user.text(), said.member ? "no member" : "a member");
  }
  return std::nullopt;
}

std::optional<std::string> GroupsJudge::CheckTold(const std::string& name, const Members& members) const {
  for (int64_t seq = 1; seq < std::ssize(members); ++seq) {
    const auto all = told_.find({name, seq});
    if (all == told_.end()) continue;
    for (const Told& told : all->second) {
      if (MayHaveBeenTold(name, members, seq, told)) continue;
      return fmt::format("{} was told of record {}, who was not in it", told.user.text(), seq);
    }
  }
  return std::nullopt;
}

// A record is told to who was in the group before or after it. Who has been put out may be told of more until that is
// answered to anybody: a line that breaks may take along what was said of it, and it is said again before the answer.
bool GroupsJudge::MayHaveBeenTold(const std::string& name, const Members& members, int64_t seq,
                                  const Told& told) const {
  const std::string& user = told.user.text();
  const auto was_in = [&](int64_t at) { return members[static_cast<size_t>(at)].contains(user); };
  if (was_in(seq) || was_in(seq - 1)) return true;
  int64_t out = seq - 1;  // the record that put the user out
  while (out > 0 && !was_in(out - 1)) --out;
  if (out == 0) return false;
  return std::none_of(said_.begin(), said_.begin() + static_cast<ptrdiff_t>(told.said), [&](const Said& said) {
    return said.group == name && said.user == told.user && !said.member && said.from < out && out <= said.to;
  });
}

std::optional<std::string> GroupsJudge::CheckRest(const Found& found, const Names& members) {
  if (!found.group) return std::nullopt;
  Names of_group;
  int owners = 0;
  for (const auto& [user, role] : found.group_roles) {
    of_group.insert(user);
    owners += role == "owner" ? 1 : 0;
  }
  if (!found.group->dissolved && owners != 1) return "not one owner";
  if (!found.group->dissolved && found.group->members != std::ssize(of_group)) return "miscounted";
  if (of_group != members) return "the group's members are not those of the records";
  if (found.group_roles != found.message_roles) return "the message module's members are not the group's";
  if (found.standing != members) return "the group module's lists are not the members'";
  if (found.listed != members) return "the message module's lists are not the members'";
  if (found.heard != members) return "the sessions that hear it are not the members'";
  return std::nullopt;
}

}  // namespace parley::sim
