// The user module: accounts, passwords, tokens, sessions, presence, and the search for users. Knows no sockets, and of
// other modules what it tells them. Everything of a user is keyed by the handle.
#pragma once

namespace CLI {
class App;
}
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/module/context.h"
#include "common/module/host.h"
#include "common/module/route.h"
#include "common/module/task.h"
#include "modules/user/guesses.h"
#include "modules/user/leavers.h"
#include "modules/user/messages.h"
#include "modules/user/password.h"
#include "modules/user/presence.h"
#include "modules/user/rows.h"
#include "modules/user/sweep.h"

namespace parley::user {

inline constexpr int64_t kDayMs = 24 * 3'600'000LL;
// A repeated registration or change of password is known again for so long.
inline constexpr int64_t kRepeatMs = kDayMs;

class UserModule final : public module::Module {
 public:
  static constexpr std::string_view kName = "user";

  struct Options {
    HashCost hash;
    std::string root_user;  // empty: no root user is made
    std::string root_password_file;
    std::string root_password;  // read from the file by Check()

    void AddTo(CLI::App& app);
    [[nodiscard]] Result<void> Check();
  };

  UserModule(module::Host& host, Options options);

  [[nodiscard]] const std::vector<module::Route>& routes() const override;
  void OnSlotGained(Slot slot) override;
  void OnSlotLost(Slot slot) override;
  void OnBusChanged() override;
  void OnNodeGone(NodeId node) override;
  void OnTick(const Now& now) override;

 private:
  template <class Reply>
  using Awaiting = module::Task<Result<Reply>>;
  using Context = module::Context;

  // accounts.cc
  Awaiting<Registered> DoRegister(Context& ctx, Register request);
  Result<Profile> DoProfile(Context& ctx, const GetProfile& request);
  Result<Profile> DoUpdate(Context& ctx, const Update& request);
  Result<Done> DoStatus(Context& ctx, const SetStatus& request);
  Result<ExistsReply> DoExists(Context& ctx, const Exists& request);
  // credentials.cc
  Awaiting<Done> DoPassword(Context& ctx, ChangePassword request);
  Awaiting<Done> DoDelete(Context& ctx, Delete request);
  // login.cc
  Awaiting<LoggedIn> DoLogin(Context& ctx, Login request);
  Result<LoggedIn> DoResume(Context& ctx, const Resume& request);
  Result<Done> DoLogout(Context& ctx, const Logout& request);
  // sessions.cc
  Result<SessionList> DoSessions(Context& ctx, const ListSessions& request);
  Result<Done> DoRevoke(Context& ctx, const Revoke& request);
  Result<Done> DoAttach(Context& ctx, const Attach& request);
  Result<Done> DoDetach(Context& ctx, const Detach& request);
  // availability.cc
  Result<Done> DoFriendship(Context& ctx, const Friendship& request);
  Result<AvailabilityReply> DoAvailability(Context& ctx, const GetAvailability& request);
  // search.cc
  Result<FoundPage> DoSearch(Context& ctx, const Search& request);
  Result<Done> DoIndex(Context& ctx, const Index& request);

  // admin.cc
  Result<Done> DoSetBan(Context& ctx, const SetBan& request);
  Result<Done> DoDisconnect(Context& ctx, const Disconnect& request);
  Result<Done> DoSetRole(Context& ctx, const SetRole& request);
  Result<AccountsReply> DoAccounts(Context& ctx, const Accounts& request);

  // Accounts. A deleted one is none, but for `user.register`.
  [[nodiscard]] static std::optional<Account> Find(const Context& ctx, const UserHandle& user);
  // kForbidden with the reason and the end, where the user is banned now.
  [[nodiscard]] static Result<void> CheckNotBanned(const Context& ctx, const UserHandle& user);
  // The caller's, whose session must not have ended: a frontend may learn that a moment later.
  [[nodiscard]] static Result<Account> FindOwn(const Context& ctx);
  [[nodiscard]] static bool MaySeePresence(const Context& ctx, const UserHandle& of);
  [[nodiscard]] Profile ProfileOf(const Context& ctx, const UserHandle& user, const Account& account) const;
  static void TellIndex(Context& ctx, const UserHandle& user, const Account& account);
  void MakeRoot();

  // What friends know of a user.
  [[nodiscard]] static Availability AvailabilityOf(const Context& ctx, const UserHandle& user, const Account& account);
  static void TellFriends(Context& ctx, const UserHandle& user, const Account& account);
  void NoteConnected(Context& ctx, const UserHandle& user);
  void NoteOffline(Context& ctx, const UserHandle& user);
  void NoteStatus(Context& ctx, const UserHandle& user, const Account& account);
  void TellWhatIsDue(const Now& now);

  // Sessions of one user.
  using Sessions = std::vector<std::pair<SessionRow, Session>>;
  [[nodiscard]] static Sessions SessionsOf(const Context& ctx, const UserHandle& user);
  // Where the 21st begins, the one idle longest ends.
  void MakeRoom(Context& ctx, const UserHandle& user, Sessions sessions);
  // Removes them, and closes their connections except the one that asks.
  void EndSessions(Context& ctx, const UserHandle& user, const std::vector<std::string>& sessions,
                   std::string_view message);
  // The session's connection is the one that asks, from now on.
  LoggedIn Identify(Context& ctx, const Account& account, const SessionRow& row, std::string token);
  void NoteConnectionEnded(Context& ctx, const UserHandle& user, const std::string& session);
  void NoteSeen(Context& ctx, const UserHandle& user);

  // Passwords.
  [[nodiscard]] std::shared_ptr<PasswordWork> NewWork() const;
  [[nodiscard]] static module::OffloadAwaiter Run(Context& ctx, const std::shared_ptr<PasswordWork>& work);

  // A status that friends were told of a moment ago.
  struct StatusTold {
    int64_t until_ms = 0;  // not again before this
    bool changed_since = false;
  };

  module::Host& host_;
  const Options options_;
  const UserHandle root_;
  const std::string decoy_;  // the hash of no password: verified against where there is no such user
  Guesses guesses_;
  Presence presence_;
  Leavers leavers_;
  std::unordered_map<UserHandle, StatusTold> statuses_;
  Sweep sweep_;
  bool root_warned_ = false;
};

// Too much waits for the helper threads.
[[nodiscard]] Error Busy();
// Changes are refused while the disk is nearly full.
[[nodiscard]] Result<void> CheckDisk(const module::Context& ctx);

}  // namespace parley::user
