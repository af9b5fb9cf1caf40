#include "modules/friend/friend.h"

#include "modules/message/messages.h"
#include "modules/user/messages.h"

namespace parley::friends {

const std::vector<module::Route>& FriendModule::routes() const {
  using module::ByArgument, module::ByCaller, module::Effect, module::On;
  using M = FriendModule;
  static constexpr module::RouteExtras kBackground{.lane = wire::Lane::kBackground};
  static const std::vector<module::Route> kRoutes = {
      // What one does to another goes to one's own slot first: that is where a client's ids are known again.
      On<&M::DoRequest>(Access::kUser, {ByCaller()}, Effect::kChanges, "Ask to be friends; asking back accepts."),
      On<&M::DoAccept>(Access::kUser, {ByCaller()}, Effect::kChanges, "Become friends with who asked."),
      On<&M::DoDecline>(Access::kUser, {ByCaller()}, Effect::kChanges, "Refuse a request; nobody is told."),
      On<&M::DoCancel>(Access::kUser, {ByCaller()}, Effect::kChanges, "Take one's own request back."),
      On<&M::DoRemove>(Access::kUser, {ByCaller()}, Effect::kChanges, "Be friends no more, on both sides."),
      On<&M::DoList>(Access::kUser, {ByCaller()}, Effect::kReads, "The caller's friends, with presence.", kBackground),
      On<&M::DoRequests>(Access::kUser, {ByCaller()}, Effect::kReads, "The caller's open requests, both ways."),
      On<&M::DoAlias>(Access::kUser, {ByCaller()}, Effect::kChanges, "Call a friend by another name, for oneself."),
      On<&M::DoBlock>(Access::kUser, {ByCaller()}, Effect::kChanges,
                      "Have nothing to do with somebody: friendship and requests end; direct messages, requests and "
                      "invitations are forbidden, both ways."),
      On<&M::DoUnblock>(Access::kUser, {ByCaller()}, Effect::kChanges, "Lift one's own block."),
      On<&M::DoBlocked>(Access::kUser, {ByCaller()}, Effect::kReads, "Whom the caller blocks."),
      On<&M::DoAttach>(Access::kUser, {ByCaller()}, Effect::kRepeatable,
                       "A session hears its user's friends' presence. Called by the server itself.", {.attach = true}),
      On<&M::DoChange>(Access::kModule, {ByArgument("pair")}, Effect::kChanges,
                       "One of the two does something about the other."),
      On<&M::DoListed>(Access::kModule, {ByArgument("user")}, Effect::kSettles,
                       "How another stands to a user from now on."),
      On<&M::DoRoom>(Access::kModule, {ByArgument("user")}, Effect::kRepeatable,
                     "Whether there is room for one more on a list."),
      On<&M::DoRelation>(Access::kModule, {ByArgument("pair")}, Effect::kReads, "How two users stand to each other."),
      On<&M::DoUserGone>(Access::kModule, {ByArgument("user")}, Effect::kSettles,
                         "An account is deleted: end all that it has with others."),
      On<&M::DoEnd>(Access::kModule, {ByArgument("pair")}, Effect::kSettles,
                    "One of the two is gone: whatever there was between them ends."),
  };
  return kRoutes;
}

std::vector<module::Delivery> TellAll(module::Context& ctx, const Conversation& name, const Pair& pair,
                                      Concerns concerns, const UserHandle& by, const Told& told) {
  std::vector<module::Delivery> sent;
  for (const UserHandle& user : {name.first(), name.second()}) {
    const News news = user == by ? News::kNothing : told.other;
    sent.push_back(ctx.Deliver(user.text(), ViewOf(name, pair, user, news)));
    if (!concerns.friendship) continue;
    const user::Friendship friendship{user, name.Other(user), pair.friends(), pair.version};
    sent.push_back(ctx.Deliver(user.text(), friendship));
  }
  if (concerns.relation) {
    const message::Relation relation{name, pair.friends(), pair.blocked(), pair.version};
    sent.push_back(ctx.Deliver(name.text(), relation));
  }
  return sent;
}

}  // namespace parley::friends
