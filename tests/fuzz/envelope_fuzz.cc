// Batches from other nodes: what is read can be written and is the same bytes; what is malformed ends the batch.
#include "common/wire/control.h"
#include "common/wire/envelope.h"
#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {

void Run(std::string_view bytes) {
  wire::BatchReader reader(bytes);
  size_t used = 0;
  while (const std::optional<wire::Envelope> envelope = reader.Next()) {
    used += reader.bytes().size();
    std::string again;
    wire::Append(again, *envelope);
    PARLEY_CHECK(again.size() == reader.bytes().size());
    PARLEY_CHECK(again == reader.bytes());
    static_cast<void>(wire::CallerOf(*envelope));
    // Whoever gets the wrong kind of body must survive it.
    static_cast<void>(schema::Decode<wire::Registration>(envelope->body));
    static_cast<void>(schema::Decode<wire::RoutesNotice>(envelope->body));
    static_cast<void>(schema::Decode<wire::SlotsNotice>(envelope->body));
    static_cast<void>(schema::Decode<wire::Topics>(envelope->body));
  }
  PARLEY_CHECK(reader.malformed() == (used < bytes.size()));
}

std::vector<std::string> Seeds() {
  const std::string notice = schema::Encode(wire::SlotsNotice{"user", true, {{1, 2}, {255, 3}}});
  const std::string topics = schema::Encode(wire::Topics{{"user:alice", "conv:#cpp"}});
  wire::Envelope slots;
  slots.kind = wire::Kind::kSlots;
  slots.body = notice;
  wire::Envelope subscribe;
  subscribe.kind = wire::Kind::kSubscribe;
  subscribe.body = topics;
  wire::Envelope request;
  request.kind = wire::Kind::kRequest;
  request.module = "message";
  request.method = "message.send";
  request.user = "alice";
  request.session = "s1";
  request.address = "203.0.113.7";
  request.request = {1, 2};
  request.body = "\x80";
  std::string one, all;
  wire::Append(one, request);
  for (const wire::Envelope& envelope : {slots, subscribe, request}) wire::Append(all, envelope);
  return {one, all};
}

}  // namespace parley::fuzz
