#include <set>

#include "common/schema/page.h"
#include "tests/modules/user/user_fixture.h"

namespace parley::user {
namespace {

using Handles = std::vector<std::string>;

class SearchTest : public UserTest {
 public:
  Device alice = NewUser("alice");

  Result<FoundPage> Page(const std::string& prefix, std::optional<std::string> cursor, int64_t limit) {
    return Ask(alice, user::Search{.prefix = prefix, .cursor = std::move(cursor), .limit = limit});
  }
};

TEST_CASE_METHOD(SearchTest, "users are found by the beginning of their handle, in order") {
  Join("bobby");
  Join("bob");
  Join("bo.b");
  Join("carol");
  CHECK(Search(alice, "bo") == Handles{"bo.b", "bob", "bobby"});
  CHECK(Search(alice, "bob") == Handles{"bob", "bobby"});
  CHECK(Search(alice, "bobby") == Handles{"bobby"});
  CHECK(Search(alice, "bobbyx").empty());
  CHECK(Search(alice, "al") == Handles{"alice"});
}

TEST_CASE_METHOD(SearchTest, "what begins no handle finds nobody") {
  CHECK(Search(alice, "Al").empty());
  CHECK(Search(alice, "#a").empty());
  CHECK(Search(alice, "äö").empty());
  CHECK(Search(alice, std::string(64, 'a')).empty());
}

TEST_CASE_METHOD(SearchTest, "a prefix has 2 to 64 bytes") {
  CHECK(Page("a", {}, 50).error().code == Code::kBadRequest);
  CHECK(Page("", {}, 50).error().code == Code::kBadRequest);
  CHECK(Page(std::string(65, 'a'), {}, 50).error().code == Code::kLimit);
}

TEST_CASE_METHOD(SearchTest, "names are found as they are now") {
  const Device bob = NewUser("bob");
  CHECK(Page("bo", {}, 50)->users == std::vector{Found{bob.login.user, "bob"}});
  REQUIRE(Ask(bob, Update{.name = "Bob B."}));
  harness.Settle();
  CHECK(Page("bo", {}, 50)->users == std::vector{Found{bob.login.user, "Bob B."}});
  REQUIRE(Ask(bob, Update{.name = ""}));
  harness.Settle();
  CHECK(Page("bo", {}, 50)->users == std::vector{Found{bob.login.user, "bob"}});
}

TEST_CASE_METHOD(SearchTest, "deleted users are not found") {
  const Device bob = NewUser("bob");
  REQUIRE(Ask(bob, Delete{.password = kPassword}));
  harness.Settle();
  CHECK(Search(alice, "bo").empty());
}

TEST_CASE_METHOD(SearchTest, "the index survives a crash right after the registration") {
  REQUIRE(Ask(Anonymous(), Register{.user = UserHandle::Must("zoe"), .password = kPassword}));
  harness.Crash();
  harness.Settle();
  CHECK(Search(alice, "zo") == Handles{"zoe"});
}

TEST_CASE_METHOD(SearchTest, "pages list what exists throughout exactly once") {
  std::set<std::string> expected;
  for (int i = 0; i < 25; ++i) {
    const std::string handle = "many" + std::to_string(10 + i);
    Join(handle);
    expected.insert(handle);
  }
  std::vector<std::string> seen;
  std::optional<std::string> cursor;
  int pages = 0;
  do {
    const auto page = Page("many", cursor, 4);
    REQUIRE(page);
    for (const Found& found : page->users) seen.push_back(found.user.text());
    cursor = page->cursor.empty() ? std::nullopt : std::optional(page->cursor);
    if (pages++ == 1) {
      // Between pages somebody comes before, somebody after, and the last one listed goes.
      Join("many00");
      Join("many99");
      REQUIRE(Ask(LogIn(seen.back()), Delete{.password = kPassword}));
      harness.Settle();
      harness.Crash();
    }
  } while (cursor);
  CHECK(pages == 7);
  for (const std::string& handle : expected) CHECK(std::ranges::count(seen, handle) == 1);
}

TEST_CASE_METHOD(SearchTest, "the last page has no cursor, also where it is full") {
  Join("bob1");
  Join("bob2");
  const auto first = Page("bob", {}, 1);
  CHECK_FALSE(first->cursor.empty());
  const auto second = Page("bob", first->cursor, 1);
  CHECK(second->users.size() == 1);
  CHECK(second->cursor.empty());
}

TEST_CASE_METHOD(SearchTest, "a limit of 0 is a bad request, more than 200 is cut") {
  CHECK(Page("al", {}, 0).error().code == Code::kBadRequest);
  CHECK(Page("al", {}, -1).error().code == Code::kBadRequest);
  for (int i = 0; i < 201; ++i) Join("xx" + std::to_string(i));
  CHECK(Page("xx", {}, 1'000)->users.size() == 200);
  CHECK(Search(alice, "xx").size() == 50);
}

TEST_CASE_METHOD(SearchTest, "a cursor belongs to its prefix, and is good for an hour") {
  Join("bob1");
  Join("bob2");
  const std::string cursor = Page("bob", {}, 1)->cursor;
  CHECK(Page("bo", cursor, 1).error().code == Code::kBadRequest);
  CHECK(Page("bob", "nonsense", 1).error().code == Code::kBadRequest);
  CHECK(Page("bob", "00", 1).error().code == Code::kBadRequest);
  CHECK(Page("bob", std::string(513, '0'), 1).error().code == Code::kLimit);
  harness.Advance(schema::kCursorLifeMs);
  CHECK(Page("bob", cursor, 1));
  harness.Advance(1);
  const auto late = Page("bob", cursor, 1);
  REQUIRE_FALSE(late);
  CHECK(late.error().code == Code::kBadRequest);
  CHECK(late.error().message.starts_with("cursor: "));
}

}  // namespace
}  // namespace parley::user
