// Who may do how much: requests of a user, connections of an address, failed logins. Values and times only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/handle.h"

namespace parley::frontend {

// Lets a map with text keys be searched by a view.
struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
};
template <class V>
using TextMap = std::unordered_map<std::string, V, TextHash, std::equal_to<>>;

// What the connections of one user share.
struct User {
  UserHandle handle;
  int sessions = 0;
  int64_t tokens_milli = 0;  // thousandths of a request
  int64_t filled_ms = 0;
};

// The users who are logged in here, and the rate at which each may ask: a bucket of `burst` requests that refills at
// `rate` per second. Rate 0: no limit.
class Users {
 public:
  Users(int64_t rate, int64_t burst) : rate_(rate), burst_(burst) {}

  // The user of one more session; the pointer stays good until as many Drops.
  User* Hold(const UserHandle& handle, int64_t now_ms);
  void Drop(User* user);
  // 0: go ahead, one request was taken from the bucket. Else how long to wait.
  int64_t Take(User& user, int64_t now_ms) const;
  // Forgets users without sessions whose bucket is full again, so that leaving and coming back gains nothing.
  void Sweep(int64_t now_ms);

  [[nodiscard]] size_t size() const { return users_.size(); }

 private:
  void Fill(User& user, int64_t now_ms) const;

  int64_t rate_, burst_;
  TextMap<User> users_;
  std::vector<std::string> left_;  // without sessions
};

// Failed logins of one address for one account: the first few are free, then each doubles the wait.
class LoginGuard {
 public:
  static constexpr int kFree = 20;
  static constexpr int64_t kFirstDelayMs = 1'000, kDelayMaxMs = 60'000;
  static constexpr int64_t kForgottenMs = 15 * 60'000;
  static constexpr size_t kEntriesMax = 100'000;

  // How long to wait before the next try; 0: none.
  [[nodiscard]] int64_t DelayMs(std::string_view address, std::string_view account, int64_t now_ms) const;
  void Failed(std::string_view address, std::string_view account, int64_t now_ms);
  void Succeeded(std::string_view address, std::string_view account);
  void Sweep(int64_t now_ms);
  [[nodiscard]] size_t size() const { return failures_.size(); }

 private:
  struct Failures {
    int count = 0;
    int64_t last_ms = 0;
    int64_t until_ms = 0;
  };
  static std::string KeyOf(std::string_view address, std::string_view account);
  TextMap<Failures> failures_;
};

// Connections of one address at a time. 0: no limit. Loopback is the machine itself (a proxy, tests): never limited.
class AddressLimit {
 public:
  explicit AddressLimit(int64_t connections_max) : connections_max_(connections_max) {}
  // False when the address has as many as it may; then nothing is held.
  [[nodiscard]] bool Hold(std::string_view address);
  void Drop(std::string_view address);

 private:
  [[nodiscard]] bool Limited(std::string_view address) const;
  int64_t connections_max_;
  TextMap<int64_t> connections_;
};

}  // namespace parley::frontend
