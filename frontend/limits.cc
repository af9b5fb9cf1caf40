#include "frontend/limits.h"

#include <algorithm>

#include "common/base/check.h"

namespace parley::frontend {
namespace {

constexpr int64_t kRequestMilli = 1000;  // one request

}  // namespace

User* Users::Hold(const UserHandle& handle, int64_t now_ms) {
  User& user = users_[handle.text()];
  if (user.handle.empty()) {
    user.handle = handle;
    user.tokens_milli = burst_ * kRequestMilli;
    user.filled_ms = now_ms;
  }
  ++user.sessions;
  return &user;
}

void Users::Drop(User* user) {
  PARLEY_CHECK(user->sessions > 0);
  if (--user->sessions > 0) return;
  if (rate_ == 0) {
    users_.erase(user->handle.text());
  } else {
    left_.push_back(user->handle.text());
  }
}

void Users::Fill(User& user, int64_t now_ms) const {
  const int64_t full = burst_ * kRequestMilli;
  // Thousandths per millisecond are requests per second.
  user.tokens_milli = std::min(full, user.tokens_milli + (now_ms - user.filled_ms) * rate_);
  user.filled_ms = now_ms;
}

int64_t Users::Take(User& user, int64_t now_ms) const {
  if (rate_ == 0) return 0;
  Fill(user, now_ms);
  if (user.tokens_milli >= kRequestMilli) {
    user.tokens_milli -= kRequestMilli;
    return 0;
  }
  return std::max<int64_t>(1, (kRequestMilli - user.tokens_milli + rate_ - 1) / rate_);
}

void Users::Sweep(int64_t now_ms) {
  std::erase_if(left_, [&](const std::string& handle) {
    const auto it = users_.find(handle);
    if (it == users_.end() || it->second.sessions > 0) return true;
    Fill(it->second, now_ms);
    if (it->second.tokens_milli < burst_ * kRequestMilli) return false;
    users_.erase(it);
    return true;
  });
}

std::string LoginGuard::KeyOf(std::string_view address, std::string_view account) {
  constexpr size_t kAccountBytesMax = 128;  // longer is no account; what is cut off does not matter
  std::string key(address);
  key += '\n';
  key += account.substr(0, kAccountBytesMax);
  return key;
}

int64_t LoginGuard::DelayMs(std::string_view address, std::string_view account, int64_t now_ms) const {
  if (failures_.empty()) return 0;
  const auto it = failures_.find(KeyOf(address, account));
  return it == failures_.end() ? 0 : std::max<int64_t>(0, it->second.until_ms - now_ms);
}

void LoginGuard::Failed(std::string_view address, std::string_view account, int64_t now_ms) {
  if (failures_.size() >= kEntriesMax) Sweep(now_ms);
  if (failures_.size() >= kEntriesMax) return;
  Failures& failures = failures_[KeyOf(address, account)];
  ++failures.count;
  failures.last_ms = now_ms;
  if (failures.count < kFree) return;
  const int doublings = std::min(failures.count - kFree, 16);
  failures.until_ms = now_ms + std::min(kDelayMaxMs, kFirstDelayMs << doublings);
}

void LoginGuard::Succeeded(std::string_view address, std::string_view account) {
  if (!failures_.empty()) failures_.erase(KeyOf(address, account));
}

void LoginGuard::Sweep(int64_t now_ms) {
  std::erase_if(failures_, [&](const auto& entry) { return now_ms - entry.second.last_ms >= kForgottenMs; });
}

bool AddressLimit::Limited(std::string_view address) const {
  return connections_max_ > 0 && !address.starts_with("127.") && address != "::1";
}

bool AddressLimit::Hold(std::string_view address) {
  if (!Limited(address)) return true;
  const auto it = connections_.find(address);
  if (it == connections_.end()) {
    connections_.emplace(address, 1);
    return true;
  }
  if (it->second >= connections_max_) return false;
  ++it->second;
  return true;
}

void AddressLimit::Drop(std::string_view address) {
  if (!Limited(address)) return;
  const auto it = connections_.find(address);
  if (it != connections_.end() && --it->second == 0) connections_.erase(it);
}

}  // namespace parley::frontend
