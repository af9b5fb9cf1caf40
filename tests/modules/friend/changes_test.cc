// What users do about each other, with its answers and what is told.
#include "tests/modules/friend/friend_fixture.h"

namespace parley::friends {
namespace {

TEST_CASE_METHOD(FriendTest, "a request is on both sides' lists, and the one who is asked hears of it") {
  CHECK(Ask("alice", "bob", "it's me") == "requested");
  CHECK(Outgoing("alice") == Names{"bob"});
  CHECK(Incoming("bob") == Names{"alice"});
  CHECK(Call("bob", Requests{})->incoming.at(0).note == "it's me");
  CHECK(Call("alice", Requests{})->outgoing.at(0).time_ms == Call("bob", Requests{})->incoming.at(0).time_ms);
  CHECK(Heard("bob") == Names{"requested alice: it's me"});
  CHECK(Heard("alice", 2).empty());
  CHECK(FriendsOf("alice").empty());
}

TEST_CASE_METHOD(FriendTest, "accepting makes both friends, and tells both, but not the connection that accepts") {
  Ask("alice", "bob");
  Forget();
  REQUIRE(Call("bob", Accept{User("alice")}));
  CHECK(FriendsOf("alice") == Names{"bob"});
  CHECK(FriendsOf("bob") == Names{"alice"});
  CHECK(Incoming("bob").empty());
  CHECK(Outgoing("alice").empty());
  CHECK(Heard("alice") == Names{"accepted bob"});
  CHECK(Heard("bob", 2) == Names{"accepted alice"});
  CHECK(Heard("bob", 1).empty());
  CHECK(Directed("alice") == Names{"+presence:bob"});
  CHECK(Directed("bob") == Names{"+presence:alice"});
  CHECK(Entry("alice", "bob")->since_ms == Entry("bob", "alice")->since_ms);
}

TEST_CASE_METHOD(FriendTest, "asking back makes both friends") {
  Ask("alice", "bob");
  Forget();
  CHECK(Ask("bob", "alice") == "accepted");
  CHECK(FriendsOf("alice") == Names{"bob"});
  CHECK(FriendsOf("bob") == Names{"alice"});
  CHECK(Heard("alice") == Names{"accepted bob"});
}

TEST_CASE_METHOD(FriendTest, "two who ask each other at the same moment are friends") {
  const RequestId one = RequestId::Random(), other = RequestId::Random();
  harness.Send(As("alice"), Request::kMethod, schema::Encode(Request{User("bob"), {}, {}}), one);
  harness.Send(As("bob"), Request::kMethod, schema::Encode(Request{User("alice"), {}, {}}), other);
  const auto state = [&](RequestId id) { return schema::Decode<Requested>(*harness.Await(id).result).value().state; };
  CHECK(std::set{state(one), state(other)} == std::set<std::string>{"requested", "accepted"});
  CHECK(FriendsOf("alice") == Names{"bob"});
  CHECK(FriendsOf("bob") == Names{"alice"});
}

TEST_CASE_METHOD(FriendTest, "what is so already succeeds quietly") {
  Ask("alice", "bob", "first");
  Forget();
  CHECK(Ask("alice", "bob", "second") == "requested");
  CHECK(Call("bob", Requests{})->incoming.at(0).note == "first");
  CHECK(Heard("bob").empty());
  REQUIRE(Call("bob", Accept{User("alice")}));
  Forget();
  CHECK(Call("bob", Accept{User("alice")}));
  CHECK(Call("alice", Accept{User("bob")}));
  CHECK(Ask("alice", "bob") == "accepted");
  CHECK(Ask("bob", "alice") == "accepted");
  REQUIRE(Call("alice", Remove{User("bob")}));
  Forget();
  CHECK(Call("alice", Remove{User("bob")}));
  CHECK(Call("bob", Remove{User("alice")}));
  CHECK(Call("alice", Remove{User("carol")}));
  CHECK(Call("alice", Unblock{User("carol")}));
  Forbid("alice", "bob");
  Forbid("alice", "bob");
  CHECK(Heard("alice", 2).empty());
  CHECK(Heard("bob", 2).empty());
}

TEST_CASE_METHOD(FriendTest, "a request that is not there can be neither accepted, declined nor cancelled") {
  const auto none = [&](std::string_view user, std::string_view other) {
    CHECK(CodeOf(Call(user, Accept{User(other)})) == Code::kNotFound);
    CHECK(CodeOf(Call(user, Decline{User(other)})) == Code::kNotFound);
    CHECK(CodeOf(Call(user, Cancel{User(other)})) == Code::kNotFound);
  };
  none("alice", "bob");
  Ask("alice", "bob");
  CHECK(CodeOf(Call("alice", Accept{User("bob")})) == Code::kNotFound);  // one's own
  CHECK(CodeOf(Call("alice", Decline{User("bob")})) == Code::kNotFound);
  CHECK(CodeOf(Call("bob", Cancel{User("alice")})) == Code::kNotFound);
  REQUIRE(Call("bob", Decline{User("alice")}));
  none("alice", "bob");
  none("bob", "alice");
}

TEST_CASE_METHOD(FriendTest, "a decline is told to nobody, and one may ask again") {
  Ask("alice", "bob");
  Forget();
  REQUIRE(Call("bob", Decline{User("alice")}));
  CHECK(Heard("alice", 2).empty());
  CHECK(Heard("bob", 2).empty());
  CHECK(Outgoing("alice").empty());
  CHECK(Incoming("bob").empty());
  CHECK(Ask("alice", "bob") == "requested");
}

TEST_CASE_METHOD(FriendTest, "who was asked hears that a request is taken back") {
  Ask("alice", "bob");
  Forget();
  REQUIRE(Call("alice", Cancel{User("bob")}));
  CHECK(Heard("bob") == Names{"cancelled alice"});
  CHECK(Heard("alice", 2).empty());
  CHECK(Incoming("bob").empty());
}

TEST_CASE_METHOD(FriendTest, "removing ends it on both sides, tells both, and nobody hears the other's presence") {
  Befriend("alice", "bob");
  Forget();
  REQUIRE(Call("alice", Remove{User("bob")}));
  CHECK(FriendsOf("alice").empty());
  CHECK(FriendsOf("bob").empty());
  CHECK(Heard("bob") == Names{"removed alice"});
  CHECK(Heard("alice", 2) == Names{"removed bob"});
  CHECK(Heard("alice", 1).empty());
  CHECK(Directed("alice") == Names{"-presence:bob"});
  CHECK(Directed("bob") == Names{"-presence:alice"});
  CHECK_FALSE(RelationOf("alice~bob").friends);
}

TEST_CASE_METHOD(FriendTest, "a block ends friendship, and forbids requests both ways until it is lifted") {
  Befriend("alice", "bob");
  Forget();
  Forbid("alice", "bob");
  CHECK(FriendsOf("alice").empty());
  CHECK(FriendsOf("bob").empty());
  CHECK(BlockedBy("alice") == Names{"bob"});
  CHECK(BlockedBy("bob").empty());
  CHECK(Heard("bob") == Names{"removed alice"});
  CHECK(Heard("alice", 2) == Names{"removed bob"});
  CHECK(CodeOf(Call("bob", Request{User("alice"), {}, {}})) == Code::kForbidden);
  CHECK(CodeOf(Call("alice", Request{User("bob"), {}, {}})) == Code::kForbidden);
  CHECK(RelationOf("alice~bob").blocked);
  CHECK(Call("bob", Unblock{User("alice")}));  // not his to lift
  CHECK(RelationOf("alice~bob").blocked);
  Forbid("bob", "alice");
  REQUIRE(Call("alice", Unblock{User("bob")}));
  CHECK(RelationOf("alice~bob").blocked);
  REQUIRE(Call("bob", Unblock{User("alice")}));
  CHECK_FALSE(RelationOf("alice~bob").blocked);
  CHECK(Ask("bob", "alice") == "requested");
}

TEST_CASE_METHOD(FriendTest,
                 "a block by who was asked is told as little as a decline; by who asked it takes the request back") {
  Ask("alice", "bob");
  Forget();
  Forbid("bob", "alice");
  CHECK(Heard("alice", 2).empty());
  CHECK(Heard("bob", 2).empty());
  CHECK(Outgoing("alice").empty());
  Ask("carol", "dave");
  Forget();
  Forbid("carol", "dave");
  CHECK(Heard("dave") == Names{"cancelled carol"});
  CHECK(Incoming("dave").empty());
}

TEST_CASE_METHOD(FriendTest, "nobody is their own friend, and nobody is somebody") {
  const auto refused = [&](std::string_view other, Code code) {
    CHECK(CodeOf(Call("alice", Request{User(other), {}, {}})) == code);
    CHECK(CodeOf(Call("alice", Accept{User(other)})) == code);
    CHECK(CodeOf(Call("alice", Decline{User(other)})) == code);
    CHECK(CodeOf(Call("alice", Cancel{User(other)})) == code);
    CHECK(CodeOf(Call("alice", Remove{User(other)})) == code);
    CHECK(CodeOf(Call("alice", Block{User(other)})) == code);
    CHECK(CodeOf(Call("alice", Unblock{User(other)})) == code);
    CHECK(CodeOf(Call("alice", SetAlias{User(other), "me", {}})) == code);
  };
  refused("alice", Code::kBadRequest);
  refused("nobody", Code::kNotFound);
}

TEST_CASE_METHOD(FriendTest, "arguments have bounds") {
  CHECK(CodeOf(Call("alice", Request{User("bob"), std::string(201, 'n'), {}})) == Code::kLimit);
  CHECK(CodeOf(Call("alice", Request{User("bob"), {}, ""})) == Code::kBadRequest);
  CHECK(CodeOf(Call("alice", Request{User("bob"), {}, std::string(65, 'i')})) == Code::kLimit);
  CHECK(CodeOf(Call("alice", List{{}, 0})) == Code::kBadRequest);
  CHECK(CodeOf(Call("alice", List{"nonsense", 50})) == Code::kBadRequest);
}

TEST_CASE_METHOD(FriendTest, "the same id is the same request: once, with the same result, also after a restart") {
  const Request asks{User("bob"), "note", "id-1"};
  CHECK(Call("alice", asks)->state == "requested");
  REQUIRE(Call("bob", Accept{User("alice"), "id-1"}));  // another's ids are another's
  CHECK(Call("alice", asks)->state == "requested");     // as it was
  harness.Crash();
  CHECK(Call("alice", asks)->state == "requested");
  REQUIRE(Call("alice", Remove{User("bob"), "id-2"}));
  CHECK(Call("alice", asks)->state == "requested");
  CHECK(Outgoing("alice").empty());  // and no second effect
  CHECK(Call("alice", Remove{User("bob"), "id-2"}));
}

TEST_CASE_METHOD(FriendTest, "an id belongs to the account: another user or method under it is a conflict") {
  REQUIRE(Call("alice", Request{User("bob"), {}, "id-1"}));
  CHECK(CodeOf(Call("alice", Request{User("carol"), {}, "id-1"})) == Code::kConflict);
  CHECK(CodeOf(Call("alice", Request{User("bob"), "note", "id-1"})) == Code::kConflict);
  CHECK(CodeOf(Call("alice", Block{User("bob"), "id-1"})) == Code::kConflict);
  CHECK(CodeOf(Call("alice", SetAlias{User("bob"), "b", "id-1"})) == Code::kConflict);
  CHECK(Outgoing("alice") == Names{"bob"});
}

TEST_CASE_METHOD(FriendTest, "an error is not remembered under its id") {
  CHECK(CodeOf(Call("alice", Decline{User("bob"), "id-1"})) == Code::kNotFound);
  Ask("bob", "alice");
  CHECK(Call("alice", Decline{User("bob"), "id-1"}));
  CHECK(Incoming("alice").empty());
}

TEST_CASE_METHOD(FriendTest, "what the pair did is known again when the caller's slot died before its answer") {
  Ask("bob", "alice");
  // Nothing can be told to the message module: the decline is decided, and its answer is held back.
  silent.insert("message.relation");
  const RequestId id = RequestId::Random();
  harness.Send(As("alice"), Accept::kMethod, schema::Encode(Accept{User("bob"), "id-1"}), id);
  harness.Settle();
  CHECK_FALSE(harness.Answered(id));
  CHECK(Truth("alice~bob").friends());
  harness.Crash();
  silent.clear();
  REQUIRE(Call("alice", Accept{User("bob"), "id-1"}));
  CHECK(FriendsOf("bob") == Names{"alice"});
  CHECK(relations.at("alice~bob").friends);
}

}  // namespace
}  // namespace parley::friends
