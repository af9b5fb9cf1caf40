#include "common/wire/publication.h"

#include <catch2/catch.hpp>
#include <random>

namespace parley::wire {
namespace {

Publication Full() {
  Publication publication;
  publication.topics = {"user:alice", "conv:#cpp", std::string(255, 't')};
  publication.own_pairs = 2;
  publication.own = "own pairs";
  publication.directives.subscribe = {"conv:#cpp"};
  publication.directives.close = Close{"forbidden", "banned", 5};
  return publication;
}

}  // namespace

TEST_CASE("the head of an event comes out as it went in") {
  const Publication full = Full();
  const auto read = DecodeHead(EncodeHead(full));
  REQUIRE(read.has_value());
  CHECK(read->topics == full.topics);
  CHECK(read->own_pairs == full.own_pairs);
  CHECK(read->own == full.own);
  CHECK(read->directives == full.directives);
}

TEST_CASE("a head without topics, own pairs or directives is short, and whole") {
  const std::string head = EncodeHead({});
  CHECK(head.size() == 3);
  const auto read = DecodeHead(head);
  REQUIRE(read.has_value());
  CHECK(read->topics.empty());
  CHECK(read->own.empty());
  CHECK(read->directives.empty());
}

TEST_CASE("topics are read without the rest") {
  std::vector<std::string_view> topics = {"left over"};
  const std::string head = EncodeHead(Full());
  REQUIRE(ReadTopics(head, topics));
  CHECK(topics == std::vector<std::string_view>{"user:alice", "conv:#cpp", Full().topics[2]});
  CHECK_FALSE(ReadTopics("", topics));
  CHECK_FALSE(ReadTopics("\x01", topics));
  CHECK_FALSE(ReadTopics(std::string_view(head).substr(0, 20), topics));
}

TEST_CASE("a truncated head is an error, or one that ends where a part ends") {
  const std::string head = EncodeHead(Full());
  Publication without = Full();
  without.directives = {};
  const size_t whole_without_directives = EncodeHead(without).size();
  for (size_t size = 0; size < head.size(); ++size) {
    INFO(size);
    CHECK(DecodeHead(std::string_view(head).substr(0, size)).has_value() == (size == whole_without_directives));
  }
}

TEST_CASE("random heads are refused or read, never read beyond") {
  std::mt19937 random(11);
  const std::string good = EncodeHead(Full());
  for (int round = 0; round < 20'000; ++round) {
    std::vector<char> bytes(good.begin(), good.begin() + static_cast<ptrdiff_t>(random() % (good.size() + 1)));
    for (auto flips = random() % 6; flips > 0 && !bytes.empty(); --flips) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    const std::string_view view(bytes.data(), bytes.size());
    std::vector<std::string_view> topics;
    const bool readable = ReadTopics(view, topics);
    const auto read = DecodeHead(view);
    if (read) {
      CHECK(readable);
      CHECK(read->topics.size() == topics.size());
    }
  }
}

TEST_CASE("topics are named by their makers") {
  CHECK(UserTopic(UserHandle::Must("alice")) == "user:alice");
  CHECK(SessionTopic("s1") == "session:s1");
  CHECK(ConversationTopic(Conversation::Must("alice~bob")) == "conv:alice~bob");
  CHECK(PresenceTopic(UserHandle::Must("bob")) == "presence:bob");
}

}  // namespace parley::wire
