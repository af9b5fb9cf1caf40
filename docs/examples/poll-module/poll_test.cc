// The module through the door that a frontend uses. Who takes part in what, the tests say in place of the other
// modules.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <set>

#include "common/schema/sample.h"
#include "common/testing/module_harness.h"
#include "modules/friend/messages.h"
#include "modules/message/messages.h"
#include "poll_module.h"
#include "rows.h"

namespace polls {
namespace {

using parley::Caller;
using parley::Code;
using parley::Fail;
using parley::testing::ModuleHarness;
using Choices = std::vector<int64_t>;

class PollTest {
 public:
  PollTest() {
    worker.Stub("message.heads", [this](const Caller&, std::string_view bytes) -> Result<std::string> {
      if (away) return Fail(Code::kUnavailable, "no worker could take it");
      const auto question = parley::schema::Decode<parley::message::Heads>(bytes).value();
      parley::message::HeadsReply reply;
      if (question.key.is_direct() && !question.key.Has(question.user)) return Fail(Code::kNotFound, "not yours");
      if (!question.key.is_group() || members.contains(question.user.text())) {
        parley::message::Overview overview;
        overview.conversation = question.key;
        if (begun) reply.conversations.push_back(overview);
      }
      return parley::schema::Encode(reply);
    });
    worker.Stub("friend.relation", [this](const Caller&, std::string_view) -> Result<std::string> {
      return parley::schema::Encode(parley::friends::RelationReply{false, blocked});
    });
  }

  Result<Seen> Ask(const Caller& user, std::string_view where, bool multiple = false,
                   std::optional<std::string> id = {}) {
    return worker.Call(user,
                       Create{Conversation::Must(where), "Tea?", {"yes", "no", "later"}, multiple, std::move(id)});
  }
  Result<Seen> Choose(const Caller& user, Choices options, int64_t poll = 1, std::optional<std::string> id = {}) {
    return worker.Call(user, Vote{cpp, poll, std::move(options), std::move(id)});
  }
  Choices CountsOf(int64_t poll = 1) {
    const Result<Seen> seen = worker.Call(alice, Show{cpp, poll});
    REQUIRE(seen);
    Choices counts;
    for (const Option& option : seen->poll.options) counts.push_back(option.votes);
    return counts;
  }
  // What was told to everybody in #cpp since the last look: the counts of each.
  std::vector<Choices> Told() {
    std::vector<Choices> told;
    for (const parley::testing::Published& event : worker.TakePublished()) {
      CHECK(event.method == "poll.changed");
      CHECK(event.Reaches("conv:#cpp"));
      const Poll poll = parley::schema::Decode<Changed>(event.body).value().poll;
      Choices counts;
      for (const Option& option : poll.options) counts.push_back(option.votes);
      told.push_back(counts);
    }
    return told;
  }
  template <class T>
  static Code CodeOf(const Result<T>& result) {
    REQUIRE_FALSE(result);
    return result.error().code;
  }

