// Lists: a group's users, from its slot a page at a time; a user's groups, from the user's slot, with what the groups'
// slots say of each.
#include <algorithm>
#include <map>

#include "common/base/slot.h"
#include "common/schema/page.h"
#include "modules/group/group.h"

namespace parley::group {
namespace {

using module::Context;
using schema::MakeCursor, schema::PageSize, schema::ReadCursor;

// Where a page of a group's users ended. `of` says which list it is.
struct UserPlace {
  std::string of;
  GroupHandle group;
  UserHandle user;
  bool operator==(const UserPlace&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("o", &UserPlace::of),
      Required("g", &UserPlace::group),
      Required("u", &UserPlace::user),
  };
};

struct GroupPlace {
  GroupHandle group;
  bool operator==(const GroupPlace&) const = default;
  static constexpr auto kFields = std::tuple{Required("g", &GroupPlace::group)};
};

// Fills `items` with what `show(row, value)` gives for each user's row of the group, and returns the cursor.
template <class Row, class Request, class Item, class Show>
Result<std::optional<std::string>> PageOf(Context& ctx, const Request& request, std::vector<Item>& items, Show show) {
  const std::string of(Request::kMethod);
  Row from;
  from.group = request.group;
  if (request.cursor) {
    TRY_ASSIGN(const UserPlace place, ReadCursor<UserPlace>(*request.cursor, ctx.now().wall_ms));
    if (place.of != of || place.group != request.group) {
      return Fail(Code::kBadRequest, "cursor: belongs to another list");
    }
    from.user = place.user;
  }
  std::optional<std::string> cursor;
  const size_t size = PageSize(request.limit);
  ctx.view().ScanFrom(
      from, store::Order::kAscending,
      [&](const Row& row, const auto& value) {
        if (row.user == from.user) return true;
        if (items.size() == size) {
          cursor = MakeCursor(UserPlace{of, request.group, items.back().user}, ctx.now().wall_ms);
          return false;
        }
        items.push_back(show(row, value));
        return true;
      },
      request.group);
  return cursor;
}

}  // namespace

Result<MembersPage> GroupModule::DoMembers(Context& ctx, const Members& request) {
  TRY_ASSIGN(const Roster roster, Roster::FindFor(ctx, request.group));
  if (!roster.RoleOf(ctx.user())) return Fail(Code::kForbidden, "only members may see who else is one");
  MembersPage page;
  TRY_ASSIGN(page.cursor,
             PageOf<MemberRow>(ctx, request, page.members, [&](const MemberRow& row, const MemberState& member) {
               Member shown{row.user, member.role, member.since_ms, {}};
               if (member.muted_until_ms > ctx.now().wall_ms) shown.muted_until_ms = member.muted_until_ms;
               return shown;
             }));
  return page;
}

Result<UsersPage> GroupModule::DoRequests(Context& ctx, const Requests& request) {
  TRY_ASSIGN(const Roster roster, Roster::FindFor(ctx, request.group));
  TRY(RequireAdmin(roster, ctx.user()));
  UsersPage page;
  TRY_ASSIGN(page.cursor,
             PageOf<RequestRow>(ctx, request, page.users, [](const RequestRow& row, const RequestState& state) {
               return Listed{row.user, state.time_ms, state.note};
             }));
  return page;
}

Result<UsersPage> GroupModule::DoBans(Context& ctx, const Bans& request) {
  TRY_ASSIGN(const Roster roster, Roster::FindFor(ctx, request.group));
  TRY(RequireAdmin(roster, ctx.user()));
  UsersPage page;
  TRY_ASSIGN(page.cursor, PageOf<BanRow>(ctx, request, page.users, [](const BanRow& row, const Ban& ban) {
               return Listed{row.user, ban.time_ms, {}};
             }));
  return page;
}

module::Task<Result<std::map<std::string, Brief>>> GroupModule::BriefsOf(Context& ctx,
                                                                         std::vector<GroupHandle> groups) {
  constexpr size_t kCallsAtOnce = 64;
  std::map<Slot, GetBriefs> by_slot;
  for (GroupHandle& group : groups) {
    GetBriefs& question = by_slot[SlotOf(group.text())];
    if (question.groups.empty()) question.key = group;
    question.groups.push_back(std::move(group));
  }
  std::vector<std::pair<std::string, GetBriefs>> calls;
  for (auto& [slot, question] : by_slot) calls.emplace_back(question.key.text(), std::move(question));

  std::map<std::string, Brief> found;
  for (size_t from = 0; from < calls.size(); from += kCallsAtOnce) {
    const size_t to = std::min(calls.size(), from + kCallsAtOnce);
    const std::vector<std::pair<std::string, GetBriefs>> wave(calls.begin() + static_cast<ptrdiff_t>(from),
                                                              calls.begin() + static_cast<ptrdiff_t>(to));
    std::vector<Result<BriefsReply>> answers = co_await ctx.CallAll(wave);
    for (Result<BriefsReply>& answer : answers) {
      // A list that lacks some would say that they are no longer the caller's.
      if (!answer) co_return Fail(answer.error());
      for (Brief& brief : answer->groups) {
        std::string handle = brief.group.text();
        found.emplace(std::move(handle), std::move(brief));
      }
    }
  }
  co_return found;
}

Result<BriefsReply> GroupModule::DoBriefs(Context& ctx, const GetBriefs& request) {
  BriefsReply reply;
  for (const GroupHandle& handle : request.groups) {
    if (SlotOf(handle.text()) != ctx.slot()) return Fail(Code::kBadRequest, "groups: of another slot");
    const Result<Roster> roster = Roster::Find(ctx, handle);
    if (!roster) continue;
    reply.groups.push_back(
        {handle, roster->name(), roster->group().members, roster->group().policy == Policy::kInvite});
  }
  return reply;
}

module::Task<Result<InvitationsReply>> GroupModule::DoInvitations(Context& ctx, Invitations) {
  InvitationsReply reply;
  std::vector<GroupHandle> groups;
  ctx.view().Scan<StandingRow>(
      store::Order::kAscending,
      [&](const StandingRow& row, const Standing& standing) {
        if (!standing.invited_by || ctx.now().wall_ms - standing.invited_ms > kInvitedMs) return true;
        reply.groups.push_back({row.group, {}, *standing.invited_by, standing.invited_ms});
        groups.push_back(row.group);
        return true;
      },
      ctx.user());
  Result<std::map<std::string, Brief>> briefs = co_await BriefsOf(ctx, std::move(groups));
  if (!briefs) co_return Fail(briefs.error());
  std::erase_if(reply.groups, [&](Invitation& invitation) {
    const auto brief = briefs->find(invitation.group.text());
    if (brief == briefs->end()) return true;
    invitation.name = brief->second.name;
    return false;
  });
  co_return reply;
}

module::Task<Result<OwnPage>> GroupModule::DoList(Context& ctx, List request) {
  StandingRow from{ctx.user(), {}};
  if (request.cursor) {
    CO_TRY_ASSIGN(GroupPlace place, ReadCursor<GroupPlace>(*request.cursor, ctx.now().wall_ms));
    from.group = std::move(place.group);
  }
  OwnPage page;
  std::vector<GroupHandle> groups;
  const size_t size = PageSize(request.limit);
  ctx.view().ScanFrom(
      from, store::Order::kAscending,
      [&](const StandingRow& row, const Standing& standing) {
        if (!standing.role || row.group == from.group) return true;
        if (groups.size() == size) {
          page.cursor = MakeCursor(GroupPlace{groups.back()}, ctx.now().wall_ms);
          return false;
        }
        groups.push_back(row.group);
        page.groups.push_back({row.group, {}, *standing.role});
        return true;
      },
      ctx.user());
  Result<std::map<std::string, Brief>> briefs = co_await BriefsOf(ctx, std::move(groups));
  if (!briefs) co_return Fail(briefs.error());
  std::erase_if(page.groups, [&](OwnGroup& own) {
    const auto brief = briefs->find(own.group.text());
    if (brief == briefs->end()) return true;  // dissolved
    own.name = brief->second.name;
    return false;
  });
  co_return page;
}

}  // namespace parley::group
