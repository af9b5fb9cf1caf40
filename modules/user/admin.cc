// What administrators do to accounts, asked by the admin module: user.set_ban, user.disconnect, user.set_role,
// user.accounts.
#include <ctime>

#include "common/base/log.h"
#include "modules/user/session_life.h"
#include "modules/user/user.h"

namespace parley::user {
namespace {

// The table of accounts by text: what a page begins after, or its prefix, need not be a handle.
struct AccountPlace {
  static constexpr char kTable = AccountRow::kTable;
  std::string user;
  static constexpr auto kKey = std::tuple{&AccountPlace::user};
  using Value = Account;
};

Error NoSuchUser() { return {Code::kNotFound, "user: no such user", 0}; }

bool IsOver(const Ban& ban, int64_t now_ms) { return ban.until_ms && *ban.until_ms <= now_ms; }

// "banned until 2026-11-25 20:00:00 UTC (1795636800000): spam"
std::string TextOf(const Ban& ban) {
  std::string text = "banned for ever";
  if (ban.until_ms) {
    const std::time_t seconds = *ban.until_ms / 1'000;
    std::tm utc{};
    char date[64] = "";
    // A year that does not fit leaves the milliseconds alone.
    if (gmtime_r(&seconds, &utc) != nullptr) std::strftime(date, sizeof date, "%F %T UTC ", &utc);
    text = fmt::format("banned until {}({})", date, *ban.until_ms);
  }
  return ban.reason.empty() ? text : text + ": " + ban.reason;
}

// All of the user's connections, wherever they are.
void CloseConnections(module::Context& ctx, const UserHandle& user, wire::Close close) {
  module::To connections;
  connections.topics = {wire::UserTopic(user)};
  connections.directives.close = std::move(close);
  ctx.Direct(connections);
}

}  // namespace

Result<void> UserModule::CheckNotBanned(const Context& ctx, const UserHandle& user) {
  const std::optional<Ban> ban = ctx.view().Get(BanRow{user});
  if (!ban || IsOver(*ban, ctx.now().wall_ms)) return {};
  return Fail(Code::kForbidden, TextOf(*ban));
}

// A connection that is just being made hears nothing yet; DoAttach closes it.
Result<Done> UserModule::DoSetBan(Context& ctx, const SetBan& request) {
  const std::optional<Account> account = Find(ctx, request.user);
  if (!account) return Fail(NoSuchUser());
  if (!request.on) {
    ctx.view().Delete(BanRow{request.user});
    return Done{};
  }
  if (account->root) return Fail(Code::kForbidden, "user: the root user can't be banned");
  const Ban ban{request.reason, request.until_ms};
  ctx.view().Put(BanRow{request.user}, ban);
  CloseConnections(ctx, request.user, {"banned", TextOf(ban), 0});
  return Done{};
}

Result<Done> UserModule::DoDisconnect(Context& ctx, const Disconnect& request) {
  if (!Find(ctx, request.user)) return Fail(NoSuchUser());
  CloseConnections(ctx, request.user, {"kicked", "an administrator closed this connection", 0});
  return Done{};
}

Result<Done> UserModule::DoSetRole(Context& ctx, const SetRole& request) {
  std::optional<Account> account = Find(ctx, request.user);
  if (!account) return Fail(NoSuchUser());
  const bool admin = request.role == Role::kAdmin;
  if (account->root && !admin) return Fail(Code::kForbidden, "user: the root user stays an administrator");
  if (account->admin != admin) {
    account->admin = admin;
    ctx.view().Put(AccountRow{request.user}, *account);
  }
  // Also where it was so already: what was told the time before may have been lost.
  for (const auto& [row, session] : SessionsOf(ctx, request.user)) {
    module::To connection;
    connection.topics = {wire::SessionTopic(row.session)};
    connection.directives.identify = wire::Identify{row.user, row.session, admin};
    ctx.Direct(connection);
  }
  return Done{};
}

Result<AccountsReply> UserModule::DoAccounts(Context& ctx, const Accounts& request) {
  const int64_t now_ms = ctx.now().wall_ms;
  store::SlotView view = ctx.view();
  AccountsReply reply;
  const AccountPlace from{std::max(request.after, request.prefix)};
  view.ScanFrom<AccountPlace>(from, store::Order::kAscending, [&](const AccountPlace& place, const Account& account) {
    if (!request.after.empty() && place.user == request.after) return true;
    if (!place.user.starts_with(request.prefix)) return false;
    AccountSummary summary;
    summary.user = UserHandle::Must(place.user);
    summary.name = account.name.empty() ? place.user : account.name;
    summary.role = account.admin ? Role::kAdmin : Role::kUser;
    summary.created_ms = account.created_ms;
    summary.deleted = account.deleted();
    if (const std::optional<Ban> ban = view.Get(BanRow{summary.user}); ban && !IsOver(*ban, now_ms)) {
      summary.banned = true;
      summary.reason = ban->reason;
      summary.until_ms = ban->until_ms;
    }
    for (const auto& [row, session] : SessionsOf(ctx, summary.user)) {
      if (!HasExpired(session.used_ms, now_ms)) ++summary.sessions;
    }
    reply.accounts.push_back(std::move(summary));
    return static_cast<int64_t>(reply.accounts.size()) < request.limit;
  });
  return reply;
}

}  // namespace parley::user
