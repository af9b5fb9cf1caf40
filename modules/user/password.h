// Passwords: Argon2id by libsodium. Slow on purpose, so it runs on helper threads; no state.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::user {

// What one hash costs. Kept inside each hash, so it may change at any time.
struct HashCost {
  uint64_t ops = 2;
  uint64_t memory_kib = 19456;  // with 2 ops and 1 lane the least that OWASP advises
};

enum class Verdict { kWrong, kRight, kFailed };  // kFailed: no memory for it, so nobody knows

// Nothing when there is no memory for it.
[[nodiscard]] std::optional<std::string> HashPassword(std::string_view password, const HashCost& cost);
[[nodiscard]] Verdict VerifyPassword(const std::string& hash, std::string_view password);
[[nodiscard]] bool HasOtherCost(const std::string& hash, const HashCost& cost);

// One piece of work for a helper thread: passwords to verify, in turn until one is not right, and then perhaps one to
// hash. Shared by the thread and the handler that waits for it, which may be gone when the thread is done.
struct PasswordWork {
  struct Check {
    std::string hash, password;
  };
  std::vector<Check> checks;
  std::string to_hash;  // empty: nothing
  HashCost cost;

  Verdict verdict = Verdict::kRight;  // of all checks
  std::string hashed;                 // of `to_hash`, when all were right

  void Run();
};

}  // namespace parley::user
