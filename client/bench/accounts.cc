#include "client/bench/accounts.h"

#include <spdlog/fmt/fmt.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace parley::bench {

Accounts::Accounts(std::string prefix, std::string file) : prefix_(std::move(prefix)), file_(std::move(file)) {
  std::ifstream in(file_);
  for (std::string key, token; in >> key >> token;) tokens_[key] = token;
}

Account Accounts::Of(size_t user, int session) const { return {fmt::format("{}-{:06}", prefix_, user), session}; }

std::string Accounts::TokenOf(const Account& account) const {
  const auto it = tokens_.find(account.key());
  return it == tokens_.end() ? std::string() : it->second;
}

Result<void> Accounts::Save() const {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::path(file_).parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  const mode_t before = umask(077);
  std::ofstream out(file_ + ".new");
  umask(before);
  for (const auto& [key, token] : tokens_) out << key << ' ' << token << '\n';
  out.close();
  if (out) std::filesystem::rename(file_ + ".new", file_, error);
  if (!out || error) return Fail(Code::kInternal, "cannot write the tokens to " + file_);
  return {};
}

}  // namespace parley::bench
