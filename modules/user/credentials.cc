// user.password, user.delete: what one does with one's password.
#include "common/base/check.h"
#include "modules/friend/messages.h"
#include "modules/group/messages.h"
#include "modules/message/messages.h"
#include "modules/user/user.h"

namespace parley::user {
namespace {

std::optional<PasswordChange> FindChange(const module::Context& ctx, const PasswordChangeRow& row) {
  std::optional<PasswordChange> change = ctx.view().Get(row);
  if (change && ctx.now().wall_ms - change->time_ms > kRepeatMs) change.reset();
  return change;
}

}  // namespace

// Nothing of the two passwords may be kept but what guards an account, so a repetition is known by verifying against
// the hashes from before and after the change.
UserModule::Awaiting<Done> UserModule::DoPassword(Context& ctx, ChangePassword request) {
  CO_TRY(CheckDisk(ctx));
  const PasswordChangeRow row{ctx.user(), request.id ? "i" + *request.id : "r" + ctx.request().Hex()};
  while (true) {
    CO_TRY_ASSIGN(const Account before, FindOwn(ctx));
    const std::optional<PasswordChange> done = FindChange(ctx, row);
    CO_TRY_ASSIGN(Guesses::Try attempt, guesses_.Begin(ctx.user(), ctx.now().mono_ms));
    const std::shared_ptr<PasswordWork> work = NewWork();
    if (done) {
      work->checks.push_back({done->old_password, request.old_password});
      work->checks.push_back({done->new_password, request.new_password});
    } else {
      work->checks.push_back({before.password, request.old_password});
      work->to_hash = request.new_password;
    }
    const bool accepted = co_await Run(ctx, work);
    if (!accepted || work->verdict == Verdict::kFailed) co_return Fail(Busy());
    if (work->verdict == Verdict::kWrong) {
      attempt.Wrong(ctx.now().mono_ms);
      if (done) co_return Fail(Code::kConflict, "id: used before with another method or other arguments");
      co_return Fail(Code::kForbidden, "old: not the present password");
    }
    attempt.Right();
    if (done) co_return Done{};

    CO_TRY_ASSIGN(Account account, FindOwn(ctx));
    if (account.password_version != before.password_version) continue;  // changed meanwhile: look at it anew
    CO_TRY(ctx.ClaimId(request.id));
    ctx.view().Put(row, PasswordChange{account.password, work->hashed, ctx.now().wall_ms});
    account.password = work->hashed;
    ++account.password_version;
    ctx.view().Put(AccountRow{ctx.user()}, account);
    std::vector<std::string> others;
    for (const auto& [session, value] : SessionsOf(ctx, ctx.user())) {
      if (session.session != ctx.caller().session) others.push_back(session.session);
    }
    EndSessions(ctx, ctx.user(), others, "the password was changed");
    co_return Done{};
  }
}

UserModule::Awaiting<Done> UserModule::DoDelete(Context& ctx, Delete request) {
  CO_TRY(CheckDisk(ctx));
  while (true) {
    const AccountRow row{ctx.user()};
    if (const auto account = ctx.view().Get(row); account && account->deleted()) {
      ctx.directives().anonymous = true;  // it was asked again, and is so already
      co_return Done{};
    }
    CO_TRY_ASSIGN(const Account before, FindOwn(ctx));
    if (before.root) co_return Fail(Code::kForbidden, "the root user can't be deleted");
    CO_TRY_ASSIGN(Guesses::Try attempt, guesses_.Begin(ctx.user(), ctx.now().mono_ms));
    const std::shared_ptr<PasswordWork> work = NewWork();
    work->checks.push_back({before.password, request.password});
    const bool accepted = co_await Run(ctx, work);
    if (!accepted || work->verdict == Verdict::kFailed) co_return Fail(Busy());
    if (work->verdict == Verdict::kWrong) {
      attempt.Wrong(ctx.now().mono_ms);
      co_return Fail(Code::kForbidden, "password: not the present password");
    }
    attempt.Right();
    const std::optional<Account> account = Find(ctx, ctx.user());
    if (!account || account->password_version != before.password_version) continue;  // look at it anew
    CO_TRY(FindOwn(ctx));
    CO_TRY(ctx.ClaimId(request.id));

    store::SlotView view = ctx.view();
    std::vector<std::string> sessions;
    for (const auto& [session, value] : SessionsOf(ctx, ctx.user())) sessions.push_back(session.session);
    EndSessions(ctx, ctx.user(), sessions, "the account was deleted");
    view.Scan<PasswordChangeRow>(
        store::Order::kAscending,
        [&](const PasswordChangeRow& change, const PasswordChange&) {
          view.Delete(change);
          return true;
        },
        ctx.user());
    view.Delete(EndedRow{ctx.user()});
    view.Delete(SeenRow{ctx.user()});
    view.Delete(OnlineRow{ctx.user()});  // friends hear that they are none any more
    leavers_.CameBack(ctx.user());
    view.Scan<FriendRow>(
        store::Order::kAscending,
        [&](const FriendRow& friend_row, const Friend&) {
          view.Delete(friend_row);
          return true;
        },
        ctx.user());
    view.Delete(BanRow{ctx.user()});
    Account tombstone;
    tombstone.created_ms = account->created_ms;
    tombstone.deleted_ms = ctx.now().wall_ms;
    view.Put(row, tombstone);
    TellIndex(ctx, ctx.user(), tombstone);
    ctx.Deliver(ctx.user().text(), message::UserGone{ctx.user(), {}});
    ctx.Deliver(ctx.user().text(), friends::UserGone{ctx.user(), {}});
    ctx.Deliver(ctx.user().text(), group::UserGone{ctx.user()});
    ctx.directives().anonymous = true;
    co_return Done{};
  }
}

}  // namespace parley::user
