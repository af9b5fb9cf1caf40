// What the command line remembers between runs, in a folder that only its owner can read:
//   STATE/SERVER/USER/USE-N/token   the session's token
//   STATE/SERVER/USER/USE-N/shown   how far each conversation was shown: `CONVERSATION SEQ`, one a line
//   STATE/SERVER/USER/USE-N/to      whom the chat was with
//   STATE/SERVER/methods            the server's methods, for completion
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "client/endpoint.h"
#include "common/base/handle.h"
#include "common/base/result.h"

namespace parley::cli {

// The folder that `option` names, or the standard one.
[[nodiscard]] std::string StateFolder(const std::string& option);
[[nodiscard]] std::string ServerFolder(const std::string& state, const client::Endpoint& server);

// Text of a small file; empty when there is none.
[[nodiscard]] std::string ReadSmallFile(const std::string& path);
// Replaces the file as a whole, readable by the owner only; makes its folder.
[[nodiscard]] Result<void> WriteSmallFile(const std::string& path, std::string_view text);

// One session's folder, held by one process at a time: the next takes the next number.
class SessionFolder {
 public:
  static Result<SessionFolder> Take(const std::string& state, const client::Endpoint& server, const std::string& user,
                                    const std::string& use);
  SessionFolder(SessionFolder&& other) noexcept;
  SessionFolder& operator=(SessionFolder&& other) noexcept;
  ~SessionFolder();

  [[nodiscard]] std::string Token() const { return ReadSmallFile(path_ + "/token"); }
  [[nodiscard]] Result<void> KeepToken(std::string_view token) const { return WriteSmallFile(path_ + "/token", token); }
  [[nodiscard]] std::map<Conversation, int64_t> Shown() const;
  [[nodiscard]] Result<void> KeepShown(const std::map<Conversation, int64_t>& shown) const;
  [[nodiscard]] std::string Partner() const { return ReadSmallFile(path_ + "/to"); }
  [[nodiscard]] Result<void> KeepPartner(std::string_view to) const { return WriteSmallFile(path_ + "/to", to); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  SessionFolder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::string path_;
  int lock_ = -1;
};

}  // namespace parley::cli