  ModuleHarness worker{
      "poll", [](parley::module::Host& host) { return std::make_unique<PollModule>(host, PollModule::Options{}); }};
  std::set<std::string> members{"alice", "bob"};
  bool begun = true, blocked = false, away = false;
  Conversation cpp = Conversation::Must("#cpp");
  Caller alice = ModuleHarness::As("alice"), bob = ModuleHarness::As("bob", 2, "s2"),
         eve = ModuleHarness::As("eve", 3, "s3");
};

TEST_CASE_METHOD(PollTest, "a poll is asked, and everybody hears of it") {
  const Result<Seen> asked = Ask(alice, "#cpp");
  REQUIRE(asked);
  CHECK(asked->poll.poll == 1);
  CHECK(asked->poll.by.text() == "alice");
  CHECK(asked->mine.empty());
  CHECK(Told() == std::vector<Choices>{{0, 0, 0}});
}

TEST_CASE_METHOD(PollTest, "votes are counted, changed, and taken back") {
  REQUIRE(Ask(alice, "#cpp"));
  CHECK(Choose(alice, {1})->poll.voters == 1);
  CHECK(Choose(bob, {3})->mine == Choices{3});
  CHECK(CountsOf() == Choices{1, 0, 1});
  CHECK(Choose(bob, {1})->poll.voters == 2);
  CHECK(CountsOf() == Choices{2, 0, 0});
  CHECK(Choose(alice, {})->poll.voters == 1);
  CHECK(CountsOf() == Choices{1, 0, 0});
}

TEST_CASE_METHOD(PollTest, "the same vote again changes nothing and is told to nobody") {
  REQUIRE(Ask(alice, "#cpp"));
  REQUIRE(Choose(bob, {2}));
  worker.TakePublished();
  REQUIRE(Choose(bob, {2}));
  CHECK(worker.TakePublished().empty());
  CHECK(CountsOf() == Choices{0, 1, 0});
}

TEST_CASE_METHOD(PollTest, "a repetition under the same id gives the first result, also after a crash") {
  REQUIRE(Ask(alice, "#cpp", false, "i1"));
  CHECK(Ask(alice, "#cpp", false, "i1")->poll.poll == 1);
  REQUIRE(Choose(bob, {2}, 1, "v1"));
  REQUIRE(Choose(bob, {3}));
  worker.Crash();
  worker.TakePublished();
  CHECK(Choose(bob, {2}, 1, "v1")->mine == Choices{2});
  CHECK(CountsOf() == Choices{0, 0, 1});
  CHECK(Told().empty());
  CHECK(CodeOf(Choose(bob, {1}, 1, "v1")) == Code::kConflict);
}

TEST_CASE_METHOD(PollTest, "what is asked again because no answer came is told again") {
  REQUIRE(Ask(alice, "#cpp"));
  const std::string vote = parley::schema::Encode(Vote{cpp, 1, {2}, {}});
  const parley::RequestId request = parley::RequestId::Random();
  REQUIRE(worker.CallEncoded(bob, Vote::kMethod, vote, request).result);
  REQUIRE(Choose(alice, {3}));
  // The worker that did it may have died before it told anybody: so they are told how things are now.
  worker.Advance(1);
  worker.Crash();
  worker.TakePublished();
  REQUIRE(worker.CallEncoded(bob, Vote::kMethod, vote, request).result);
  CHECK(Told() == std::vector<Choices>{{0, 1, 1}});
}

TEST_CASE_METHOD(PollTest, "several may be chosen where the poll says so, and only there") {
  REQUIRE(Ask(alice, "#cpp", true));
  REQUIRE(Ask(alice, "#cpp", false));
  CHECK(Choose(bob, {3, 1})->mine == Choices{1, 3});
  CHECK(CountsOf() == Choices{1, 0, 1});
  CHECK(worker.Call(bob, Show{cpp, 1})->poll.voters == 1);
  CHECK(CodeOf(Choose(bob, {1, 2}, 2)) == Code::kBadRequest);
}

TEST_CASE_METHOD(PollTest, "what is none of the options is refused and named") {
  REQUIRE(Ask(alice, "#cpp", true));
  for (const Choices& wrong : {Choices{0}, Choices{4}, Choices{-1}, Choices{1, 1}}) {
    const Result<Seen> refused = Choose(bob, wrong);
    CHECK(CodeOf(refused) == Code::kBadRequest);
    CHECK(refused.error().message.starts_with("options: "));
  }
  CHECK(CodeOf(Choose(bob, {1}, 2)) == Code::kNotFound);
  CHECK(CountsOf() == Choices{0, 0, 0});
}

TEST_CASE_METHOD(PollTest, "a question needs options that can be told apart") {
  const auto with = [&](std::vector<std::string> options) {
    return CodeOf(worker.Call(alice, Create{cpp, "Tea?", std::move(options)}));
  };
  CHECK(with({"yes"}) == Code::kBadRequest);
  CHECK(with({"yes", "yes"}) == Code::kBadRequest);
  CHECK(with({"yes", ""}) == Code::kBadRequest);
  CHECK(with({"yes", std::string(101, 'n')}) == Code::kLimit);
  CHECK(with(std::vector<std::string>(21, "many")) == Code::kLimit);
  CHECK(CodeOf(worker.Call(alice, Create{cpp, "", {"yes", "no"}})) == Code::kBadRequest);
  CHECK(worker.TakePublished().empty());
}

TEST_CASE_METHOD(PollTest, "only who asked closes a poll, and then nobody votes") {
  REQUIRE(Ask(alice, "#cpp"));
  REQUIRE(Choose(bob, {2}));
  CHECK(CodeOf(worker.Call(bob, Close{cpp, 1})) == Code::kForbidden);
  const Result<Seen> closed = worker.Call(alice, Close{cpp, 1});
  REQUIRE(closed);
  CHECK(closed->poll.closed_ms);
  CHECK(CodeOf(Choose(bob, {1})) == Code::kConflict);
  CHECK(Choose(bob, {2})->poll == closed->poll);  // so it is already
  worker.TakePublished();
  CHECK(worker.Call(alice, Close{cpp, 1})->poll == closed->poll);
  CHECK(worker.TakePublished().empty());
}

TEST_CASE_METHOD(PollTest, "who takes no part in a conversation finds no poll there") {
  REQUIRE(Ask(alice, "#cpp"));
  CHECK(CodeOf(Ask(eve, "#cpp")) == Code::kNotFound);
  CHECK(CodeOf(Choose(eve, {1})) == Code::kNotFound);
  CHECK(CodeOf(worker.Call(eve, Show{cpp, 1})) == Code::kNotFound);
  CHECK(CodeOf(worker.Call(eve, List{cpp})) == Code::kNotFound);
  CHECK(CodeOf(Ask(eve, "alice~bob")) == Code::kNotFound);
  members.erase("alice");
  CHECK(CodeOf(worker.Call(alice, Close{cpp, 1})) == Code::kNotFound);
}

TEST_CASE_METHOD(PollTest, "between two, both hear, and a block forbids") {
  begun = false;
  CHECK(CodeOf(Ask(alice, "alice~bob")) == Code::kNotFound);
  begun = true;
  REQUIRE(Ask(alice, "alice~bob"));
  const auto told = worker.TakePublished();
  REQUIRE(told.size() == 1);
  CHECK(told[0].Reaches("user:alice"));
  CHECK(told[0].Reaches("user:bob"));
  blocked = true;
  CHECK(CodeOf(Ask(alice, "alice~bob")) == Code::kForbidden);
  CHECK(CodeOf(worker.Call(bob, Vote{Conversation::Must("alice~bob"), 1, {1}})) == Code::kForbidden);
  CHECK(worker.Call(bob, Show{Conversation::Must("alice~bob"), 1}));
}

TEST_CASE_METHOD(PollTest, "administrators ask everybody") {
  CHECK(CodeOf(Ask(alice, "!all")) == Code::kForbidden);
  REQUIRE(Ask(ModuleHarness::AsAdmin("root"), "!all"));
  CHECK(worker.Call(eve, Vote{Conversation::Must("!all"), 1, {1}})->poll.voters == 1);
}

TEST_CASE_METHOD(PollTest, "while the message module is away nothing is decided") {
  away = true;
  CHECK(CodeOf(Ask(alice, "#cpp")) == Code::kUnavailable);
  away = false;
  CHECK(Ask(alice, "#cpp")->poll.poll == 1);
}

TEST_CASE_METHOD(PollTest, "polls are listed a page at a time, the latest first") {
  for (int i = 0; i < 5; ++i) REQUIRE(Ask(alice, "#cpp"));
  REQUIRE(Choose(bob, {2}, 4));
  REQUIRE(worker.Call(alice, Close{cpp, 3}));
  Choices numbers;
  std::optional<std::string> cursor;
  do {
    const Result<PollsPage> page = worker.Call(bob, List{cpp, false, cursor, 2});
    REQUIRE(page);
    for (const Seen& seen : page->polls) {
      numbers.push_back(seen.poll.poll);
      CHECK(seen.mine == (seen.poll.poll == 4 ? Choices{2} : Choices{}));
    }
    cursor = page->cursor;
  } while (cursor);
  CHECK(numbers == Choices{5, 4, 3, 2, 1});
  CHECK(worker.Call(bob, List{cpp, true})->polls.size() == 4);
  CHECK(CodeOf(worker.Call(bob, List{cpp, false, "nonsense"})) == Code::kBadRequest);
}

TEST_CASE_METHOD(PollTest, "a conversation has at most so many open polls") {
  for (int64_t i = 0; i < kOpenMax; ++i) REQUIRE(Ask(alice, "#cpp"));
  CHECK(CodeOf(Ask(alice, "#cpp")) == Code::kLimit);
  REQUIRE(worker.Call(alice, Close{cpp, 7}));
  CHECK(Ask(alice, "#cpp")->poll.poll == kOpenMax + 1);
}

template <class... Messages>
void CheckSurviveTheWire() {
  const auto survives = []<class T>(std::optional<T>) {
    for (uint64_t seed = 0; seed < 100; ++seed) {
      const std::string bytes = parley::schema::Encode(parley::schema::Sample<T>(seed));
      CHECK(parley::schema::Encode(parley::schema::Decode<T>(bytes).value()) == bytes);
    }
  };
  (survives(std::optional<Messages>{}), ...);
}

TEST_CASE("messages and rows survive the wire") {
  CheckSurviveTheWire<Create, Vote, Close, Show, List, Seen, PollsPage, Changed, Counts, Poll, Choice>();
}

}  // namespace
}  // namespace polls
