#include "tests/modules/friend/friend_fixture.h"

#include "common/wire/publication.h"

namespace parley::friends {

template <class Request>
void FriendTest::Stub(std::function<typename Request::Reply(const Request&)> answer) {
  const std::string method(Request::kMethod);
  harness.Stub(method, [this, method, answer](const Caller&, std::string_view arguments) -> Result<std::string> {
    if (silent.contains(method)) return Fail(Code::kUnavailable, "away");
    return schema::Encode(answer(schema::Decode<Request>(arguments).value()));
  });
}

FriendTest::FriendTest()
    : harness("friend",
              [](module::Host& host) { return std::make_unique<FriendModule>(host, FriendModule::Options{}); }) {
  Stub<user::Exists>([this](const user::Exists& question) {
    ++exists_asked;
    return user::ExistsReply{users.contains(question.user.text())};
  });
  Stub<user::GetAvailability>([this](const user::GetAvailability& question) {
    user::AvailabilityReply reply;
    for (const UserHandle& user : question.users) {
      CHECK(SlotOf(user.text()) == SlotOf(question.key.text()));
      if (!users.contains(user.text())) continue;
      const auto it = available.find(user.text());
      reply.users.push_back(it == available.end() ? user::Availability{user, false, {}, {}} : it->second);
    }
    return reply;
  });
  Stub<user::Friendship>([this](const user::Friendship& told) {
    ++friendships_told;
    friendships[{told.user.text(), told.other.text()}] = told;
    return user::Done{};
  });
  Stub<message::Relation>([this](const message::Relation& told) {
    ++relations_told;
    relations[told.conversation.text()] = told;
    return message::Nothing{};
  });
}

std::string FriendTest::Ask(std::string_view from, std::string_view to, std::optional<std::string> note) {
  const auto asked = Call(from, Request{User(to), std::move(note), {}});
  REQUIRE(asked);
  return asked->state;
}

void FriendTest::Befriend(std::string_view one, std::string_view other) {
  Ask(one, other);
  REQUIRE(Call(other, Accept{User(one)}));
}

void FriendTest::Delete(std::string_view user) {
  users.erase(std::string(user));
  REQUIRE(Tell(UserGone{User(user)}));
  harness.Settle();
}

Names FriendTest::FriendsOf(std::string_view user) {
  Names names;
  List list;
  do {
    const auto page = Call(user, list);
    REQUIRE(page);
    for (const Friend& one : page->friends) names.push_back(one.user.text());
    list.cursor = page->cursor;
  } while (list.cursor);
  return names;
}

Names FriendTest::Incoming(std::string_view user) {
  Names names;
  const auto reply = Call(user, Requests{}).value();
  for (const OpenRequest& one : reply.incoming) names.push_back(one.user.text());
  return names;
}

Names FriendTest::Outgoing(std::string_view user) {
  Names names;
  const auto reply = Call(user, Requests{}).value();
  for (const OpenRequest& one : reply.outgoing) names.push_back(one.user.text());
  return names;
}

Names FriendTest::BlockedBy(std::string_view user) {
  Names names;
  const auto reply = Call(user, Blocked{}).value();
  for (const BlockedUser& one : reply.users) names.push_back(one.user.text());
  return names;
}

std::optional<Friend> FriendTest::Entry(std::string_view user, std::string_view peer) {
  const auto reply = Call(user, List{}).value();
  for (const Friend& one : reply.friends) {
    if (one.user == User(peer)) return one;
  }
  return std::nullopt;
}

RelationReply FriendTest::RelationOf(std::string_view pair) { return Tell(GetRelation{Of(pair)}).value(); }

void FriendTest::Gather() {
  for (testing::Published& event : harness.TakePublished()) published_.push_back(std::move(event));
}

Names FriendTest::Heard(std::string_view user, uint64_t connection) {
  Gather();
  Names names;
  for (const testing::Published& event : published_) {
    if (event.method.empty() || !event.Reaches(wire::UserTopic(User(user)))) continue;
    if (event.except == As(user, connection).connection) continue;
    const auto told = schema::Decode<WasRequested>(event.body).value();
    names.push_back(event.method.substr(event.method.find('.') + 1) + " " + told.user.text() +
                    (told.note ? ": " + *told.note : ""));
  }
  return names;
}

Names FriendTest::Directed(std::string_view user) {
  Gather();
  Names names;
  for (const testing::Published& event : published_) {
    if (!event.Reaches(wire::UserTopic(User(user)))) continue;
    for (const std::string& topic : event.head.directives.subscribe) names.push_back("+" + topic);
    for (const std::string& topic : event.head.directives.unsubscribe) names.push_back("-" + topic);
  }
  return names;
}

void FriendTest::Forget() {
  Gather();
  published_.clear();
}

}  // namespace parley::friends
