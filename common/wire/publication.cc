#include "common/wire/publication.h"

#include "common/base/check.h"

namespace parley::wire {
namespace {

// The bytes after the topics, or nothing where they are malformed.
std::optional<std::string_view> SplitTopics(std::string_view extra, std::vector<std::string_view>& topics) {
  topics.clear();
  if (extra.empty()) return std::nullopt;
  size_t count = static_cast<uint8_t>(extra[0]);
  extra.remove_prefix(1);
  for (; count > 0; --count) {
    if (extra.empty()) return std::nullopt;
    const size_t size = static_cast<uint8_t>(extra[0]);
    if (extra.size() < size + 1) return std::nullopt;
    topics.push_back(extra.substr(1, size));
    extra.remove_prefix(size + 1);
  }
  return extra;
}

Error Malformed() { return {Code::kBadRequest, "event: malformed head", 0}; }

}  // namespace

std::string UserTopic(const UserHandle& user) { return "user:" + user.text(); }
std::string SessionTopic(std::string_view session) { return "session:" + std::string(session); }
std::string ConversationTopic(const Conversation& conversation) { return "conv:" + conversation.text(); }
std::string PresenceTopic(const UserHandle& user) { return "presence:" + user.text(); }

std::string EncodeHead(const Publication& publication) {
  PARLEY_CHECK(publication.topics.size() <= 255);
  std::string out;
  out += static_cast<char>(publication.topics.size());
  for (const std::string& topic : publication.topics) {
    PARLEY_CHECK(topic.size() <= 255);
    out += static_cast<char>(topic.size());
    out += topic;
  }
  const size_t own = publication.own_pairs == 0 ? 0 : publication.own.size() + 1;
  PARLEY_CHECK(own <= 0xFFFF);
  out += static_cast<char>(own & 0xFF);
  out += static_cast<char>(own >> 8);
  if (own > 0) {
    out += static_cast<char>(publication.own_pairs);
    out += publication.own;
  }
  if (!publication.directives.empty()) schema::EncodeTo(out, publication.directives);
  return out;
}

Result<Publication> DecodeHead(std::string_view extra) {
  std::vector<std::string_view> topics;
  const std::optional<std::string_view> after = SplitTopics(extra, topics);
  if (!after || after->size() < 2) return Fail(Malformed());
  Publication publication;
  publication.topics.assign(topics.begin(), topics.end());
  const size_t own = static_cast<uint8_t>((*after)[0]) | static_cast<size_t>(static_cast<uint8_t>((*after)[1])) << 8;
  std::string_view rest = after->substr(2);
  if (own > rest.size()) return Fail(Malformed());
  if (own > 0) {
    publication.own_pairs = static_cast<uint8_t>(rest[0]);
    publication.own = rest.substr(1, own - 1);
    rest.remove_prefix(own);
  }
  if (!rest.empty()) {
    TRY_ASSIGN(publication.directives, schema::Decode<Directives>(rest));
  }
  return publication;
}

bool ReadTopics(std::string_view extra, std::vector<std::string_view>& topics) {
  return SplitTopics(extra, topics).has_value();
}

}  // namespace parley::wire
