#include "common/wire/envelope.h"

#include <bit>
#include <cstring>

#include "common/base/check.h"

namespace parley::wire {
namespace {

static_assert(std::endian::native == std::endian::little, "integers are copied as they are");

constexpr size_t kKindAt = 5, kFlagsAt = 7, kEpochAt = 16, kSourceAt = 40, kTtlAt = 64;

template <class T>
void Put(char* at, T value) {
  std::memcpy(at, &value, sizeof value);
}
template <class T>
T Get(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

uint8_t ShortLength(std::string_view text) {
  PARLEY_CHECK(text.size() <= 255);
  return static_cast<uint8_t>(text.size());
}

}  // namespace

size_t EncodedBytes(const Envelope& e) {
  return kHeaderBytes + e.module.size() + e.method.size() + e.user.size() + e.session.size() + e.address.size() +
         e.extra.size() + e.body.size();
}

void Append(std::string& batch, const Envelope& e) {
  char head[kHeaderBytes];
  Put(head, static_cast<uint32_t>(EncodedBytes(e)));
  Put(head + 4, kEnvelopeVersion);
  Put(head + kKindAt, e.kind);
  Put(head + 6, e.lane);
  Put(head + 7, e.flags);
  Put(head + 8, e.slot);
  Put(head + 9, e.role);
  Put(head + 10, e.code);
  Put(head + 11, ShortLength(e.module));
  Put(head + 12, ShortLength(e.method));
  Put(head + 13, ShortLength(e.user));
  Put(head + 14, ShortLength(e.session));
  Put(head + 15, ShortLength(e.address));
  Put(head + kEpochAt, e.epoch);
  Put(head + 24, e.request.high);
  Put(head + 32, e.request.low);
  Put(head + kSourceAt, e.source.value);
  Put(head + 48, e.target.value);
  Put(head + 56, e.connection);
  Put(head + kTtlAt, e.ttl_ms);
  Put(head + 68, static_cast<uint32_t>(e.extra.size()));
  batch.append(head, sizeof head);
  for (const std::string_view part : {e.module, e.method, e.user, e.session, e.address, e.extra, e.body}) {
    batch.append(part);
  }
}

std::optional<Envelope> BatchReader::Next() {
  if (rest_.empty() || malformed_) return std::nullopt;
  malformed_ = true;  // until shown otherwise
  if (rest_.size() < kHeaderBytes) return std::nullopt;
  const char* head = rest_.data();
  const size_t length = Get<uint32_t>(head);
  if (length < kHeaderBytes || length > rest_.size()) return std::nullopt;
  if (Get<uint8_t>(head + 4) != kEnvelopeVersion) return std::nullopt;
  Envelope e;
  e.kind = Get<Kind>(head + kKindAt);
  e.lane = Get<Lane>(head + 6);
  e.flags = Get<uint8_t>(head + 7);
  e.slot = Get<uint8_t>(head + 8);
  e.role = Get<Access>(head + 9);
  e.code = Get<uint8_t>(head + 10);
  if (e.kind < Kind::kRegister || e.kind > kKindLast || e.lane > Lane::kInternal || e.role > Access::kModule) {
    return std::nullopt;
  }
  e.epoch = Get<uint64_t>(head + kEpochAt);
  e.request = RequestId{Get<uint64_t>(head + 24), Get<uint64_t>(head + 32)};
  e.source = NodeId{Get<uint64_t>(head + kSourceAt)};
  e.target = NodeId{Get<uint64_t>(head + 48)};
  e.connection = Get<uint64_t>(head + 56);
  e.ttl_ms = Get<uint32_t>(head + kTtlAt);
  std::string_view rest = rest_.substr(kHeaderBytes, length - kHeaderBytes);
  bool fits = true;
  const auto take = [&](size_t size) {
    fits = fits && size <= rest.size();
    const std::string_view part = rest.substr(0, size);
    rest.remove_prefix(part.size());
    return part;
  };
  e.module = take(Get<uint8_t>(head + 11));
  e.method = take(Get<uint8_t>(head + 12));
  e.user = take(Get<uint8_t>(head + 13));
  e.session = take(Get<uint8_t>(head + 14));
  e.address = take(Get<uint8_t>(head + 15));
  e.extra = take(Get<uint32_t>(head + 68));
  if (!fits) return std::nullopt;
  e.body = rest;
  bytes_ = rest_.substr(0, length);
  rest_.remove_prefix(length);
  malformed_ = false;
  return e;
}

std::string_view TakeEnvelopes(std::string_view& envelopes, size_t bytes_max) {
  size_t end = 0;
  while (end < envelopes.size()) {
    PARLEY_CHECK(envelopes.size() - end >= kHeaderBytes);
    const size_t length = Get<uint32_t>(envelopes.data() + end);
    PARLEY_CHECK(length >= kHeaderBytes && length <= envelopes.size() - end);
    if (end > 0 && end + length > bytes_max) break;
    end += length;
  }
  const std::string_view taken = envelopes.substr(0, end);
  envelopes.remove_prefix(end);
  return taken;
}

void StampSource(char* envelope, NodeId source) { Put(envelope + kSourceAt, source.value); }
void StampEpoch(char* envelope, Epoch epoch) { Put(envelope + kEpochAt, epoch); }
void StampTtl(char* envelope, uint32_t ttl_ms) { Put(envelope + kTtlAt, ttl_ms); }
uint8_t FlagsOf(std::string_view envelope) { return static_cast<uint8_t>(envelope[kFlagsAt]); }

void StampKind(char* envelope, Kind kind) { Put(envelope + kKindAt, kind); }

Caller CallerOf(const Envelope& request) {
  Caller caller;
  caller.role = request.role;
  if (Result<UserHandle> user = UserHandle::Parse(request.user); user) caller.user = *std::move(user);
  caller.session = request.session;
  caller.address = request.address;
  caller.connection = Connection{request.source, request.connection};
  return caller;
}

}  // namespace parley::wire
