// What is done to accounts, which are the user module's: admin.ban, unban, kick, grant, ungrant; and admin.users.
#include <algorithm>

#include "common/schema/page.h"
#include "modules/admin/admin.h"
#include "modules/user/messages.h"

namespace parley::admin {
namespace {

// Accounts are listed slot after slot, as they are kept. A page begins after this handle of this slot.
struct Place {
  int64_t slot = 0;
  std::string after;
  std::string prefix;
  bool operator==(const Place&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("s", &Place::slot, {}, schema::Bound{0, kSlots - 1}),
      Optional("a", &Place::after),
      Optional("p", &Place::prefix),
  };
};

// Slots that are asked at once. The first few of a large system fill a page; a small one is seen whole in some rounds.
constexpr int64_t kSlotsAtOnceMax = 64;

Account AccountOf(const user::AccountSummary& summary) {
  Account account;
  account.user = summary.user;
  account.name = summary.name;
  account.role = summary.role == user::Role::kAdmin ? "admin" : "user";
  account.state = summary.deleted  ? AccountState::kDeleted
                  : summary.banned ? AccountState::kBanned
                                   : AccountState::kActive;
  if (summary.banned) account.reason = summary.reason;
  account.until_ms = summary.until_ms;
  account.created_ms = summary.created_ms;
  account.sessions = summary.sessions;
  return account;
}

}  // namespace

AdminModule::Task<Done> AdminModule::DoBan(Context& ctx, Ban request) {
  if (request.until_ms && *request.until_ms <= ctx.now().wall_ms) {
    co_return Fail(Code::kBadRequest, "until_ms: has passed already");
  }
  const user::SetBan ban{request.user, true, request.reason, request.until_ms};
  CO_TRY(co_await Carry(ctx, request, request.user.text(), ban));
  co_return Done{};
}

AdminModule::Task<Done> AdminModule::DoUnban(Context& ctx, Unban request) {
  const user::SetBan pardon{request.user, false, "", {}};
  CO_TRY(co_await Carry(ctx, request, request.user.text(), pardon));
  co_return Done{};
}

AdminModule::Task<Done> AdminModule::DoKick(Context& ctx, Kick request) {
  const user::Disconnect disconnect{request.user};
  CO_TRY(co_await Carry(ctx, request, request.user.text(), disconnect));
  co_return Done{};
}

AdminModule::Task<Done> AdminModule::DoGrant(Context& ctx, Grant request) {
  const user::SetRole role{request.user, user::Role::kAdmin};
  CO_TRY(co_await Carry(ctx, request, request.user.text(), role));
  ctx.view().Delete(UngrantedRow{request.user});
  co_return Done{};
}

AdminModule::Task<Done> AdminModule::DoUngrant(Context& ctx, Ungrant request) {
  const user::SetRole role{request.user, user::Role::kUser};
  CO_TRY(co_await Carry(ctx, request, request.user.text(), role));
  ctx.view().Put(UngrantedRow{request.user}, Nothing{});
  co_return Done{};
}

AdminModule::Task<UsersPage> AdminModule::DoUsers(Context& ctx, Users request) {
  CO_TRY(CheckRole(ctx));
  Place from{0, "", request.prefix.value_or("")};
  if (request.cursor) {
    CO_TRY_ASSIGN(from, schema::ReadCursor<Place>(*request.cursor, ctx.now().wall_ms));
    if (from.prefix != request.prefix.value_or("")) {
      co_return Fail(Code::kBadRequest, "cursor: belongs to another prefix");
    }
  }
  UsersPage page;
  const size_t size = schema::PageSize(request.limit);
  Place last = from;
  int64_t at_once = 1;
  for (int64_t slot = from.slot; slot < kSlots; at_once = std::min(2 * at_once, kSlotsAtOnceMax)) {
    const int64_t end = std::min<int64_t>(slot + at_once, kSlots);
    // One more than there is room for tells whether there is another page.
    const auto wanted = static_cast<int64_t>(size - page.users.size()) + 1;
    std::vector<std::pair<std::string, user::Accounts>> asked;
    for (int64_t i = slot; i < end; ++i) {
      const std::string& key = KeyOfSlot(static_cast<Slot>(i));
      asked.emplace_back(key, user::Accounts{key, from.prefix, i == from.slot ? from.after : "", wanted});
    }
    const std::vector<Result<user::AccountsReply>> replies = co_await ctx.CallAll(asked);
    for (const Result<user::AccountsReply>& reply : replies) {
      if (!reply) co_return Fail(reply.error());
      for (const user::AccountSummary& summary : reply->accounts) {
        if (page.users.size() == size) {
          page.cursor = schema::MakeCursor(last, ctx.now().wall_ms);
          co_return page;
        }
        page.users.push_back(AccountOf(summary));
        last = {slot, summary.user.text(), from.prefix};
      }
      ++slot;
    }
  }
  co_return page;
}

}  // namespace parley::admin
