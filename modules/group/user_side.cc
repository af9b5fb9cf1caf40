// What stands at a user's slot: how the user stands to which group, and what there is room for.
#include "common/base/limits.h"
#include "common/wire/publication.h"
#include "modules/group/group.h"

namespace parley::group {
namespace {

using module::Context;

constexpr size_t kEndedAtOnce = 200;

bool HoldsAny(const Standing& standing) { return standing.role || standing.invited_by || standing.requested; }

void Count(Counts& counts, const Standing& standing, int64_t by) {
  if (standing.role) counts.groups += by;
  if (standing.invited_by) counts.invitations += by;
  if (standing.requested) counts.requests += by;
}

void Put(Context& ctx, const StandingRow& row, const Standing& standing) {
  const CountsRow counts_row{row.user};
  Counts counts = ctx.view().Get(counts_row).value_or(Counts{});
  Count(counts, ctx.view().Get(row).value_or(Standing{}), -1);
  Count(counts, standing, +1);
  ctx.view().Put(row, standing);
  ctx.view().Put(counts_row, counts);
}

void TellSessions(Context& ctx, const SetStanding& news) {
  module::To to;
  to.topics = {wire::UserTopic(news.user)};
  switch (news.told) {
    case Told::kNothing:
      return;
    case Told::kInvited:
      return ctx.Publish(to, WasInvited{news.group, news.by.value_or(UserHandle())});
    case Told::kJoined:
      return ctx.Publish(to, HasJoined{news.group, news.by});
    case Told::kLeft:
      return ctx.Publish(to, HasLeft{news.group, news.by, news.reason});
  }
}

// Invitations that nobody can follow any more take no room.
void ForgetExpired(Context& ctx, const UserHandle& user) {
  std::vector<std::pair<StandingRow, Standing>> expired;
  ctx.view().Scan<StandingRow>(
      store::Order::kAscending,
      [&](const StandingRow& row, const Standing& standing) {
        if (standing.invited_by && ctx.now().wall_ms - standing.invited_ms > kInvitedMs) {
          expired.emplace_back(row, standing);
        }
        return true;
      },
      user);
  for (auto& [row, standing] : expired) {
    standing.invited_by.reset();
    standing.invited_ms = 0;
    Put(ctx, row, standing);
  }
}

}  // namespace

Result<Done> GroupModule::DoStanding(Context& ctx, const SetStanding& request) {
  const StandingRow row{request.user, request.group};
  const Standing before = ctx.view().Get(row).value_or(Standing{});
  if (request.version < before.version) return Done{};
  // The same version again: its sessions may not have been told, if the worker died.
  if (request.version > before.version) {
    const Standing now{request.version, request.role, request.invited_by, request.invited_ms.value_or(0),
                       request.requested};
    Put(ctx, row, now);
    if (HoldsAny(now) && ctx.view().Has(GoneRow{request.user})) {
      ctx.Deliver(request.group.text(), group::End{request.group, request.user});
    }
  }
  TellSessions(ctx, request);
  return Done{};
}

Result<Room> GroupModule::DoRoom(Context& ctx, const GetRoom& request) {
  const CountsRow row{request.user};
  Counts counts = ctx.view().Get(row).value_or(Counts{});
  if (counts.invitations >= limits::kOpenRequestsMax) {
    ForgetExpired(ctx, request.user);
    counts = ctx.view().Get(row).value_or(Counts{});
  }
  Room room;
  room.groups = counts.groups < limits::kGroupsMax;
  room.invitations = counts.invitations < limits::kOpenRequestsMax;
  room.requests = counts.requests < limits::kOpenRequestsMax;
  room.gone = ctx.view().Has(GoneRow{request.user});
  return room;
}

Result<Done> GroupModule::DoUserGone(Context& ctx, const UserGone& request) {
  const GoneRow row{request.user};
  if (!ctx.view().Has(row)) ctx.view().Put(row, Gone{ctx.now().wall_ms});
  std::vector<GroupHandle> some;
  bool more = false;
  const StandingRow from{request.user, request.after.value_or(GroupHandle())};
  ctx.view().ScanFrom(
      from, store::Order::kAscending,
      [&](const StandingRow& standing_row, const Standing& standing) {
        if (!HoldsAny(standing) || standing_row.group == from.group) return true;
        more = some.size() == kEndedAtOnce;
        if (!more) some.push_back(standing_row.group);
        return !more;
      },
      request.user);
  for (const GroupHandle& group : some) ctx.Deliver(group.text(), group::End{group, request.user});
  if (more) ctx.Deliver(request.user.text(), UserGone{request.user, some.back()});
  return Done{};
}

}  // namespace parley::group
