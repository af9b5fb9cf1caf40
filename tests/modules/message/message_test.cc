#include "tests/modules/message/message_test.h"

#include "common/base/limits.h"
#include "common/module/ownership.h"
#include "common/wire/publication.h"

namespace parley::message {

MessageTest::MessageTest(MessageModule::Options options)
    : harness("message", [options](module::Host& host) { return std::make_unique<MessageModule>(host, options); }) {
  harness.Stub("user.exists", [this](const Caller&, std::string_view arguments) -> Result<std::string> {
    ++exists_asked;
    const auto question = schema::Decode<user::Exists>(arguments).value();
    return schema::Encode(user::ExistsReply{users.contains(question.user.text())});
  });
}

Result<std::string> MessageTest::Raw(std::string_view user, std::string_view method,
                                     const std::function<void(schema::Writer&)>& arguments) {
  std::string bytes;
  schema::Writer writer(bytes);
  arguments(writer);
  return harness.CallEncoded(As(user), method, bytes).result;
}

int64_t MessageTest::Write(std::string_view from, std::string_view to, std::string body) {
  const auto sent = Call(from, Send{Address::Must(to), std::move(body), "made-up-" + std::to_string(++ids_)});
  REQUIRE(sent);
  return sent->seq;
}

void MessageTest::WriteMany(std::string_view from, std::string_view to, int count) {
  for (int i = 0; i < count; ++i) Write(from, to, "many");
}

int64_t MessageTest::EditTo(std::string_view user, std::string_view conversation, int64_t seq, std::string body) {
  const auto edited = Call(user, Edit{In(conversation), seq, std::move(body), {}});
  REQUIRE(edited);
  return edited->seq;
}

int64_t MessageTest::TakeBack(std::string_view user, std::string_view conversation, int64_t seq) {
  const auto recalled = Call(user, Recall{In(conversation), seq, {}});
  REQUIRE(recalled);
  return recalled->seq;
}

std::optional<int64_t> MessageTest::Set(std::string_view user, std::string_view conversation, int64_t seq,
                                        std::string emoji, bool on) {
  const auto reacted = Call(user, React{In(conversation), seq, std::move(emoji), on, {}});
  REQUIRE(reacted);
  return reacted->seq;
}

void MessageTest::ReadTo(std::string_view user, std::string_view conversation, int64_t seq) {
  REQUIRE(Call(user, Read{In(conversation), seq, {}}));
}

void MessageTest::ReceiveTo(std::string_view user, std::string_view conversation, int64_t seq) {
  REQUIRE(Call(user, Received{In(conversation), seq, {}}));
}

std::vector<Record> MessageTest::HistoryOf(std::string_view user, std::string_view conversation) {
  std::vector<Record> records;
  for (;;) {
    History request;
    request.conversation = In(conversation);
    request.after = records.empty() ? 0 : records.back().seq;
    request.limit = 200;
    const auto page = Call(user, request);
    REQUIRE(page);
    records.insert(records.end(), page->messages.begin(), page->messages.end());
    if (!page->more) return records;
    REQUIRE(!page->messages.empty());
  }
}

Record MessageTest::At(std::string_view user, std::string_view conversation, int64_t seq) {
  History request;
  request.conversation = In(conversation);
  request.after = seq - 1;
  request.limit = 1;
  const auto page = Call(user, request);
  REQUIRE(page);
  REQUIRE(page->messages.size() == 1);
  REQUIRE(page->messages[0].seq == seq);
  return page->messages[0];
}

int64_t MessageTest::HeadOf(std::string_view user, std::string_view conversation) {
  History request;
  request.conversation = In(conversation);
  const auto page = Call(user, request);
  REQUIRE(page);
  return page->head;
}

std::vector<Overview> MessageTest::ListOf(std::string_view user, bool previews, int64_t limit) {
  std::vector<Overview> all;
  Sync request;
  request.previews = previews;
  request.limit = limit;
  do {
    const auto page = Call(user, request);
    REQUIRE(page);
    CHECK(page->conversations.size() <= static_cast<size_t>(limit));
    CHECK(schema::Encode(*page).size() <= limits::kResponseBytesMax);
    all.insert(all.end(), page->conversations.begin(), page->conversations.end());
    request.cursor = page->cursor;
  } while (request.cursor);
  std::set<std::string> names;
  for (const Overview& overview : all) names.insert(overview.conversation.text());
  CHECK(names.size() == all.size());
  return all;
}

std::optional<Overview> MessageTest::OverviewOf(std::string_view user, std::string_view conversation) {
  for (const Overview& overview : ListOf(user, true)) {
    if (overview.conversation.text() == conversation) return overview;
  }
  return std::nullopt;
}

std::vector<std::string> MessageTest::NamesOf(std::string_view user) {
  std::vector<std::string> names;
  for (const Overview& overview : ListOf(user)) names.push_back(overview.conversation.text());
  return names;
}

std::vector<std::string> MessageTest::OwnPairs() {
  Gather();
  std::vector<std::string> pairs;
  for (const testing::Published& published : published_) {
    if (published.method == NewRecord::kMethod) pairs.push_back(published.head.own);
  }
  return pairs;
}

size_t MessageTest::Publications() {
  Gather();
  return published_.size();
}

void MessageTest::Forget() {
  Gather();
  published_.clear();
}

bool MessageTest::OnDisk(std::string_view text) {
  harness.Settle();
  const auto all = harness.disk().Iterate();
  for (all->Seek(""); all->valid(); all->Next()) {
    if (all->key().find(text) != std::string_view::npos || all->value().find(text) != std::string_view::npos)
      return true;
  }
  return false;
}

size_t MessageTest::RowsOnDisk() {
  harness.Settle();
  size_t rows = 0;
  const auto all = harness.disk().Iterate();
  for (all->Seek(""); all->valid(); all->Next()) rows += module::MovesWithSlot(all->key()) ? 1 : 0;
  return rows;
}

bool MessageTest::Hears(const testing::Published& published, std::string_view user, uint64_t connection) {
  if (!published.Reaches(wire::UserTopic(User(user)))) return false;
  if (published.except_user && published.user == user) return false;
  return published.user != user || published.except.number != connection;
}

void MessageTest::Gather() {
  std::vector<testing::Published> more = harness.TakePublished();
  std::ranges::move(more, std::back_inserter(published_));
}

}  // namespace parley::message
