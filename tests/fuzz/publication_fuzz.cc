// The head of an event: the bus's reading of topics and the frontend's of the whole agree.
#include "common/wire/publication.h"
#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {

void Run(std::string_view bytes) {
  std::vector<std::string_view> topics;
  const bool readable = wire::ReadTopics(bytes, topics);
  const Result<wire::Publication> head = wire::DecodeHead(bytes);
  if (!head) return;
  PARLEY_CHECK(readable);
  PARLEY_CHECK(std::vector<std::string>(topics.begin(), topics.end()) == head->topics);
  const std::string encoded = wire::EncodeHead(*head);
  const Result<wire::Publication> again = wire::DecodeHead(encoded);
  PARLEY_CHECK(again);
  PARLEY_CHECK(again->topics == head->topics && again->directives == head->directives);
}

std::vector<std::string> Seeds() {
  wire::Publication plain;
  plain.topics = {"user:alice", "user:bob"};
  wire::Publication full = plain;
  full.own_pairs = 1;
  full.own =
      "\xa2id\xa1"
      "7";
  full.directives.identify = wire::Identify{UserHandle::Must("alice"), "s1", true};
  full.directives.subscribe = {"conv:#cpp"};
  full.directives.close = wire::Close{"replaced", "elsewhere", 5};
  return {wire::EncodeHead({}), wire::EncodeHead(plain), wire::EncodeHead(full)};
}

}  // namespace parley::fuzz
