#include "modules/user/password.h"

#include <sodium.h>

#include <array>
#include <cerrno>

#include "common/base/check.h"

namespace parley::user {
namespace {

void NeedSodium() {
  static const bool ready = sodium_init() >= 0;
  PARLEY_CHECK(ready);
}

size_t MemoryBytes(const HashCost& cost) { return static_cast<size_t>(cost.memory_kib) * 1024; }

}  // namespace

std::optional<std::string> HashPassword(std::string_view password, const HashCost& cost) {
  NeedSodium();
  std::array<char, crypto_pwhash_STRBYTES> out{};
  if (crypto_pwhash_str_alg(out.data(), password.data(), password.size(), cost.ops, MemoryBytes(cost),
                            crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return std::nullopt;
  }
  return std::string(out.data());
}

Verdict VerifyPassword(const std::string& hash, std::string_view password) {
  NeedSodium();
  errno = 0;
  if (crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0) return Verdict::kRight;
  // libsodium says EINVAL for a password that does not match, and leaves what malloc said otherwise.
  return errno == ENOMEM ? Verdict::kFailed : Verdict::kWrong;
}

bool HasOtherCost(const std::string& hash, const HashCost& cost) {
  NeedSodium();
  return crypto_pwhash_str_needs_rehash(hash.c_str(), cost.ops, MemoryBytes(cost)) != 0;
}

void PasswordWork::Run() {
  for (const Check& check : checks) {
    verdict = VerifyPassword(check.hash, check.password);
    if (verdict != Verdict::kRight) return;
  }
  if (to_hash.empty()) return;
  std::optional<std::string> hash = HashPassword(to_hash, cost);
  if (hash) {
    hashed = *std::move(hash);
  } else {
    verdict = Verdict::kFailed;
  }
}

}  // namespace parley::user
