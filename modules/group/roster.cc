#include "modules/group/roster.h"

#include <algorithm>

#include "common/base/limits.h"
#include "common/wire/publication.h"

namespace parley::group {
namespace {

using message::GroupChange;
using message::GroupEvent;

message::Role AsMessageRole(Role role) {
  switch (role) {
    case Role::kOwner:
      return message::Role::kOwner;
    case Role::kAdmin:
      return message::Role::kAdmin;
    case Role::kMember:
      break;
  }
  return message::Role::kMember;
}

std::string TextOf(Policy policy) {
  for (const auto& [value, name] : NamesOf(policy)) {
    if (value == policy) return std::string(name);
  }
  return {};
}

GroupChange Change(GroupEvent event, const UserHandle& by, std::optional<UserHandle> user = {}) {
  GroupChange change;
  change.event = event;
  change.by = by;
  change.user = std::move(user);
  return change;
}

}  // namespace

Result<Roster> Roster::Find(module::Context& ctx, const GroupHandle& handle) {
  std::optional<Group> group = ctx.view().Get(GroupRow{handle});
  if (!group || group->dissolved) return Fail(Code::kNotFound, "group: no such group");
  return Roster(ctx, handle, *std::move(group));
}

Result<Roster> Roster::FindFor(module::Context& ctx, const GroupHandle& handle) {
  TRY_ASSIGN(Roster roster, Find(ctx, handle));
  if (roster.group_.policy == Policy::kInvite && !roster.RoleOf(ctx.user()) && !roster.InvitationOf(ctx.user())) {
    return Fail(Code::kNotFound, "group: no such group");
  }
  return roster;
}

Roster Roster::Create(module::Context& ctx, const GroupHandle& handle, Group group) {
  group.owner = ctx.user();
  group.created_ms = ctx.now().wall_ms;
  Roster roster(ctx, handle, std::move(group));
  GroupChange change = Change(GroupEvent::kCreated, ctx.user());
  change.name = roster.name();
  change.topic = roster.group_.topic;
  change.policy = TextOf(roster.group_.policy);
  roster.Tell(std::move(change));
  roster.PutMember(ctx.user(), {Role::kOwner, ctx.now().wall_ms, roster.group_.version, 0});
  ++roster.group_.members;
  roster.TellUser(ctx.user(), Told::kJoined);
  if (roster.group_.policy != Policy::kInvite) roster.TellIndex(true);
  return roster;
}

std::optional<MemberState> Roster::MemberOf(const UserHandle& user) const {
  return ctx_->view().Get(MemberRow{handle_, user});
}

std::optional<Role> Roster::RoleOf(const UserHandle& user) const {
  const std::optional<MemberState> member = MemberOf(user);
  return member ? std::optional(member->role) : std::nullopt;
}

bool Roster::IsBanned(const UserHandle& user) const { return ctx_->view().Has(BanRow{handle_, user}); }

std::optional<InviteState> Roster::InvitationOf(const UserHandle& user) const {
  std::optional<InviteState> invitation = ctx_->view().Get(InviteRow{handle_, user});
  if (invitation && ctx_->now().wall_ms - invitation->time_ms > kInvitedMs) invitation.reset();
  return invitation;
}

std::optional<RequestState> Roster::RequestOf(const UserHandle& user) const {
  return ctx_->view().Get(RequestRow{handle_, user});
}

Info Roster::InfoFor(const UserHandle& user) const {
  Info info;
  info.group = handle_;
  info.name = name();
  info.topic = group_.topic;
  info.policy = group_.policy;
  info.owner = group_.owner;
  info.members = group_.members;
  info.created_ms = group_.created_ms;
  int64_t muted_until_ms = group_.muted_until_ms;
  if (const std::optional<MemberState> member = MemberOf(user)) {
    info.role = member->role;
    muted_until_ms = std::max(muted_until_ms, member->muted_until_ms);
  }
  if (muted_until_ms > ctx_->now().wall_ms) info.muted_until_ms = muted_until_ms;
  return info;
}

std::optional<UserHandle> Roster::NextOwner() const {
  std::optional<UserHandle> next;
  ctx_->view().Scan<SeniorRow>(
      store::Order::kAscending,
      [&](const SeniorRow&, const Senior& senior) {
        next = senior.user;
        return false;
      },
      handle_);
  return next;
}

std::vector<std::string> Roster::TopicsOfAdmins() const {
  std::vector<std::string> topics{wire::UserTopic(group_.owner)};
  ctx_->view().Scan<SeniorRow>(
      store::Order::kAscending,
      [&](const SeniorRow&, const Senior& senior) {
        topics.push_back(wire::UserTopic(senior.user));
        return true;
      },
      handle_, kAdminRank);
  return topics;
}

void Roster::Admit(const UserHandle& user) {
  DropInvitationAndRequest(user);
  Tell(Change(GroupEvent::kJoined, ctx_->user(), user));
  PutMember(user, {Role::kMember, ctx_->now().wall_ms, group_.version, 0});
  ++group_.members;
  TellUser(user, Told::kJoined, ctx_->user());
}

void Roster::Invite(const UserHandle& user) {
  ++group_.version;
  ctx_->view().Put(InviteRow{handle_, user}, {ctx_->user(), ctx_->now().wall_ms});
  TellUser(user, Told::kInvited, ctx_->user());
}

void Roster::Ask(const UserHandle& user, std::optional<std::string> note) {
  ++group_.version;
  ++group_.requests;
  ctx_->view().Put(RequestRow{handle_, user}, {ctx_->now().wall_ms, std::move(note)});
  TellUser(user);
}

void Roster::Withdraw(const UserHandle& user) {
  if (!DropInvitationAndRequest(user)) return;
  ++group_.version;
  TellUser(user);
}

void Roster::Remove(const UserHandle& user, GroupEvent event, std::string reason, const UserHandle& by) {
  const std::optional<MemberState> member = MemberOf(user);
  if (!member) return;
  Tell(Change(event, by, user));
  DropMember(user, *member);
  --group_.members;
  TellUser(user, Told::kLeft, by, std::move(reason));
}

void Roster::SetBan(const UserHandle& user) {
  ctx_->view().Put(BanRow{handle_, user}, {ctx_->user(), ctx_->now().wall_ms});
}

void Roster::LiftBan(const UserHandle& user) { ctx_->view().Delete(BanRow{handle_, user}); }

void Roster::SetRole(const UserHandle& user, Role role) {
  std::optional<MemberState> member = MemberOf(user);
  if (!member) return;
  GroupChange change = Change(GroupEvent::kRole, ctx_->user(), user);
  change.role = AsMessageRole(role);
  Tell(std::move(change));
  DropMember(user, *member);
  member->role = role;
  PutMember(user, *member);
  TellUser(user);
}

void Roster::Transfer(const UserHandle& user, const UserHandle& by) {
  std::optional<MemberState> next = MemberOf(user), last = MemberOf(group_.owner);
  if (!next || !last) return;
  Tell(Change(GroupEvent::kTransferred, by, user));
  DropMember(user, *next);
  last->role = Role::kAdmin;
  next->role = Role::kOwner;
  next->muted_until_ms = 0;  // nobody could lift it
  PutMember(group_.owner, *last);
  PutMember(user, *next);
  TellUser(std::exchange(group_.owner, user));
  TellUser(user);
}

void Roster::Mute(const std::optional<UserHandle>& user, int64_t until_ms) {
  GroupChange change = Change(GroupEvent::kMuted, ctx_->user(), user);
  change.until_ms = until_ms;
  Tell(std::move(change));
  if (!user) {
    group_.muted_until_ms = until_ms;
  } else if (std::optional<MemberState> member = MemberOf(*user)) {
    member->muted_until_ms = until_ms;
    PutMember(*user, *member);
  }
}

void Roster::Update(const Group& group) {
  const std::string name_before = name();
  GroupChange change = Change(GroupEvent::kUpdated, ctx_->user());
  if (group.topic != group_.topic) change.topic = group.topic;
  if (group.policy != group_.policy) {
    change.policy = TextOf(group.policy);
    const bool was_shown = group_.policy != Policy::kInvite, is_shown = group.policy != Policy::kInvite;
    if (was_shown != is_shown) TellIndex(is_shown);
  }
  group_.name = group.name;
  group_.topic = group.topic;
  group_.policy = group.policy;
  if (name() != name_before) change.name = name();
  if (change.name || change.topic || change.policy) Tell(std::move(change));
}

void Roster::Dissolve(const UserHandle& by) {
  Tell(Change(GroupEvent::kDissolved, by));
  group_.dissolved = true;
  if (group_.policy != Policy::kInvite) TellIndex(false);
  ctx_->Deliver(handle_.text(), Clear{handle_});
}

void Roster::End(const UserHandle& user) {
  const std::optional<Role> role = RoleOf(user);
  if (!role) return Withdraw(user);
  if (*role == Role::kOwner) {
    const std::optional<UserHandle> next = NextOwner();
    if (!next) return Dissolve(user);
    Transfer(*next, user);
  }
  Remove(user, GroupEvent::kLeft, "left", user);
}

void Roster::Save() { ctx_->view().Put(GroupRow{handle_}, group_); }

void Roster::SaveAndAnswerAfter() {
  Save();
  for (const module::Delivery& delivery : deliveries_) ctx_->AnswerAfter(delivery);
}

void Roster::AnswerAfterNewsOf(const UserHandle& user) const {
  ctx_->AnswerAfterAllTo("message", handle_.text());
  ctx_->AnswerAfterAllTo("group", user.text());
}

void Roster::Tell(GroupChange change) {
  change.conversation = Conversation::Group(handle_);
  change.version = ++group_.version;
  deliveries_.push_back(ctx_->Deliver(change.conversation.text(), change));
}

void Roster::TellUser(const UserHandle& user, Told told, const UserHandle& by, std::optional<std::string> reason) {
  SetStanding news;
  news.user = user;
  news.group = handle_;
  news.version = group_.version;
  news.role = RoleOf(user);
  if (const std::optional<InviteState> invitation = InvitationOf(user)) {
    news.invited_by = invitation->by;
    news.invited_ms = invitation->time_ms;
  }
  news.requested = RequestOf(user).has_value();
  news.told = told;
  if (!by.empty() && by != user) news.by = by;
  news.reason = std::move(reason);
  deliveries_.push_back(ctx_->Deliver(user.text(), news));
}

void Roster::TellIndex(bool shown) {
  ctx_->Deliver(std::string_view(handle_.text()).substr(0, limits::kPrefixMin), Index{handle_, !shown});
}

SeniorRow Roster::SeniorOf(const MemberState& member) const {
  return {handle_, member.role == Role::kAdmin ? kAdminRank : kMemberRank, static_cast<uint64_t>(member.joined)};
}

void Roster::PutMember(const UserHandle& user, const MemberState& member) {
  ctx_->view().Put(MemberRow{handle_, user}, member);
  if (member.role != Role::kOwner) ctx_->view().Put(SeniorOf(member), Senior{user});
}

void Roster::DropMember(const UserHandle& user, const MemberState& member) {
  ctx_->view().Delete(MemberRow{handle_, user});
  if (member.role != Role::kOwner) ctx_->view().Delete(SeniorOf(member));
}

bool Roster::DropInvitationAndRequest(const UserHandle& user) {
  const InviteRow invitation{handle_, user};
  const RequestRow request{handle_, user};
  const bool invited = ctx_->view().Has(invitation), asked = ctx_->view().Has(request);
  if (invited) ctx_->view().Delete(invitation);
  if (asked) {
    ctx_->view().Delete(request);
    --group_.requests;
  }
  return invited || asked;
}

}  // namespace parley::group
