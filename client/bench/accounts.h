// The users of a load, and the tokens of their sessions: kept in a file, so that the next run resumes instead of making
// the server hash passwords again.
#pragma once

#include <map>
#include <string>

#include "common/base/result.h"

namespace parley::bench {

// One session of one user of the load.
struct Account {
  std::string user;
  int session = 0;

  [[nodiscard]] std::string key() const { return user + "/" + std::to_string(session); }
};

class Accounts {
 public:
  // Reads what an earlier run has left in `file`; an absent file is an empty one.
  Accounts(std::string prefix, std::string file);

  [[nodiscard]] Account Of(size_t user, int session) const;
  [[nodiscard]] const std::string& password() const { return password_; }
  [[nodiscard]] std::string TokenOf(const Account& account) const;
  void Keep(const Account& account, const std::string& token) { tokens_[account.key()] = token; }
  void Forget(const Account& account) { tokens_.erase(account.key()); }
  // Writes the file (mode 600).
  Result<void> Save() const;

 private:
  const std::string prefix_;
  const std::string file_;
  const std::string password_ = "parley-bench";
  std::map<std::string, std::string> tokens_;
};

}  // namespace parley::bench
