// How much there may be.
#include "common/base/limits.h"

#include "tests/modules/group/group_fixture.h"

namespace parley::group {
namespace {

class LimitsTest : public GroupTest {
 protected:
  // The counts of a user, as if there were so many.
  void Give(std::string_view user, Counts counts) {
    store::Batch batch;
    batch.push_back({store::KeyOf(SlotOf(user), CountsRow{User(user)}), schema::Encode(counts)});
    REQUIRE(harness.disk().Commit(batch));
    harness.Crash();
  }
  void Give(const std::string& name, const Group& group) {
    store::Batch batch;
    batch.push_back({store::KeyOf(SlotOf(name), GroupRow{Of(name)}), schema::Encode(group)});
    REQUIRE(harness.disk().Commit(batch));
    harness.Crash();
  }
};

TEST_CASE_METHOD(LimitsTest, "a user is in 1000 groups and not in one more") {
  Found("alice");
  Found("alice", "#ask", Policy::kRequest);
  REQUIRE(Enter("carol", "#ask") == "requested");
  Give("bob", {limits::kGroupsMax - 1, 0, 0});
  Enter("bob");
  CHECK(Try("bob", Create{Of("#mine")}) == Code::kLimit);
  Give("carol", {limits::kGroupsMax, 0, 1});
  CHECK(Try("carol", Join{Of("#cpp")}) == Code::kLimit);
  CHECK(Try("alice", Approve{Of("#ask"), User("carol")}) == Code::kLimit);
  REQUIRE(Call("bob", Leave{Of("#cpp")}));
  CHECK(Call("bob", Create{Of("#mine")}));
}

TEST_CASE_METHOD(LimitsTest, "a group has 100000 members and not one more") {
  Found("alice");
  Group full;
  full.owner = User("alice");
  full.members = limits::kGroupMembersMax;
  full.version = 1;
  Give("#cpp", full);
  CHECK(Try("bob", Join{Of("#cpp")}) == Code::kLimit);
  CHECK(Enter("alice") == "joined");
}

TEST_CASE_METHOD(LimitsTest, "1000 requests are open and not one more, of a user and of a group") {
  Found("alice", "#ask", Policy::kRequest);
  Give("bob", {0, 0, limits::kOpenRequestsMax});
  CHECK(Try("bob", Join{Of("#ask")}) == Code::kLimit);
  Group busy;
  busy.owner = User("alice");
  busy.policy = Policy::kRequest;
  busy.members = 1;
  busy.requests = limits::kOpenRequestsMax;
  busy.version = 1;
  Give("#ask", busy);
  CHECK(Try("carol", Join{Of("#ask")}) == Code::kLimit);
}

TEST_CASE_METHOD(LimitsTest, "1000 invitations wait for a user and not one more") {
  Found("alice");
  Give("bob", {0, limits::kOpenRequestsMax, 0});
  CHECK(Try("alice", Invite{Of("#cpp"), User("bob")}) == Code::kLimit);
}

TEST_CASE_METHOD(LimitsTest, "what is counted goes up and down with what there is") {
  Found("alice", "#ask", Policy::kRequest);
  Enter("bob", "#ask");
  Let("alice", "bob", "#ask");
  Enter("bob", "#ask");
  const auto counts = [&] {
    const auto bytes = harness.disk().Get(store::KeyOf(SlotOf("bob"), CountsRow{User("bob")}));
    return schema::Decode<Counts>(bytes.value()).value();
  };
  CHECK(counts().groups == 1);
  CHECK(counts().requests == 0);
  CHECK(counts().invitations == 0);
  REQUIRE(Call("bob", Leave{Of("#ask")}));
  CHECK(counts().groups == 0);
}

}  // namespace
}  // namespace parley::group
