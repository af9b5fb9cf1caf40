// The rules between two users, in all states that there are.
#include "modules/friend/pair.h"

#include <catch2/catch.hpp>
#include <deque>
#include <set>
#include <tuple>

namespace parley::friends {
namespace {

constexpr int64_t kNow = 1'000;
constexpr std::array kSteps = {Step::kRequest, Step::kAccept, Step::kDecline, Step::kCancel,
                               Step::kRemove,  Step::kBlock,  Step::kUnblock};

using Key = std::tuple<bool, bool, bool, bool, bool, bool>;
Key KeyOf(const Pair& pair) {
  return {pair.friends(),
          pair.request_by_first_ms != 0,
          pair.request_by_second_ms != 0,
          pair.block_by_first_ms != 0,
          pair.block_by_second_ms != 0,
          pair.gone};
}

// Every state that can be reached, from nothing.
template <class Fn>
void ForEachState(Fn fn) {
  std::set<Key> seen;
  std::deque<Pair> todo{Pair{}};
  while (!todo.empty()) {
    const Pair pair = todo.front();
    todo.pop_front();
    if (!seen.insert(KeyOf(pair)).second) continue;
    fn(pair);
    for (const Side side : {Side::kFirst, Side::kSecond}) {
      for (const Step step : kSteps) {
        Pair next = pair;
        if (Take(next, side, step, {}, kNow)) todo.push_back(next);
      }
      Pair gone = pair;
      TakeGone(gone, side);
      todo.push_back(gone);
    }
  }
  CHECK(seen.size() == 8);  // nothing, asked either way, friends, blocked in three ways, gone
}

TEST_CASE("whatever two users do, they are never two things at once") {
  ForEachState([](const Pair& pair) {
    const bool asked = pair.request_by_first_ms != 0 || pair.request_by_second_ms != 0;
    CHECK_FALSE((pair.request_by_first_ms != 0 && pair.request_by_second_ms != 0));
    CHECK(int{pair.friends()} + int{asked} + int{pair.blocked()} + int{pair.gone} <= 1);
  });
}

TEST_CASE("a step that is refused changes nothing, and done twice it changes nothing more") {
  ForEachState([](const Pair& pair) {
    for (const Side side : {Side::kFirst, Side::kSecond}) {
      for (const Step step : kSteps) {
        Pair once = pair;
        if (!Take(once, side, step, {}, kNow)) {
          CHECK(once == pair);
          continue;
        }
        Pair twice = once;
        const auto again = Take(twice, side, step, {}, kNow + 1);
        CHECK(twice == once);
        if (step == Step::kDecline || step == Step::kCancel) continue;  // it is not there any more
        REQUIRE(again);
        CHECK(again->own == News::kNothing);
        CHECK(again->other == News::kNothing);
      }
    }
  });
}

TEST_CASE("only friends hear of presence, and who blocks is blocked both ways") {
  ForEachState([](const Pair& pair) {
    Pair next = pair;
    const auto asked = Take(next, Side::kFirst, Step::kRequest, {}, kNow);
    if (pair.gone) {
      CHECK(asked.error().code == Code::kNotFound);
    } else if (pair.blocked()) {
      CHECK(asked.error().code == Code::kForbidden);
    } else {
      CHECK(asked);
    }
  });
}

TEST_CASE("both sides see the same pair, each from its side") {
  const Conversation name = Conversation::Must("alice~bob");
  Pair pair;
  REQUIRE(Take(pair, Side::kSecond, Step::kRequest, "hello", kNow));
  const Listed alice = ViewOf(name, pair, UserHandle::Must("alice"), News::kRequested);
  const Listed bob = ViewOf(name, pair, UserHandle::Must("bob"), News::kNothing);
  CHECK(alice.incoming_ms == kNow);
  CHECK_FALSE(alice.outgoing_ms);
  CHECK(bob.outgoing_ms == kNow);
  CHECK_FALSE(bob.incoming_ms);
  CHECK(alice.note == "hello");
  REQUIRE(Take(pair, Side::kFirst, Step::kBlock, {}, kNow + 1));
  CHECK(ViewOf(name, pair, UserHandle::Must("alice"), News::kNothing).blocked_ms == kNow + 1);
  CHECK_FALSE(ViewOf(name, pair, UserHandle::Must("bob"), News::kNothing).blocked_ms);
}

}  // namespace
}  // namespace parley::friends
