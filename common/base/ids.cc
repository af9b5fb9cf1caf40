#include "common/base/ids.h"

#include <sodium.h>
#include <xxhash.h>

#include "common/base/check.h"

namespace parley {
namespace {

void FillRandom(void* out, size_t size) {
  [[maybe_unused]] static const bool ready = [] {
    PARLEY_CHECK(sodium_init() >= 0);
    return true;
  }();
  randombytes_buf(out, size);
}

}  // namespace

RequestId RequestId::Random() {
  // One call to the operating system makes many ids: a request id is unique, not secret.
  thread_local std::array<RequestId, 256> pool;
  thread_local size_t left = 0;
  if (left == 0) {
    FillRandom(pool.data(), sizeof pool);
    left = pool.size();
  }
  return pool[--left];
}

RequestId RequestId::FromText(std::string_view text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return RequestId{hash.high64, hash.low64};
}

std::string RequestId::Hex() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out(32, '0');
  for (size_t i = 0; i < 16; ++i) {
    out[i] = kDigits[(high >> (60 - 4 * i)) & 15];
    out[16 + i] = kDigits[(low >> (60 - 4 * i)) & 15];
  }
  return out;
}

NodeId NodeId::OfIdentity(std::string_view identity) {
  return NodeId{XXH64(identity.data(), identity.size(), 0) | 1};  // never 0
}

std::string RandomText(size_t bytes) {
  std::string raw(bytes, '\0');
  FillRandom(raw.data(), raw.size());
  constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string text(sodium_base64_ENCODED_LEN(bytes, kVariant), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(raw.data()), raw.size(), kVariant);
  text.pop_back();  // the terminator
  return text;
}

std::string ToHex(std::string_view bytes) {
  std::string text(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  text.pop_back();
  return text;
}

std::string RandomHex(size_t bytes) {
  std::string raw(bytes, '\0');
  FillRandom(raw.data(), raw.size());
  return ToHex(raw);
}

uint64_t RandomU64() {
  uint64_t value = 0;
  FillRandom(&value, sizeof value);
  return value;
}

}  // namespace parley
