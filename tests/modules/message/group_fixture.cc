#include "tests/modules/message/group_fixture.h"

#include "common/wire/publication.h"

namespace parley::message {

GroupChange GroupTest::Change(GroupEvent event, std::string_view by, std::string_view user, const std::string& group) {
  GroupChange change;
  change.conversation = In(group);
  change.version = ++versions_[group];
  change.event = event;
  change.by = User(by);
  if (!user.empty()) change.user = User(user);
  return change;
}

Result<Nothing> GroupTest::Tell(const GroupChange& change) {
  return harness.Call(Harness::AsModule(change.by.text()), change);
}

void GroupTest::Found(std::string_view owner, const std::string& group) {
  REQUIRE(Tell(Change(GroupEvent::kCreated, owner, {}, group)));
}
void GroupTest::Join(std::string_view user, const std::string& group) {
  REQUIRE(Tell(Change(GroupEvent::kJoined, user, user, group)));
}
void GroupTest::JoinMany(int count, const std::string& group) {
  for (int i = 0; i < count; ++i) Join(fmt::format("user{:04}", i), group);
}
void GroupTest::Leave(std::string_view user, const std::string& group) {
  REQUIRE(Tell(Change(GroupEvent::kLeft, user, user, group)));
}
void GroupTest::Kick(std::string_view by, std::string_view user, const std::string& group) {
  REQUIRE(Tell(Change(GroupEvent::kKicked, by, user, group)));
}
void GroupTest::SetRole(std::string_view by, std::string_view user, Role role, const std::string& group) {
  GroupChange change = Change(GroupEvent::kRole, by, user, group);
  change.role = role;
  REQUIRE(Tell(change));
}
void GroupTest::MuteFor(std::string_view by, std::string_view user, int64_t ms, const std::string& group) {
  GroupChange change = Change(GroupEvent::kMuted, by, user, group);
  change.until_ms = ms == 0 ? 0 : harness.now().wall_ms + ms;
  REQUIRE(Tell(change));
}
void GroupTest::Dissolve(std::string_view by, const std::string& group) {
  REQUIRE(Tell(Change(GroupEvent::kDissolved, by, {}, group)));
}

void GroupTest::Attach(std::string_view user) {
  Listen();
  REQUIRE(Call(user, message::Attach{}));
  std::set<std::string>& topics = topics_[std::string(user)];
  topics.insert(wire::UserTopic(User(user)));
  for (const std::string& topic : harness.directives.unsubscribe) topics.erase(topic);
  for (const std::string& topic : harness.directives.subscribe) topics.insert(topic);
}

void GroupTest::Listen() {
  harness.Settle();
  for (const testing::Published& event : harness.TakePublished()) {
    if (event.method == NewRecord::kMethod) ++records_;
    for (auto& [user, topics] : topics_) {
      const bool reached = std::ranges::any_of(event.head.topics, [&](const auto& t) { return topics.contains(t); });
      if (!reached || (event.except_user && event.user == user)) continue;
      // The one connection is number 1.
      if (event.user == user && event.except.number == 1) continue;
      for (const std::string& topic : event.head.directives.unsubscribe) topics.erase(topic);
      for (const std::string& topic : event.head.directives.subscribe) topics.insert(topic);
      if (!event.method.empty()) heard_.push_back({user, event.method, event.body});
    }
  }
}

std::vector<int64_t> GroupTest::HeardOf(std::string_view user, const std::string& group) {
  std::vector<int64_t> seqs;
  for (const NewRecord& record : EventsOf<NewRecord>(user)) {
    if (record.conversation.text() == group) seqs.push_back(record.seq);
  }
  return seqs;
}

int GroupTest::RecordsPublished() {
  Listen();
  return records_;
}

void GroupTest::Quiet() {
  Listen();
  heard_.clear();
  records_ = 0;
}

std::optional<Code> GroupTest::SendCode(std::string_view user, const std::string& group) {
  static int ids = 0;
  return CodeOf(Call(user, Send{Address::Must(group), "hello", "try-" + std::to_string(++ids)}));
}

int64_t GroupTest::UnreadOf(std::string_view user, const std::string& group) {
  const std::optional<Overview> overview = OverviewOf(user, group);
  REQUIRE(overview);
  return overview->unread;
}

}  // namespace parley::message
