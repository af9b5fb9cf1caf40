// Lists and the search.
#include "tests/modules/group/group_fixture.h"

namespace parley::group {
namespace {

TEST_CASE_METHOD(GroupTest, "every member is on exactly one page, whatever the limit") {
  Found("alice");
  for (int i = 0; i < 215; ++i) Enter(fmt::format("user{:04}", i));
  for (const int64_t limit : {7, 108, 200, 1'000}) {
    std::set<std::string> seen;
    Members request{Of("#cpp"), {}, limit};
    do {
      const auto page = Call("alice", request);
      REQUIRE(page);
      CHECK(page->members.size() <= static_cast<size_t>(std::min<int64_t>(limit, 200)));
      for (const Member& member : page->members) CHECK(seen.insert(member.user.text()).second);
      request.cursor = page->cursor;
    } while (request.cursor);
    CHECK(seen.size() == 216);
  }
}

TEST_CASE_METHOD(GroupTest, "who is there throughout is listed once, while others come and go") {
  Found("alice");
  for (int i = 0; i < 20; ++i) Enter(fmt::format("user{:04}", i));
  Members request{Of("#cpp"), {}, 5};
  std::multiset<std::string> seen;
  int round = 0;
  do {
    const auto page = Call("alice", request);
    REQUIRE(page);
    for (const Member& member : page->members) seen.insert(member.user.text());
    request.cursor = page->cursor;
    if (!page->members.empty()) {
      // The one at whom the page ended, too.
      if (page->members.back().user != User("alice"))
        REQUIRE(Call(page->members.back().user.text(), Leave{Of("#cpp")}));
      Enter(fmt::format("late{:04}", round++));
    }
  } while (request.cursor);
  for (int i = 0; i < 20; ++i) CHECK(seen.count(fmt::format("user{:04}", i)) == 1);
}

TEST_CASE_METHOD(GroupTest, "a cursor is good for its own list alone") {
  Found("alice");
  Found("alice", "#rust");
  Enter("bob");
  const auto page = Call("alice", Members{Of("#cpp"), {}, 1});
  REQUIRE(page);
  REQUIRE(page->cursor);
  CHECK(Try("alice", Members{Of("#rust"), page->cursor, 1}) == Code::kBadRequest);
  CHECK(Try("alice", Bans{Of("#cpp"), page->cursor, 1}) == Code::kBadRequest);
  CHECK(Try("alice", Members{Of("#cpp"), "none of ours", 1}) == Code::kBadRequest);
}

TEST_CASE_METHOD(GroupTest, "requests and bans are paged too") {
  Found("alice", "#cpp", Policy::kRequest);
  for (int i = 0; i < 30; ++i) {
    const std::string user = fmt::format("user{:04}", i);
    users.insert(user);
    Enter(user);
    if (i % 2 == 0) REQUIRE(Call("alice", Kick{Of("#cpp"), User(user), true}));
  }
  size_t asking = 0, banned = 0;
  Requests requests{Of("#cpp"), {}, 4};
  do {
    const auto page = Call("alice", requests);
    REQUIRE(page);
    asking += page->users.size();
    requests.cursor = page->cursor;
  } while (requests.cursor);
  Bans bans{Of("#cpp"), {}, 4};
  do {
    const auto page = Call("alice", bans);
    REQUIRE(page);
    banned += page->users.size();
    bans.cursor = page->cursor;
  } while (bans.cursor);
  CHECK(asking == 15);
  CHECK(banned == 15);
}

TEST_CASE_METHOD(GroupTest, "one's groups are listed with names and roles, over as many pages as it takes") {
  for (int i = 0; i < 25; ++i) {
    Found("alice", fmt::format("#group{:02}", i));
    if (i % 5 != 0) Enter("bob", fmt::format("#group{:02}", i));
  }
  REQUIRE(Call("alice", Update{.group = Of("#group01"), .name = "the first"}));
  for (const int64_t limit : {3, 20, 50}) CHECK(GroupsOf("bob", limit).size() == 20);
  const auto page = Call("bob", List{});
  REQUIRE(page);
  CHECK(page->groups[0].name == "the first");
  CHECK(page->groups[0].role == Role::kMember);
}

TEST_CASE_METHOD(GroupTest, "a search finds open and request groups, by what the handle begins with") {
  Found("alice", "#cpp");
  Found("alice", "#cpp-help", Policy::kRequest);
  Found("alice", "#cpp-secret", Policy::kInvite);
  Found("alice", "#rust");
  CHECK(Search("#cpp") == Names{"#cpp", "#cpp-help"});
  CHECK(Search("#c", 1) == Names{"#cpp", "#cpp-help"});
  CHECK(Search("#x").empty());
  CHECK(Try("erin", group::Search{"cpp"}) == Code::kBadRequest);
  CHECK(Try("erin", group::Search{"#"}) == Code::kBadRequest);
  REQUIRE(Call("alice", Update{.group = Of("#cpp"), .policy = Policy::kInvite}));
  REQUIRE(Call("alice", Update{.group = Of("#cpp-secret"), .policy = Policy::kOpen}));
  CHECK(Search("#cpp") == Names{"#cpp-help", "#cpp-secret"});
}

TEST_CASE_METHOD(GroupTest, "a search tells how many members there are now") {
  Found("alice");
  Enter("bob");
  harness.Settle();
  const auto page = Call("carol", group::Search{"#cpp"});
  REQUIRE(page);
  REQUIRE(page->groups.size() == 1);
  CHECK(page->groups[0].members == 2);
  CHECK(page->groups[0].name == "#cpp");
}

}  // namespace
}  // namespace parley::group
