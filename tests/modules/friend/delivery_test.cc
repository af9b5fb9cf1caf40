// That everybody concerned is told of what a pair decides: before the answer, in order, and also after crashes.
#include <random>

#include "tests/modules/friend/friend_fixture.h"

namespace parley::friends {
namespace {

class DeliveryTest : public FriendTest {
 protected:
  template <class Request>
  RequestId Begin(std::string_view user, const Request& request) {
    const RequestId id = RequestId::Random();
    harness.Send(As(user), Request::kMethod, schema::Encode(request), id);
    harness.Settle();
    return id;
  }

  // What must be so once everything has been told.
  void CheckAgreement() {
    for (const std::string& one : users) {
      for (const std::string& other : users) {
        if (one >= other) continue;
        const std::string pair = one + "~" + other;
        INFO(pair);
        const Pair truth = Truth(pair);
        CheckSide(one, other, truth, truth.request_by_first_ms, truth.request_by_second_ms, truth.block_by_first_ms);
        CheckSide(other, one, truth, truth.request_by_second_ms, truth.request_by_first_ms, truth.block_by_second_ms);
        CHECK((relations.contains(pair) && relations.at(pair).friends) == truth.friends());
        CHECK((relations.contains(pair) && relations.at(pair).blocked) == truth.blocked());
      }
    }
  }

 private:
  void CheckSide(const std::string& own, const std::string& other, const Pair& truth, int64_t asked_by_own,
                 int64_t asked_by_other, int64_t blocked_by_own) {
    const UserHandle user = User(own), peer = User(other);
    CHECK(Stored(own, FriendRow{user, peer}).has_value() == truth.friends());
    CHECK(Stored(own, OutgoingRow{user, peer}).has_value() == (asked_by_own != 0));
    CHECK(Stored(own, IncomingRow{user, peer}).has_value() == (asked_by_other != 0));
    CHECK(Stored(own, BlockRow{user, peer}).has_value() == (blocked_by_own != 0));
    const auto told = friendships.find({own, other});
    CHECK((told != friendships.end() && told->second.on) == truth.friends());
  }
};

TEST_CASE_METHOD(DeliveryTest, "friendship is told to the modules that keep it, for both sides") {
  Befriend("alice", "bob");
  CHECK(relations.at("alice~bob").friends);
  CHECK(friendships.at({"alice", "bob"}).on);
  CHECK(friendships.at({"bob", "alice"}).on);
  REQUIRE(Call("alice", Remove{User("bob")}));
  CHECK_FALSE(relations.at("alice~bob").friends);
  CHECK_FALSE(friendships.at({"alice", "bob"}).on);
  Forbid("bob", "alice");
  CHECK(relations.at("alice~bob").blocked);
  CheckAgreement();
}

TEST_CASE_METHOD(DeliveryTest, "a request concerns nobody but the two") {
  Ask("alice", "bob");
  CHECK(relations_told == 0);
  CHECK(friendships_told == 0);
}

TEST_CASE_METHOD(DeliveryTest, "a block is answered when the message module knows of it") {
  silent.insert("message.relation");
  const RequestId id = Begin("alice", Block{User("bob")});
  harness.Advance(1'000);
  CHECK_FALSE(harness.Answered(id));
  silent.clear();
  CHECK(harness.Await(id).result);
  CHECK(relations.at("alice~bob").blocked);
}

TEST_CASE_METHOD(DeliveryTest, "a block that is so already is answered no sooner than the first") {
  silent.insert("message.relation");
  const RequestId first = Begin("alice", Block{User("bob"), "1"});
  const RequestId again = Begin("alice", Block{User("bob"), "2"});
  harness.Advance(1'000);
  CHECK_FALSE(harness.Answered(first));
  CHECK_FALSE(harness.Answered(again));
  silent.clear();
  CHECK(harness.Await(again).result);
  CHECK(relations.at("alice~bob").blocked);
}

TEST_CASE_METHOD(DeliveryTest, "what could not be told in time is a timeout, and the same id finds it done") {
  silent.insert("message.relation");
  const RequestId id = Begin("alice", Block{User("bob"), "1"});
  harness.Advance(9'000);
  const auto answer = harness.Await(id);
  REQUIRE_FALSE(answer.result);
  CHECK(answer.result.error().code == Code::kTimeout);
  silent.clear();
  CHECK(Call("alice", Block{User("bob"), "1"}));
  CHECK(BlockedBy("alice") == Names{"bob"});
  CheckAgreement();
}

TEST_CASE_METHOD(DeliveryTest, "older news is ignored, the same again is told to sessions again") {
  Befriend("alice", "bob");
  const int64_t version = Truth("alice~bob").version;
  Forget();
  Listed old;
  old.user = User("alice");
  old.peer = User("bob");
  old.version = version - 1;
  old.news = News::kRemoved;
  REQUIRE(Tell(old));
  CHECK(FriendsOf("alice") == Names{"bob"});
  CHECK(Heard("alice").empty());
  Listed same = ViewOf(Of("alice~bob"), Truth("alice~bob"), User("alice"), News::kAccepted);
  REQUIRE(Tell(same));
  CHECK(Heard("alice") == Names{"accepted bob"});
  CHECK(Stored("alice", CountsRow{User("alice")})->friends == 1);
}

TEST_CASE_METHOD(DeliveryTest, "whatever is done, and whenever the worker dies, all agree in the end") {
  const unsigned seed = GENERATE(1U, 2U, 3U, 4U, 5U, 6U);
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const auto below = [&](size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); };
  const Names names(users.begin(), users.end());
  for (int i = 0; i < 300; ++i) {
    const std::string& user = names[below(names.size())];
    const UserHandle other = User(names[below(names.size())]);
    switch (below(9)) {
      case 0:
      case 1:
        Begin(user, Request{other, {}, {}});
        break;
      case 2:
      case 3:
        Begin(user, Accept{other});
        break;
      case 4:
        Begin(user, Remove{other});
        break;
      case 5:
        Begin(user, Block{other});
        break;
      case 6:
        Begin(user, Unblock{other});
        break;
      case 7:
        below(2) == 0 ? Begin(user, Cancel{other}) : Begin(user, Decline{other});
        break;
      case 8:
        if (below(3) == 0) harness.Crash();
        if (below(3) == 0) silent = {"message.relation", "user.friendship"};
        if (below(2) == 0) silent.clear();
        break;
    }
  }
  silent.clear();
  harness.Advance(20'000);
  CheckAgreement();
}

}  // namespace
}  // namespace parley::friends
