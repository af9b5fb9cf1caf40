#include "client/tracker.h"

#include <catch2/catch.hpp>

namespace parley::client {
namespace {

using Verdict = Tracker::Verdict;

const Conversation kBob = Conversation::Must("alice~bob");
const Conversation kCarol = Conversation::Must("alice~carol");

struct TrackerTest {
  Tracker tracker;

  // A whole listing in which bob's conversation stands at `head` and is wanted after `start`.
  void ListBob(int64_t start, int64_t head) {
    tracker.BeginSync();
    if (!tracker.Knows(kBob)) tracker.Start(kBob, start);
    tracker.Listed(kBob, head, 1);
    lost = tracker.EndSync();
  }
  std::vector<Verdict> See(std::initializer_list<int64_t> seqs) {
    std::vector<Verdict> verdicts;
    for (const int64_t seq : seqs) verdicts.push_back(tracker.See(kBob, seq));
    return verdicts;
  }

  std::vector<Conversation> lost;
};

TEST_CASE_METHOD(TrackerTest, "records are applied once, in order") {
  ListBob(0, 0);
  CHECK(See({1, 2, 2, 1, 3}) ==
        std::vector{Verdict::kApply, Verdict::kApply, Verdict::kOld, Verdict::kOld, Verdict::kApply});
  CHECK(tracker.applied(kBob) == 3);
  CHECK(tracker.complete());
}

TEST_CASE_METHOD(TrackerTest, "a gap is pulled after the last record without one") {
  ListBob(0, 0);
  CHECK(See({1, 4, 5}) == std::vector{Verdict::kApply, Verdict::kAhead, Verdict::kAhead});
  CHECK_FALSE(tracker.complete());
  CHECK(tracker.NextPull() == Tracker::Pull{kBob, 1});
  CHECK_FALSE(tracker.NextPull());
  See({2, 3, 4, 5});
  CHECK(tracker.PageDone(kBob, 5, 1));
  CHECK(tracker.applied(kBob) == 5);
  CHECK(tracker.complete());
  CHECK_FALSE(tracker.NextPull());
}

TEST_CASE_METHOD(TrackerTest, "a push that closes the gap while it is pulled makes the page's copies old") {
  ListBob(0, 0);
  See({3});
  REQUIRE(tracker.NextPull());
  CHECK(See({1, 2, 3, 4}) == std::vector(4, Verdict::kApply));
  CHECK(See({1, 2, 3}) == std::vector(3, Verdict::kOld));
  CHECK(tracker.PageDone(kBob, 3, 1));
  CHECK(tracker.complete());
}

TEST_CASE_METHOD(TrackerTest, "a page that ends before the head is followed by the next") {
  ListBob(0, 5);
  REQUIRE(tracker.NextPull() == Tracker::Pull{kBob, 0});
  See({1, 2});
  CHECK(tracker.PageDone(kBob, 5, 1));
  CHECK(tracker.NextPull() == Tracker::Pull{kBob, 2});
}

TEST_CASE_METHOD(TrackerTest, "a push before the listing has ended moves no cursor") {
  tracker.BeginSync();
  CHECK(tracker.See(kBob, 7) == Verdict::kAhead);
  CHECK_FALSE(tracker.NextPull());
  CHECK_FALSE(tracker.Knows(kBob));
  tracker.Start(kBob, 4);
  tracker.Listed(kBob, 7, 1);
  tracker.EndSync();
  CHECK(tracker.NextPull() == Tracker::Pull{kBob, 4});
}

TEST_CASE_METHOD(TrackerTest, "a conversation that begins after the listing is wanted from its start") {
  ListBob(0, 0);
  CHECK(tracker.See(kCarol, 1) == Verdict::kApply);
  CHECK(tracker.See(kCarol, 3) == Verdict::kAhead);
  CHECK(tracker.NextPull() == Tracker::Pull{kCarol, 1});
}

TEST_CASE_METHOD(TrackerTest, "one that begins while the listing runs, and is not in it, too") {
  tracker.BeginSync();
  tracker.See(kCarol, 2);
  CHECK(tracker.EndSync().empty());
  CHECK(tracker.NextPull() == Tracker::Pull{kCarol, 0});
}

TEST_CASE_METHOD(TrackerTest, "what is below the floor is not waited for") {
  ListBob(0, 0);
  const Conversation group = Conversation::Must("#cpp");
  CHECK(tracker.See(group, 41) == Verdict::kAhead);
  REQUIRE(tracker.NextPull() == Tracker::Pull{group, 0});
  tracker.Listed(group, 41, 40);
  CHECK(tracker.See(group, 40) == Verdict::kApply);
  CHECK(tracker.See(group, 41) == Verdict::kApply);
  CHECK(tracker.PageDone(group, 41, 40));
  CHECK(tracker.complete());
}

TEST_CASE_METHOD(TrackerTest, "what a whole listing lacks is lost, and its cursor is kept for when it comes back") {
  ListBob(0, 0);
  See({1, 2});
  tracker.BeginSync();
  CHECK(tracker.EndSync() == std::vector{kBob});
  tracker.BeginSync();
  CHECK(tracker.EndSync().empty());
  CHECK(See({2, 3}) == std::vector{Verdict::kOld, Verdict::kApply});
}

TEST_CASE_METHOD(TrackerTest, "what was left is not pulled, and joining again begins at the new floor") {
  ListBob(0, 3);
  REQUIRE(tracker.NextPull());
  CHECK(tracker.Gone(kBob));
  CHECK_FALSE(tracker.Gone(kBob));
  CHECK(tracker.gone(kBob));
  CHECK(tracker.complete());
  CHECK(See({9}) == std::vector{Verdict::kAhead});
  CHECK_FALSE(tracker.gone(kBob));
  CHECK(tracker.NextPull() == Tracker::Pull{kBob, 0});
  tracker.Listed(kBob, 9, 8);
  CHECK(See({8, 9}) == std::vector(2, Verdict::kApply));
  CHECK(tracker.PageDone(kBob, 9, 8));
  CHECK(tracker.complete());
}

TEST_CASE_METHOD(TrackerTest, "one that was never heard of can't be lost") {
  CHECK_FALSE(tracker.Gone(kCarol));
  CHECK_FALSE(tracker.gone(kCarol));
}

TEST_CASE_METHOD(TrackerTest, "a failed pull is made again only when told so, and never skips anything") {
  ListBob(0, 3);
  REQUIRE(tracker.NextPull());
  tracker.PullFailed(kBob);
  CHECK_FALSE(tracker.NextPull());
  CHECK_FALSE(tracker.complete());
  tracker.RetryPull(kBob);
  CHECK(tracker.NextPull() == Tracker::Pull{kBob, 0});
  SECTION("also when a page brings nothing") {
    CHECK_FALSE(tracker.PageDone(kBob, 3, 1));
    CHECK_FALSE(tracker.NextPull());
    tracker.RetryPull(kBob);
    CHECK(tracker.NextPull() == Tracker::Pull{kBob, 0});
  }
}

TEST_CASE_METHOD(TrackerTest, "a new connection pulls again what the old one had asked for") {
  ListBob(0, 3);
  REQUIRE(tracker.NextPull());
  tracker.Disconnected();
  ListBob(0, 3);
  CHECK(tracker.NextPull() == Tracker::Pull{kBob, 0});
}

TEST_CASE_METHOD(TrackerTest, "pulls are bounded, and every conversation gets its turn") {
  tracker.BeginSync();
  for (int i = 0; i < 10; ++i) {
    const Conversation each = Conversation::Must("alice~u" + std::to_string(i));
    tracker.Start(each, 0);
    tracker.Listed(each, 1, 1);
  }
  tracker.EndSync();
  int served = 0;
  std::vector<Tracker::Pull> open;
  while (!tracker.complete()) {
    while (auto pull = tracker.NextPull()) open.push_back(*pull);
    REQUIRE(!open.empty());
    REQUIRE(open.size() <= Tracker::kPullsMax);
    const Conversation one = open.back().conversation;
    open.pop_back();
    CHECK(tracker.See(one, 1) == Verdict::kApply);
    CHECK(tracker.PageDone(one, 1, 1));
    ++served;
  }
  CHECK(served == 10);
}

}  // namespace
}  // namespace parley::client
