// user.login, user.resume, user.logout: how a connection becomes a user's.
#include <algorithm>

#include "common/base/ids.h"
#include "modules/user/session_life.h"
#include "modules/user/token.h"
#include "modules/user/user.h"

namespace parley::user {
namespace {

constexpr size_t kSessionIdBytes = 9;    // 12 characters: public, but not to be guessed by counting
constexpr size_t kTokensPerSession = 8;  // answers to one login that may be on their way

Error LoggedInAlready() { return {Code::kConflict, "this connection is logged in; log out first", 0}; }

}  // namespace

LoggedIn UserModule::Identify(Context& ctx, const Account& account, const SessionRow& row, std::string token) {
  ctx.directives().identify = wire::Identify{row.user, row.session, account.admin};
  ctx.directives().subscribe = {wire::UserTopic(row.user), wire::SessionTopic(row.session)};
  presence_.Expect(row.user, row.session, ctx.caller().connection);
  return {row.user, std::move(token), row.session, ctx.now().wall_ms + kTokenLifeMs,
          account.admin ? Role::kAdmin : Role::kUser};
}

UserModule::Awaiting<LoggedIn> UserModule::DoLogin(Context& ctx, Login request) {
  if (!ctx.user().empty()) co_return Fail(LoggedInAlready());
  CO_TRY(CheckDisk(ctx));
  CO_TRY_ASSIGN(Guesses::Try attempt, guesses_.Begin(request.user, ctx.now().mono_ms));
  const std::optional<Account> before = Find(ctx, request.user);
  const std::shared_ptr<PasswordWork> work = NewWork();
  // Who is not there costs as much time as a wrong password.
  work->checks.push_back({before ? before->password : decoy_, request.password});
  if (before && HasOtherCost(before->password, options_.hash)) work->to_hash = request.password;
  const bool accepted = co_await Run(ctx, work);
  if (!accepted || work->verdict == Verdict::kFailed) co_return Fail(Busy());
  const bool right = before && work->verdict == Verdict::kRight;
  std::optional<Account> account = Find(ctx, request.user);
  // A password that was changed meanwhile was right, and is no more.
  if (!right || !account || account->password_version != before->password_version) {
    attempt.Wrong(ctx.now().mono_ms);
    co_return Fail(Code::kUnauthenticated, "wrong user or password");
  }
  attempt.Right();
  CO_TRY(CheckNotBanned(ctx, request.user));
  if (!work->hashed.empty()) {
    account->password = work->hashed;
    ctx.view().Put(AccountRow{request.user}, *account);
  }

  const Token token = Token::Make(request.user);
  const std::string login_request = ctx.request().Hex();
  Sessions sessions = SessionsOf(ctx, request.user);
  const auto again = std::ranges::find(sessions, login_request, [](const auto& s) { return s.second.login_request; });
  if (again != sessions.end()) {
    // The same login, whose answer was lost or is on its way: nobody knows which of its tokens the client gets.
    auto& [row, session] = *again;
    if (session.token_hashes.size() >= kTokensPerSession) session.token_hashes.erase(session.token_hashes.begin());
    session.token_hashes.push_back(token.Hash());
    ctx.view().Put(row, session);
    co_return Identify(ctx, *account, row, token.text());
  }
  MakeRoom(ctx, request.user, std::move(sessions));
  const SessionRow row{request.user, RandomText(kSessionIdBytes)};
  Session session;
  session.token_hashes = {token.Hash()};
  session.device = request.device;
  session.address = ctx.caller().address;
  session.since_ms = session.used_ms = ctx.now().wall_ms;
  session.login_request = login_request;
  ctx.view().Put(row, session);
  co_return Identify(ctx, *account, row, token.text());
}

Result<LoggedIn> UserModule::DoResume(Context& ctx, const Resume& request) {
  if (!ctx.user().empty()) return Fail(LoggedInAlready());
  TRY_ASSIGN(const Token token, Token::Parse(request.token));
  const std::string hash = token.Hash();
  const int64_t now_ms = ctx.now().wall_ms;
  const std::optional<Account> account = Find(ctx, token.user);
  Sessions sessions = SessionsOf(ctx, token.user);
  const auto found = std::ranges::find_if(sessions, [&](const auto& entry) {
    return std::ranges::any_of(entry.second.token_hashes,
                               [&](const std::string& known) { return SameHash(known, hash); });
  });
  if (!account || found == sessions.end() || HasExpired(found->second.used_ms, now_ms)) {
    return Fail(Code::kUnauthenticated, "wrong token, or one that has ended");
  }
  TRY(CheckNotBanned(ctx, token.user));

  const auto& [row, stored] = *found;
  Session session = stored;
  session.token_hashes = {hash};
  session.address = ctx.caller().address;
  if (request.device) session.device = *request.device;
  if (IsStale(session.used_ms, now_ms)) session.used_ms = now_ms;
  if (session != stored) ctx.view().Put(row, session);

  module::To other_connection;
  other_connection.topics = {wire::SessionTopic(row.session)};
  other_connection.except_caller_connection = true;
  other_connection.directives.close = wire::Close{"replaced", "the session goes on with another connection", 0};
  ctx.Direct(other_connection);
  return Identify(ctx, *account, row, request.token);
}

Result<Done> UserModule::DoLogout(Context& ctx, const Logout&) {
  EndSessions(ctx, ctx.user(), {ctx.caller().session}, "logged out");
  NoteOffline(ctx, ctx.user());  // unless on other devices; who says goodbye gets no grace
  ctx.directives().anonymous = true;
  return Done{};
}

}  // namespace parley::user
