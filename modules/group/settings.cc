// A group's beginning, what it is called, and its end.
#include <string>

#include "modules/group/group.h"

namespace parley::group {
namespace {

using module::Context;

constexpr size_t kClearedAtOnce = 200;

tl::unexpected<Error> Taken() { return Fail(Code::kExists, "group: the handle is taken"); }

// Removes up to kClearedAtOnce rows of a table of users; true when there are more.
template <class Row>
bool TakeSome(Context& ctx, const Clear& request, std::vector<UserHandle>& taken) {
  Row from;
  from.group = request.group;
  from.user = request.after.value_or(UserHandle());
  bool more = false;
  ctx.view().ScanFrom(
      from, store::Order::kAscending,
      [&](const Row& row, const auto& value) {
        more = taken.size() == kClearedAtOnce;
        if (more) return false;
        taken.push_back(row.user);
        ctx.view().Delete(row);
        if constexpr (std::is_same_v<Row, MemberRow>) {
          ctx.view().Delete(SeniorRow{row.group, value.role == Role::kAdmin ? kAdminRank : kMemberRank,
                                      static_cast<uint64_t>(value.joined)});
        }
        return true;
      },
      request.group);
  return more;
}

}  // namespace

module::Task<Result<Info>> GroupModule::DoCreate(Context& ctx, Create request) {
  if (ctx.view().Has(GroupRow{request.group})) co_return Taken();
  const GetRoom question{ctx.user()};
  const Result<Room> room = co_await ctx.Call(ctx.user().text(), question);
  if (!room) co_return Fail(room.error());
  if (room->gone) co_return Fail(Code::kUnauthenticated, "the account is deleted");
  if (!room->groups) co_return Fail(Code::kLimit, "group: you are in 1000 groups already");
  if (ctx.view().Has(GroupRow{request.group})) co_return Taken();  // somebody was faster
  Group group;
  group.name = request.name.value_or("");
  group.topic = request.topic.value_or("");
  group.policy = request.policy;
  Roster roster = Roster::Create(ctx, request.group, std::move(group));
  roster.SaveAndAnswerAfter();
  co_return roster.InfoFor(ctx.user());
}

Result<Info> GroupModule::DoInfo(Context& ctx, const GetInfo& request) {
  TRY_ASSIGN(const Roster roster, Roster::FindFor(ctx, request.group));
  return roster.InfoFor(ctx.user());
}

Result<Info> GroupModule::DoUpdate(Context& ctx, const Update& request) {
  TRY_ASSIGN(Roster roster, Roster::FindFor(ctx, request.group));
  TRY(RequireAdmin(roster, ctx.user()));
  Group group = roster.group();
  if (request.name) group.name = *request.name;
  if (request.topic) group.topic = *request.topic;
  if (request.policy) group.policy = *request.policy;
  roster.AnswerAfterNewsOf(ctx.user());
  roster.Update(group);
  roster.SaveAndAnswerAfter();
  return roster.InfoFor(ctx.user());
}

Result<Done> GroupModule::DoDissolve(Context& ctx, const Dissolve& request) {
  TRY_ASSIGN(Roster roster, Roster::FindFor(ctx, request.group));
  TRY(RequireOwner(roster, ctx.user()));
  roster.Dissolve(ctx.user());
  roster.SaveAndAnswerAfter();
  return Done{};
}

// The members are told by the message module, all at once; here only what is kept of them goes.
Result<Done> GroupModule::DoClear(Context& ctx, const Clear& request) {
  const std::optional<Group> group = ctx.view().Get(GroupRow{request.group});
  if (!group || !group->dissolved) return Fail(Code::kConflict, "group: not dissolved");
  std::vector<UserHandle> taken;
  bool more = false;
  switch (request.table) {
    case 0:
      more = TakeSome<MemberRow>(ctx, request, taken);
      break;
    case 1:
      more = TakeSome<InviteRow>(ctx, request, taken);
      break;
    case 2:
      more = TakeSome<RequestRow>(ctx, request, taken);
      break;
    case 3:
      more = TakeSome<BanRow>(ctx, request, taken);
      break;
    default:
      return Done{};
  }
  if (request.table != 3) {
    for (const UserHandle& user : taken) {
      SetStanding nothing;
      nothing.user = user;
      nothing.group = request.group;
      nothing.version = group->version;
      ctx.Deliver(user.text(), nothing);
    }
  }
  if (more) {
    ctx.Deliver(request.group.text(), Clear{request.group, request.table, taken.back()});
  } else {
    ctx.Deliver(request.group.text(), Clear{request.group, request.table + 1, {}});
  }
  return Done{};
}

}  // namespace parley::group
