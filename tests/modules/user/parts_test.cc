// The parts that need no worker.
#include <set>

#include "common/schema/page.h"
#include "modules/user/guesses.h"
#include "modules/user/password.h"
#include "modules/user/presence.h"
#include "modules/user/rows.h"
#include "modules/user/token.h"
#include "tests/modules/user/user_fixture.h"

namespace parley::user {
namespace {

const UserHandle kAlice = UserHandle::Must("alice");
const HashCost kCheap{.ops = 1, .memory_kib = 8};

TEST_CASE("a hash verifies its password and no other, and holds what it cost") {
  const std::string hash = *HashPassword("correct horse", kCheap);
  CHECK(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
  CHECK(VerifyPassword(hash, "correct horse") == Verdict::kRight);
  CHECK(VerifyPassword(hash, "correct horsf") == Verdict::kWrong);
  CHECK(VerifyPassword(hash, "") == Verdict::kWrong);
  CHECK(VerifyPassword("not a hash", "correct horse") == Verdict::kWrong);
  CHECK(*HashPassword("correct horse", kCheap) != hash);  // salted
  CHECK_FALSE(HasOtherCost(hash, kCheap));
  CHECK(HasOtherCost(hash, HashCost{.ops = 2, .memory_kib = 8}));
  CHECK(HasOtherCost(hash, HashCost{.ops = 1, .memory_kib = 16}));
}

TEST_CASE("passwords are hashed at no less than the advised cost unless told otherwise") {
  const UserModule::Options options;
  CHECK(options.hash.ops >= 2);
  CHECK(options.hash.memory_kib >= 19 * 1024);
}

TEST_CASE("work stops at the first password that is wrong") {
  PasswordWork work;
  work.cost = kCheap;
  work.checks = {{*HashPassword("first password", kCheap), "first password"},
                 {*HashPassword("second password", kCheap), "another password"}};
  work.to_hash = "third password";
  work.Run();
  CHECK(work.verdict == Verdict::kWrong);
  CHECK(work.hashed.empty());
}

TEST_CASE("tokens are different each time, and parse to what they were made of") {
  std::set<std::string> texts;
  for (int i = 0; i < 100; ++i) texts.insert(Token::Make(kAlice).text());
  CHECK(texts.size() == 100);
  const Token token = Token::Make(kAlice);
  const Token parsed = *Token::Parse(token.text());
  CHECK(parsed.user == kAlice);
  CHECK(parsed.secret == token.secret);
  CHECK(parsed.Hash() == token.Hash());
  CHECK(token.Hash().size() == 64);
  CHECK_FALSE(SameHash(token.Hash(), Token::Make(kAlice).Hash()));
}

TEST_CASE("the wait after wrong passwords doubles up to a minute") {
  Guesses guesses;
  int64_t now = 0;
  int64_t longest = 0;
  for (int i = 0; i < 30; ++i) {
    if (const auto refused = guesses.Begin(kAlice, now); !refused) {
      longest = std::max(longest, refused.error().retry_after_ms);
      now += refused.error().retry_after_ms;
    }
    guesses.Begin(kAlice, now).value().Wrong(now);
  }
  CHECK(longest == Guesses::kWaitMaxMs);
}

TEST_CASE("one try per wait, however many come at once") {
  Guesses guesses;
  for (int i = 0; i < Guesses::kFree; ++i) guesses.Begin(kAlice, 0)->Wrong(0);
  const auto first = guesses.Begin(kAlice, Guesses::kWaitMs);
  CHECK(first);
  CHECK_FALSE(guesses.Begin(kAlice, Guesses::kWaitMs));
}

TEST_CASE("no more than so many tries of one account are under way") {
  Guesses guesses;
  std::vector<Guesses::Try> tries;
  for (int i = 0; i < Guesses::kPendingMax; ++i) tries.push_back(std::move(guesses.Begin(kAlice, 0)).value());
  const auto refused = guesses.Begin(kAlice, 0);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::kRateLimited);
  tries.pop_back();
  CHECK(guesses.Begin(kAlice, 0));
}

TEST_CASE("wrong passwords are forgotten after a while") {
  Guesses guesses;
  for (int i = 0; i < Guesses::kFree; ++i) guesses.Begin(kAlice, 0)->Wrong(0);
  CHECK_FALSE(guesses.Begin(kAlice, 0));
  const int64_t later = Guesses::kForgetMs + 1;
  for (int i = 0; i < Guesses::kFree; ++i) {
    auto attempt = guesses.Begin(kAlice, later);
    REQUIRE(attempt);
    attempt->Wrong(later);
  }
}

TEST_CASE("guesses are remembered of a bounded number of accounts, and right ones not at all") {
  Guesses guesses;
  guesses.Begin(kAlice, 0)->Right();
  CHECK(guesses.size() == 0);
  for (size_t i = 0; i < Guesses::kAccountsMax + 100; ++i) {
    guesses.Begin(UserHandle::Must("user" + std::to_string(i)), 0)->Wrong(0);
  }
  CHECK(guesses.size() == Guesses::kAccountsMax);
}

TEST_CASE("a try may end after the guesses it belongs to") {
  std::optional<Guesses> guesses(std::in_place);
  Guesses::Try attempt = std::move(guesses->Begin(kAlice, 0)).value();
  guesses.reset();
  attempt.Wrong(0);
}

TEST_CASE("presence is of the connection that got the session last") {
  Presence presence;
  const Connection first{NodeId{1}, 7}, second{NodeId{2}, 7};
  presence.Expect(kAlice, "s", first);
  CHECK_FALSE(presence.Online(kAlice));
  CHECK(presence.Attach(kAlice, "s", first));
  CHECK(presence.Connected(kAlice, "s"));
  presence.Expect(kAlice, "s", second);
  CHECK_FALSE(presence.Connected(kAlice, "s"));
  CHECK_FALSE(presence.Attach(kAlice, "s", first));
  CHECK_FALSE(presence.Detach(kAlice, "s", first));
  CHECK(presence.Attach(kAlice, "s", second));
  CHECK(presence.Detach(kAlice, "s", second));
  CHECK_FALSE(presence.Online(kAlice));
}

TEST_CASE("presence of a slot is forgotten as a whole") {
  Presence presence;
  const UserHandle bob = UserHandle::Must("bob");
  REQUIRE(SlotOf("alice") != SlotOf("bob"));
  CHECK(presence.Attach(kAlice, "s", {NodeId{1}, 1}));
  CHECK(presence.Attach(bob, "t", {NodeId{1}, 2}));
  presence.ClearSlot(SlotOf("alice"));
  CHECK_FALSE(presence.Online(kAlice));
  CHECK(presence.Online(bob));
}

TEST_CASE("a frontend that is gone takes its connections with it, and tells of those that were attached") {
  Presence presence;
  CHECK(presence.Attach(kAlice, "s", {NodeId{1}, 1}));
  CHECK(presence.Attach(kAlice, "t", {NodeId{2}, 1}));
  presence.Expect(kAlice, "u", {NodeId{1}, 2});
  const auto gone = presence.NodeGone(SlotOf("alice"), NodeId{1});
  REQUIRE(gone.size() == 1);
  CHECK(gone[0].user == kAlice);
  CHECK(gone[0].session == "s");
  CHECK_FALSE(presence.Connected(kAlice, "s"));
  CHECK(presence.Connected(kAlice, "t"));
}

TEST_CASE("rows are laid out as documented") {
  CHECK(store::KeyOf(7, SessionRow{kAlice, "abc"}) == std::string("\x07salice\x00\x01"
                                                                  "abc\x00\x01",
                                                                  14));
  CHECK(store::KeyOf(1, AccountRow{kAlice}) == std::string("\x01"
                                                           "aalice\x00\x01",
                                                           9));
  CHECK(store::KeyOf(1, IndexRow{"bob"}) == std::string("\x01xbob\x00\x01", 7));
  const char tables[] = {AccountRow::kTable,        SessionRow::kTable, EndedRow::kTable,
                         PasswordChangeRow::kTable, SeenRow::kTable,    IndexRow::kTable};
  CHECK(std::set<char>(std::begin(tables), std::end(tables)).size() == std::size(tables));
}

TEST_CASE("every truncation of a cursor is refused") {
  const std::string cursor = schema::MakeCursor(Seen{5}, 1'000);
  CHECK(schema::ReadCursor<Seen>(cursor, 1'000)->last_seen_ms == 5);
  for (size_t size = 0; size < cursor.size(); ++size) {
    CHECK_FALSE(schema::ReadCursor<Seen>(cursor.substr(0, size), 1'000));
  }
}

}  // namespace
}  // namespace parley::user
