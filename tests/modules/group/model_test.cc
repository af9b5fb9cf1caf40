// Random operations by a few users on a few groups, with crashes in between. Whatever happens: the groups' rows, the
// users' lists and what the message module was told say the same, and no group is without its one owner.
#include <random>

#include "tests/modules/group/group_fixture.h"

namespace parley::group {
namespace {

class ModelTest : public GroupTest {
 protected:
  int64_t Random(int64_t high) { return std::uniform_int_distribution<int64_t>(0, high)(random); }
  UserHandle Any() { return User(kUsers[static_cast<size_t>(Random(std::ssize(kUsers) - 1))]); }

  void One() {
    const std::string user = Any().text();
    const GroupHandle group = Of(kGroups[static_cast<size_t>(Random(std::ssize(kGroups) - 1))]);
    const UserHandle other = Any();
    const int64_t later = harness.now().wall_ms + 10'000;
    switch (Random(15)) {
      case 0:
        return Do(user, Create{.group = group, .policy = static_cast<Policy>(Random(2))});
      case 1:
      case 2:
      case 3:
        return Do(user, Join{.group = group});
      case 4:
        return Do(user, Leave{.group = group});
      case 5:
      case 6:
        return Do(user, Invite{.group = group, .user = other});
      case 7:
        return Do(user, Approve{.group = group, .user = other});
      case 8:
        return Do(user, Reject{.group = group, .user = other});
      case 9:
        return Do(user, Kick{.group = group, .user = other, .ban = Random(2) == 0});
      case 10:
        return Do(user, Unban{.group = group, .user = other});
      case 11:
        return Do(user, SetRole{.group = group, .user = other, .role = static_cast<GivenRole>(Random(1))});
      case 12:
        return Do(user, Transfer{.group = group, .user = other});
      case 13:
        return Do(user, Mute{.group = group, .user = other, .until_ms = Random(1) == 0 ? 0 : later});
      case 14:
        return Do(user, Update{.group = group, .policy = static_cast<Policy>(Random(2))});
      default:
        if (Random(9) == 0) Do(user, Dissolve{.group = group});
    }
  }

  template <class Request>
  void Do(const std::string& user, const Request& request) {
    const auto result = Call(user, request);
    if (!result) CHECK(result.error().code != Code::kInternal);
  }

  // What is told, read back.
  struct Replayed {
    std::map<std::string, std::string> members;
    bool dissolved = false;
  };
  std::map<std::string, Replayed> Replay() {
    std::map<std::string, Replayed> groups;
    for (const message::GroupChange& change : changes) {
      Replayed& group = groups[change.conversation.text()];
      const std::string who = change.user.value_or(change.by).text();
      switch (change.event) {
        case message::GroupEvent::kCreated:
          group.members[who] = "owner";
          break;
        case message::GroupEvent::kJoined:
          CHECK(group.members.emplace(who, "member").second);
          break;
        case message::GroupEvent::kLeft:
        case message::GroupEvent::kKicked:
          CHECK(group.members.erase(who) == 1);
          break;
        case message::GroupEvent::kRole:
          group.members[who] = change.role == message::Role::kAdmin ? "admin" : "member";
          break;
        case message::GroupEvent::kTransferred:
          group.members[change.by.text()] = "admin";
          group.members[who] = "owner";
          break;
        case message::GroupEvent::kDissolved:
          group.dissolved = true;
          break;
        default:
          break;
      }
    }
    return groups;
  }

  void Compare() {
    harness.Settle();
    std::map<std::string, Names> lists;
    for (const auto& [name, group] : Replay()) {
      if (group.dissolved) continue;
      std::string owner;
      int owners = 0;
      for (const auto& [user, role] : group.members) {
        lists[user].push_back(name);
        if (role != "owner") continue;
        owner = user;
        ++owners;
      }
      REQUIRE(owners == 1);
      CHECK(MembersOf(name, owner) == group.members);
      CHECK(CountOf(name, owner) == std::ssize(group.members));
    }
    for (const char* user : kUsers) {
      std::ranges::sort(lists[user]);
      CHECK(GroupsOf(user) == lists[user]);
      const auto bytes = harness.disk().Get(store::KeyOf(SlotOf(user), CountsRow{User(user)}));
      const Counts counts = bytes ? schema::Decode<Counts>(*bytes).value() : Counts{};
      CHECK(counts.groups == std::ssize(lists[user]));
    }
  }

  void Run(uint32_t seed, int operations) {
    random.seed(seed);
    for (int i = 0; i < operations; ++i) {
      INFO("seed " << seed << ", operation " << i);
      One();
      if (Random(49) == 0) harness.Crash();
      if (Random(9) == 0) harness.Advance(1 + Random(3'000));
      if (i % 100 == 99) Compare();
    }
    // The accounts end, one after the other; the groups pass on, and end with the last.
    for (const char* user : kUsers) {
      Delete(user);
      Compare();
    }
    for (const auto& [name, group] : Replay()) CHECK(group.dissolved);
  }

  static constexpr std::array<const char*, 5> kUsers = {"alice", "bob", "carol", "dave", "erin"};
  static constexpr std::array<const char*, 3> kGroups = {"#cpp", "#rust", "#zig"};
  std::mt19937 random;
};

TEST_CASE_METHOD(ModelTest, "rows, lists and news agree whatever is done: seed 1") { Run(1, 1'000); }
TEST_CASE_METHOD(ModelTest, "rows, lists and news agree whatever is done: seed 2") { Run(2, 1'000); }
TEST_CASE_METHOD(ModelTest, "rows, lists and news agree whatever is done: seed 3") { Run(3, 1'000); }

}  // namespace
}  // namespace parley::group
