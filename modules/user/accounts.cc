// user.register, user.profile, user.update, user.status.
#include "common/base/check.h"
#include "modules/user/user.h"

namespace parley::user {
namespace {

Error Taken() { return {Code::kExists, "user: that handle is taken", 0}; }

const std::string& ShownName(const UserHandle& user, const Account& account) {
  return account.name.empty() ? user.text() : account.name;
}

bool WasRegisteredBy(const Account& account, const Register& request, const RequestId& request_id, int64_t now_ms) {
  if (account.deleted() || account.password_version != 1 || now_ms - account.created_ms > kRepeatMs) return false;
  return (request.id && *request.id == account.register_id) || request_id.Hex() == account.register_request;
}

}  // namespace

std::optional<Account> UserModule::Find(const Context& ctx, const UserHandle& user) {
  std::optional<Account> account = ctx.view().Get(AccountRow{user});
  if (account && account->deleted()) account.reset();
  return account;
}

Result<Account> UserModule::FindOwn(const Context& ctx) {
  std::optional<Account> account = Find(ctx, ctx.user());
  const std::string& session = ctx.caller().session;
  if (!account || (!session.empty() && !ctx.view().Has(SessionRow{ctx.user(), session}))) {
    return Fail(Code::kUnauthenticated, "this session has ended; log in again");
  }
  TRY(CheckNotBanned(ctx, ctx.user()));
  return *std::move(account);
}

UserModule::Awaiting<Registered> UserModule::DoRegister(Context& ctx, Register request) {
  CO_TRY(CheckDisk(ctx));
  const AccountRow row{request.user};
  if (!ctx.view().Has(row)) {
    const std::shared_ptr<PasswordWork> work = NewWork();
    work->to_hash = request.password;
    const bool accepted = co_await Run(ctx, work);
    if (!accepted || work->verdict != Verdict::kRight) co_return Fail(Busy());
    if (!ctx.view().Has(row)) {
      Account account;
      account.name = request.name;
      account.created_ms = ctx.now().wall_ms;
      account.password = work->hashed;
      account.password_version = 1;
      account.register_id = request.id.value_or("");
      account.register_request = ctx.request().Hex();
      ctx.view().Put(row, account);
      TellIndex(ctx, request.user, account);
      co_return Registered{request.user};
    }
  }
  const std::optional<Account> account = ctx.view().Get(row);
  PARLEY_CHECK(account.has_value());
  if (!WasRegisteredBy(*account, request, ctx.request(), ctx.now().wall_ms)) co_return Fail(Taken());

  // It may be the same registration again: then the password is the same, too.
  CO_TRY_ASSIGN(Guesses::Try attempt, guesses_.Begin(request.user, ctx.now().mono_ms));
  const std::shared_ptr<PasswordWork> work = NewWork();
  work->checks.push_back({account->password, request.password});
  const bool accepted = co_await Run(ctx, work);
  if (!accepted || work->verdict == Verdict::kFailed) co_return Fail(Busy());
  if (work->verdict == Verdict::kWrong) {
    attempt.Wrong(ctx.now().mono_ms);
    co_return Fail(Taken());
  }
  attempt.Right();
  co_return Registered{request.user};
}

bool UserModule::MaySeePresence(const Context& ctx, const UserHandle& of) {
  if (of == ctx.user()) return true;
  const std::optional<Friend> row = ctx.view().Get(FriendRow{of, ctx.user()});
  return row && row->on;
}

Profile UserModule::ProfileOf(const Context& ctx, const UserHandle& user, const Account& account) const {
  Profile profile;
  profile.user = user;
  profile.name = ShownName(user, account);
  profile.about = account.about;
  profile.created_ms = account.created_ms;
  if (!MaySeePresence(ctx, user)) return profile;
  // Who asks is online, even where the frontend has not said so yet.
  profile.online = user == ctx.user() || AvailabilityOf(ctx, user, account).online;
  if (*profile.online) {
    profile.state = account.state;
    if (!account.text.empty()) profile.text = account.text;
  }
  if (const auto seen = ctx.view().Get(SeenRow{user})) profile.last_seen_ms = seen->last_seen_ms;
  return profile;
}

Result<Profile> UserModule::DoProfile(Context& ctx, const GetProfile& request) {
  if (!request.user || *request.user == ctx.user()) {
    TRY_ASSIGN(const Account own, FindOwn(ctx));
    return ProfileOf(ctx, ctx.user(), own);
  }
  const std::optional<Account> account = Find(ctx, *request.user);
  if (!account) return Fail(Code::kNotFound, "user: no such user");
  return ProfileOf(ctx, *request.user, *account);
}

Result<Profile> UserModule::DoUpdate(Context& ctx, const Update& request) {
  TRY_ASSIGN(Account account, FindOwn(ctx));
  const std::string shown_before = ShownName(ctx.user(), account);
  if (request.name) account.name = *request.name;
  if (request.about) account.about = *request.about;
  if (request.name || request.about) ctx.view().Put(AccountRow{ctx.user()}, account);
  if (ShownName(ctx.user(), account) != shown_before) TellIndex(ctx, ctx.user(), account);
  return ProfileOf(ctx, ctx.user(), account);
}

Result<Done> UserModule::DoStatus(Context& ctx, const SetStatus& request) {
  TRY_ASSIGN(Account account, FindOwn(ctx));
  if (account.state != request.state || account.text != request.text) {
    account.state = request.state;
    account.text = request.text;
    ctx.view().Put(AccountRow{ctx.user()}, account);
    NoteStatus(ctx, ctx.user(), account);
  }
  return Done{};
}

Result<ExistsReply> UserModule::DoExists(Context& ctx, const Exists& request) {
  return ExistsReply{Find(ctx, request.user).has_value()};
}

}  // namespace parley::user
