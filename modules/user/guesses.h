// Who may try a password of an account now. Soft state with a bound: what is lost in a restart is only some waiting.
//
// The first kFree wrong passwords cost nothing; each one after that doubles the wait before the next try, whoever
// tries. The account's owner waits at most kWaitMaxMs, and not at all with a token. It makes no difference whether the
// account exists.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <unordered_map>

#include "common/base/handle.h"
#include "common/base/result.h"

namespace parley::user {

class Guesses {
  class Table;

 public:
  static constexpr int kFree = 5;
  static constexpr int64_t kWaitMs = 1'000, kWaitMaxMs = 60'000;
  static constexpr int64_t kForgetMs = 15 * 60'000;  // after the last wrong one
  static constexpr int kPendingMax = 32;             // tries of one account at a time
  static constexpr size_t kAccountsMax = 10'000;     // the one not tried for longest is forgotten

  // One try, from before the password is looked at until it is known to be right or wrong.
  class Try {
   public:
    Try(Try&& other) noexcept = default;
    Try& operator=(Try&& other) noexcept = delete;
    ~Try();

    void Wrong(int64_t mono_ms);
    void Right();

   private:
    friend class Guesses;
    Try(std::shared_ptr<Table> table, UserHandle user) : table_(std::move(table)), user_(std::move(user)) {}
    // Shared, because a handler that waits may be destroyed after the module.
    std::shared_ptr<Table> table_;
    UserHandle user_;
  };

  Guesses();
  ~Guesses();

  // kRateLimited with the time to wait.
  [[nodiscard]] Result<Try> Begin(const UserHandle& user, int64_t mono_ms);
  [[nodiscard]] size_t size() const;

 private:
  std::shared_ptr<Table> table_;
};

}  // namespace parley::user
