// Reading: pages, bounds, and who may.
#include "common/base/limits.h"
#include "tests/modules/message/message_test.h"

namespace parley::message {
namespace {

class HistoryTest : public MessageTest {
 protected:
  using Seqs = std::vector<int64_t>;
  HistoryReply Page(std::optional<int64_t> after, std::optional<int64_t> before, int64_t limit = 50) {
    const auto page = Call("bob", History{In("alice~bob"), {}, after, before, limit});
    REQUIRE(page);
    return *page;
  }
  static Seqs SeqsOf(const HistoryReply& page) {
    Seqs seqs;
    for (const Record& record : page.messages) seqs.push_back(record.seq);
    return seqs;
  }
  static Seqs Range(int64_t first, int64_t last) {
    Seqs seqs;
    for (int64_t seq = first; seq <= last; ++seq) seqs.push_back(seq);
    return seqs;
  }
};

TEST_CASE_METHOD(HistoryTest, "a pair that never wrote has an empty history, whether the other exists or not") {
  for (const std::string other : {"bob", "nobody.known"}) {
    const auto page = Call("alice", History{{}, User(other), {}, {}, 50});
    REQUIRE(page);
    CHECK(page->conversation.text() == "alice~" + other);
    CHECK(page->messages.empty());
    CHECK(page->head == 0);
    CHECK(page->floor == 1);
    CHECK(!page->more);
  }
}

TEST_CASE_METHOD(HistoryTest, "without bounds it is the newest page") {
  WriteMany("alice", "bob", 60);
  const HistoryReply page = Page({}, {});
  CHECK(SeqsOf(page) == Range(11, 60));
  CHECK(page.head == 60);
  CHECK(page.floor == 1);
  CHECK(page.more);
}

TEST_CASE_METHOD(HistoryTest, "a page has no more than 200, whatever was asked") {
  WriteMany("alice", "bob", 205);
  CHECK(SeqsOf(Page({}, {}, 1'000)) == Range(6, 205));
  CHECK(SeqsOf(Page(0, {}, std::numeric_limits<int64_t>::max())) == Range(1, 200));
}

TEST_CASE_METHOD(HistoryTest, "after, before and both") {
  WriteMany("alice", "bob", 30);
  CHECK(SeqsOf(Page(0, {}, 10)) == Range(1, 10));
  CHECK(Page(0, {}, 10).more);
  CHECK(SeqsOf(Page(20, {}, 10)) == Range(21, 30));
  CHECK(!Page(20, {}, 10).more);
  CHECK(SeqsOf(Page({}, 11, 5)) == Range(6, 10));
  CHECK(Page({}, 11, 5).more);
  CHECK(SeqsOf(Page({}, 6, 5)) == Range(1, 5));
  CHECK(!Page({}, 6, 5).more);
  CHECK(SeqsOf(Page(10, 14)) == Range(11, 13));
  CHECK(!Page(10, 14).more);
  CHECK(SeqsOf(Page(10, 20, 3)) == Range(11, 13));
  CHECK(Page(10, 20, 3).more);
  CHECK(SeqsOf(Page(30, {})).empty());
  CHECK(SeqsOf(Page(9'999, {})).empty());
  CHECK(SeqsOf(Page(std::numeric_limits<int64_t>::max(), {})).empty());
  CHECK(SeqsOf(Page({}, 1)).empty());
  CHECK(SeqsOf(Page({}, 0)).empty());
  CHECK(SeqsOf(Page({}, std::numeric_limits<int64_t>::max(), 2)) == Range(29, 30));
  CHECK(SeqsOf(Page(20, 10)).empty());
}

TEST_CASE_METHOD(HistoryTest, "going back page by page meets going forward") {
  WriteMany("alice", "bob", 75);
  std::vector<Record> back;
  std::optional<int64_t> before;
  for (;;) {
    const HistoryReply page = Page({}, before, 20);
    back.insert(back.begin(), page.messages.begin(), page.messages.end());
    if (!page.more) break;
    before = back.front().seq;
  }
  CHECK(back == HistoryOf("bob", "alice~bob"));
  CHECK(back.size() == 75);
}

TEST_CASE_METHOD(HistoryTest, "a page fits into a response, however long the bodies") {
  for (int i = 0; i < 80; ++i) Write("alice", "bob", std::string(limits::kBodyMax, 'b'));
  for (const auto& [after, before] :
       std::vector<std::pair<std::optional<int64_t>, std::optional<int64_t>>>{{{}, {}}, {0, {}}, {{}, 70}, {3, 79}}) {
    const HistoryReply page = Page(after, before, 200);
    CHECK(schema::Encode(page).size() <= limits::kResponseBytesMax);
    CHECK(page.messages.size() > 40);
    CHECK(page.more);
  }
  CHECK(HistoryOf("bob", "alice~bob").size() == 80);
}

TEST_CASE_METHOD(HistoryTest, "a limit is at least 1") {
  for (const int64_t limit : {0, -1}) {
    const auto refused = Raw("alice", "message.history", [&](schema::Writer& w) {
      w.Map(2);
      w.Text("with"), w.Text("bob"), w.Text("limit"), w.Int(limit);
    });
    CHECK(CodeOf(refused) == Code::kBadRequest);
    CHECK(refused.error().message.starts_with("limit"));
  }
}

TEST_CASE_METHOD(HistoryTest, "bounds are not negative") {
  CHECK(CodeOf(Call("alice", History{{}, User("bob"), -1, {}, 50})) == Code::kBadRequest);
  CHECK(CodeOf(Call("alice", History{{}, User("bob"), {}, -1, 50})) == Code::kBadRequest);
}

TEST_CASE_METHOD(HistoryTest, "it takes a conversation or a user, one of them") {
  CHECK(CodeOf(Call("alice", History{})) == Code::kBadRequest);
  CHECK(CodeOf(Call("alice", History{In("alice~bob"), User("bob"), {}, {}, 50})) == Code::kBadRequest);
  CHECK(CodeOf(Call("alice", History{In("carol~dave"), User("bob"), {}, {}, 50})) == Code::kBadRequest);
  CHECK(Call("alice", History{{}, User("alice"), {}, {}, 50})->conversation == In("alice~alice"));
}

TEST_CASE_METHOD(HistoryTest, "a conversation that is not text is refused by name") {
  const auto refused = Raw("alice", "message.history", [&](schema::Writer& w) {
    w.Map(1);
    w.Text("conversation"), w.Int(5);
  });
  CHECK(CodeOf(refused) == Code::kBadRequest);
  CHECK(refused.error().message.starts_with("conversation"));
}

TEST_CASE_METHOD(HistoryTest, "another's conversation is not found, by any method, for an admin too") {
  Write("alice", "bob", "between us");
  const Conversation theirs = In("alice~bob");
  CHECK(CodeOf(Call("carol", History{theirs, {}, {}, {}, 50})) == Code::kNotFound);
  CHECK(CodeOf(harness.Call(Harness::AsAdmin("carol"), History{theirs, {}, {}, {}, 50})) == Code::kNotFound);
  CHECK(CodeOf(Call("carol", Read{theirs, 1, {}})) == Code::kNotFound);
  CHECK(CodeOf(Call("carol", Received{theirs, 1, {}})) == Code::kNotFound);
  CHECK(CodeOf(Call("carol", Receipts{theirs, 1, {}, 50})) == Code::kNotFound);
  CHECK(CodeOf(Call("carol", Edit{theirs, 1, "x", {}})) == Code::kNotFound);
  CHECK(CodeOf(Call("carol", Recall{theirs, 1, {}})) == Code::kNotFound);
  CHECK(CodeOf(Call("carol", React{theirs, 1, "+", true, {}})) == Code::kNotFound);
  CHECK(CodeOf(Call("carol", Mute{theirs, 5, {}})) == Code::kNotFound);
  CHECK(HeadOf("alice", "alice~bob") == 1);
}

TEST_CASE_METHOD(HistoryTest, "a group is not found, by any method") {
  const Conversation group = In("#cpp");
  CHECK(CodeOf(Call("carol", History{group, {}, {}, {}, 50})) == Code::kNotFound);
  CHECK(CodeOf(Call("carol", Read{group, 1, {}})) == Code::kNotFound);
  CHECK(CodeOf(Call("carol", Received{group, 1, {}})) == Code::kNotFound);
  CHECK(CodeOf(Call("carol", Receipts{group, 1, {}, 50})) == Code::kNotFound);
  CHECK(CodeOf(Call("carol", Edit{group, 1, "x", {}})) == Code::kNotFound);
  CHECK(CodeOf(Call("carol", Recall{group, 1, {}})) == Code::kNotFound);
  CHECK(CodeOf(Call("carol", React{group, 1, "+", true, {}})) == Code::kNotFound);
  CHECK(CodeOf(Call("carol", Mute{group, 5, {}})) == Code::kNotFound);
}

TEST_CASE_METHOD(HistoryTest, "everyone may read the announcements, and nobody writes there") {
  const Conversation all = In("!all");
  const auto page = Call("alice", History{all, {}, {}, {}, 50});
  REQUIRE(page);
  CHECK(page->messages.empty());
  CHECK(page->head == 0);
  CHECK(page->floor == 1);
  CHECK(Call("alice", Read{all, 5, {}}));
  CHECK(CodeOf(Call("alice", Receipts{all, 1, {}, 50})) == Code::kNotFound);
  CHECK(CodeOf(Call("alice", Edit{all, 1, "x", {}})) == Code::kForbidden);
  CHECK(CodeOf(Call("alice", Recall{all, 1, {}})) == Code::kForbidden);
  CHECK(CodeOf(Call("alice", React{all, 1, "+", true, {}})) == Code::kForbidden);
  CHECK(Publications() == 0);
}

}  // namespace
}  // namespace parley::message
