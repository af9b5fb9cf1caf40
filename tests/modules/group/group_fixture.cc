#include "tests/modules/group/group_fixture.h"

#include "common/wire/publication.h"
#include "modules/friend/messages.h"
#include "modules/user/messages.h"

namespace parley::group {
namespace {

template <class Enum>
std::string TextOf(Enum value) {
  for (const auto& [known, name] : NamesOf(value)) {
    if (known == value) return std::string(name);
  }
  return "?";
}

}  // namespace

GroupTest::GroupTest()
    : harness("group", [](module::Host& host) { return std::make_unique<GroupModule>(host, GroupModule::Options{}); }) {
  harness.Stub("user.exists", [this](const Caller&, std::string_view arguments) -> Result<std::string> {
    const auto question = schema::Decode<user::Exists>(arguments).value();
    return schema::Encode(user::ExistsReply{users.contains(question.user.text())});
  });
  harness.Stub("friend.relation", [this](const Caller&, std::string_view arguments) -> Result<std::string> {
    const auto question = schema::Decode<friends::GetRelation>(arguments).value();
    return schema::Encode(friends::RelationReply{false, blocked.contains(question.pair.text())});
  });
  harness.Stub("message.group_change", [this](const Caller&, std::string_view arguments) -> Result<std::string> {
    if (!message_is_there) return Fail(Code::kUnavailable, "not there");
    auto change = schema::Decode<message::GroupChange>(arguments).value();
    // As the message module does: by version, each once.
    const bool is_new = std::ranges::none_of(changes, [&](const message::GroupChange& known) {
      return known.conversation == change.conversation && known.version >= change.version;
    });
    if (is_new) changes.push_back(std::move(change));
    return schema::Encode(message::Nothing{});
  });
}

void GroupTest::Found(std::string_view owner, const std::string& group, Policy policy) {
  REQUIRE(Call(owner, Create{.group = Of(group), .policy = policy}));
}

std::string GroupTest::Enter(std::string_view user, const std::string& group) {
  const auto joined = Call(user, Join{.group = Of(group)});
  REQUIRE(joined);
  return joined->state;
}

void GroupTest::Let(std::string_view by, std::string_view user, const std::string& group) {
  REQUIRE(Call(by, Invite{.group = Of(group), .user = User(user)}));
}

void GroupTest::Promote(std::string_view by, std::string_view user, const std::string& group) {
  REQUIRE(Call(by, SetRole{.group = Of(group), .user = User(user), .role = GivenRole::kAdmin}));
}

void GroupTest::Delete(std::string_view user) {
  users.erase(std::string(user));
  REQUIRE(harness.Call(Harness::AsModule(user), UserGone{User(user)}));
  harness.Settle();
}

std::map<std::string, std::string> GroupTest::MembersOf(const std::string& group, std::string_view seen_by) {
  std::map<std::string, std::string> all;
  Members request{Of(group), {}, 200};
  do {
    const auto page = Call(seen_by, request);
    REQUIRE(page);
    for (const Member& member : page->members) CHECK(all.emplace(member.user.text(), TextOf(member.role)).second);
    request.cursor = page->cursor;
  } while (request.cursor);
  return all;
}

std::optional<std::string> GroupTest::RoleIn(std::string_view user, const std::string& group) {
  const auto info = Call(user, GetInfo{Of(group)});
  REQUIRE(info);
  return info->role ? std::optional(TextOf(*info->role)) : std::nullopt;
}

GroupTest::Names GroupTest::GroupsOf(std::string_view user, int64_t limit) {
  Names names;
  List request{{}, limit};
  do {
    const auto page = Call(user, request);
    REQUIRE(page);
    CHECK(page->groups.size() <= static_cast<size_t>(limit));
    for (const OwnGroup& own : page->groups) names.push_back(own.group.text());
    request.cursor = page->cursor;
  } while (request.cursor);
  return names;
}

GroupTest::Names GroupTest::InvitationsOf(std::string_view user) {
  const auto reply = Call(user, Invitations{});
  REQUIRE(reply);
  Names names;
  for (const Invitation& invitation : reply->groups) names.push_back(invitation.group.text());
  return names;
}

GroupTest::Names GroupTest::Search(std::string prefix, int64_t limit) {
  harness.Settle();
  Names names;
  group::Search request{std::move(prefix), {}, limit};
  do {
    const auto page = Call("erin", request);
    REQUIRE(page);
    for (const group::Found& found : page->groups) names.push_back(found.group.text());
    request.cursor = page->cursor;
  } while (request.cursor);
  return names;
}

int64_t GroupTest::CountOf(const std::string& group, std::string_view seen_by) {
  const auto info = Call(seen_by, GetInfo{Of(group)});
  REQUIRE(info);
  return info->members;
}

GroupTest::Names GroupTest::Told() {
  Names told;
  for (const message::GroupChange& change : changes) {
    std::string text = TextOf(change.event);
    if (change.user) text += " " + change.user->text();
    if (change.role) text += " to " + TextOf(*change.role);
    told.push_back(text + " by " + change.by.text());
  }
  return told;
}

void GroupTest::Gather() {
  harness.Settle();
  std::vector<testing::Published> more = harness.TakePublished();
  std::ranges::move(more, std::back_inserter(published_));
}

GroupTest::Names GroupTest::Heard(std::string_view user) {
  Gather();
  Names heard;
  for (const testing::Published& event : published_) {
    if (!event.Reaches(wire::UserTopic(User(user)))) continue;
    std::string text = event.method.substr(event.method.find('.') + 1);
    if (event.method == HasJoined::kMethod) {
      const auto joined = schema::Decode<HasJoined>(event.body).value();
      text += " " + joined.group.text() + (joined.by ? " by " + joined.by->text() : "");
    } else if (event.method == HasLeft::kMethod) {
      const auto left = schema::Decode<HasLeft>(event.body).value();
      text += " " + left.group.text() + " " + left.reason.value_or("?") + (left.by ? " by " + left.by->text() : "");
    } else if (event.method == WasInvited::kMethod) {
      const auto invited = schema::Decode<WasInvited>(event.body).value();
      text += " " + invited.group.text() + " by " + invited.by.text();
    } else if (event.method == WasRequested::kMethod) {
      const auto requested = schema::Decode<WasRequested>(event.body).value();
      text += " " + requested.group.text() + " of " + requested.user.text() + " " + requested.note.value_or("");
    }
    heard.push_back(text);
  }
  return heard;
}

void GroupTest::Forget() {
  Gather();
  published_.clear();
  changes.clear();
}

}  // namespace parley::group
