// What the group module tells of groups: each change becomes a record of the group's conversation, and the members'
// rows follow it. Changes arrive in order, each until it is acknowledged, so they are done once by their version.
//
// A list never lacks a conversation that its owner reads: who joins is listed first, and then made a member. No session
// hears a group before that: the list has it as coming until then. And no session is ever attached to a group that its
// user has left: who leaves is taken off the list first, and then told.
#include <algorithm>

#include "common/wire/publication.h"
#include "modules/group/messages.h"
#include "modules/message/append.h"
#include "modules/message/message.h"

namespace parley::message {
namespace {

constexpr size_t kClearedAtOnce = 200;

bool IsComing(GroupEvent event) { return event == GroupEvent::kCreated || event == GroupEvent::kJoined; }
bool IsGoing(GroupEvent event) { return event == GroupEvent::kLeft || event == GroupEvent::kKicked; }

// Whom it concerns, of an event that concerns one.
const UserHandle& WhoOf(const GroupChange& change) { return change.user ? *change.user : change.by; }

void SetRole(module::Context& ctx, const Conversation& conversation, const UserHandle& user, Role role) {
  const MemberRow row{conversation, user};
  std::optional<Member> member = ctx.view().Get(row);
  if (!member) return;
  member->role = role;
  if (role == Role::kOwner) member->muted_until_ms = 0;  // nobody could lift it
  ctx.view().Put(row, *member);
}

Stored RecordOf(const GroupChange& change) {
  Stored record;
  record.from = change.by;
  record.kind = kSystem;
  record.happened =
      Happened{change.event, change.user, change.role, change.name, change.topic, change.policy, change.until_ms};
  return record;
}

}  // namespace

module::Task<Result<Nothing>> MessageModule::DoGroupChange(Context& ctx, GroupChange request) {
  if (!request.conversation.is_group()) co_return Fail(Code::kBadRequest, "conversation: must be a group's");
  const GroupRow row{request.conversation};
  Group group = ctx.view().Get(row).value_or(Group{});
  if (request.version > group.version && (IsComing(request.event) || IsGoing(request.event))) {
    const UserHandle who = WhoOf(request);
    const ListAdd add{who, request.conversation, request.version, true};
    const ListRemove remove{who, request.conversation, request.version};
    Result<Nothing> listed;
    if (IsComing(request.event)) {
      listed = co_await ctx.Call(who.text(), add);
    } else {
      listed = co_await ctx.Call(who.text(), remove);
    }
    // Whose account is deleted needs no list; the membership ends soon, too.
    if (!listed && listed.error().code != Code::kNotFound) co_return Fail(listed.error());
    group = ctx.view().Get(row).value_or(Group{});
  }
  if (request.version > group.version) {
    Apply(ctx, group, request);
  } else if (request.version < group.version) {
    co_return Nothing{};  // told before the later ones were
  }
  // A repetition: the worker that did it may have died before it told anybody.
  TellOf(ctx, group, request);
  if (IsComing(request.event)) {
    const ListAdd hear{WhoOf(request), request.conversation, request.version};
    const Result<Nothing> heard = co_await ctx.Call(hear.user.text(), hear);
    if (!heard && heard.error().code != Code::kNotFound) co_return Fail(heard.error());
  }
  co_return Nothing{};
}

void MessageModule::Apply(Context& ctx, Group& group, const GroupChange& change) {
  const Conversation& conversation = change.conversation;
  store::SlotView view = ctx.view();
  Log log(view, conversation);
  const Placed placed = log.Append(RecordOf(change), ctx.now().wall_ms);
  group.version = change.version;
  group.record = placed.seq;
  switch (change.event) {
    case GroupEvent::kCreated:
    case GroupEvent::kJoined: {
      Member member;
      member.role = change.event == GroupEvent::kCreated ? Role::kOwner : Role::kMember;
      member.floor = placed.seq;
      view.Put(MemberRow{conversation, WhoOf(change)}, member);
      ++group.members;
      joiners_.Add(conversation, WhoOf(change), ctx.now().mono_ms);
      break;
    }
    case GroupEvent::kLeft:
    case GroupEvent::kKicked:
      view.Delete(MemberRow{conversation, WhoOf(change)});
      --group.members;
      joiners_.Remove(conversation, WhoOf(change));
      break;
    case GroupEvent::kRole:
      SetRole(ctx, conversation, WhoOf(change), change.role.value_or(Role::kMember));
      break;
    case GroupEvent::kTransferred:
      SetRole(ctx, conversation, change.by, Role::kAdmin);
      SetRole(ctx, conversation, WhoOf(change), Role::kOwner);
      break;
    case GroupEvent::kMuted:
      if (!change.user) {
        group.muted_until_ms = change.until_ms.value_or(0);
      } else if (std::optional<Member> member = view.Get(MemberRow{conversation, *change.user})) {
        member->muted_until_ms = change.until_ms.value_or(0);
        view.Put(MemberRow{conversation, *change.user}, *member);
      }
      break;
    case GroupEvent::kDissolved:
      group.dissolved = true;
      ctx.Deliver(conversation.text(), ClearGroup{conversation, {}});
      break;
    case GroupEvent::kUpdated:
      break;
  }
  view.Put(GroupRow{conversation}, group);
}

// The record, if no later one is there, and what sessions shall hear no more.
void MessageModule::TellOf(Context& ctx, const Group& group, const GroupChange& change) {
  const Conversation& conversation = change.conversation;
  const std::string topic = wire::ConversationTopic(conversation);
  const bool coming = IsComing(change.event), going = IsGoing(change.event);
  module::To user_only;
  user_only.topics = {wire::UserTopic(WhoOf(change))};
  Log log(ctx.view(), conversation);
  if (const std::optional<Stored> record = log.Get(group.record); record && log.head() == group.record) {
    std::vector<std::string> topics;
    const bool quiet = group.members > limits::kLoudJoinsMax &&
                       (change.event == GroupEvent::kJoined || change.event == GroupEvent::kLeft);
    if (!quiet) {
      topics.push_back(topic);
      joiners_.AddTopics(conversation, ctx.now().mono_ms, topics);
    }
    const std::string& own = user_only.topics.front();
    if ((coming || going) && std::ranges::find(topics, own) == topics.end()) topics.push_back(own);
    Tell(ctx, std::move(topics), conversation, log, {group.record, *record});
  }

  if (going) {
    user_only.directives.unsubscribe = {topic};
    ctx.Direct(user_only);
  } else if (change.event == GroupEvent::kDissolved) {
    module::To all;
    all.topics = {topic};
    joiners_.AddTopics(conversation, ctx.now().mono_ms, all.topics);
    all.directives.unsubscribe = {topic};
    ctx.Publish(all, group::HasLeft{GroupHandle::Must(conversation.text()), change.by, "dissolved"});
  }
}

Result<Nothing> MessageModule::DoClearGroup(Context& ctx, const ClearGroup& request) {
  const Conversation& conversation = request.conversation;
  const std::optional<Group> group = ctx.view().Get(GroupRow{conversation});
  if (!group || !group->dissolved) return Fail(Code::kConflict, "conversation: not of a dissolved group");
  std::vector<UserHandle> some;
  bool more = false;
  const MemberRow from{conversation, request.after.value_or(UserHandle())};
  ctx.view().ScanFrom(
      from, store::Order::kAscending,
      [&](const MemberRow& row, const Member&) {
        more = some.size() == kClearedAtOnce;
        if (!more) some.push_back(row.user);
        return !more;
      },
      conversation);
  for (const UserHandle& user : some) {
    ctx.view().Delete(MemberRow{conversation, user});
    ctx.Deliver(user.text(), ListRemove{user, conversation, group->version, true});
  }
  if (more) ctx.Deliver(conversation.text(), ClearGroup{conversation, some.back()});
  return Nothing{};
}

}  // namespace parley::message
