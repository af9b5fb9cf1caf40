// The friend module: requests, friends, blocks. The truth about two users is one row at the slot of the pair; from
// there the lists of both, and the modules that must know, are told through the outbox. Knows nothing of sockets and
// sessions; whether a user exists, and how available, it asks the user module.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/module/context.h"
#include "common/module/host.h"
#include "common/module/route.h"
#include "common/module/task.h"
#include "modules/friend/messages.h"
#include "modules/friend/pair.h"
#include "modules/friend/room.h"

namespace CLI {
class App;
}

namespace parley::friends {

class FriendModule final : public module::Module {
 public:
  static constexpr std::string_view kName = "friend";

  // Nothing can be chosen.
  struct Options {
    void AddTo(CLI::App&) {}
  };

  FriendModule(module::Host&, const Options&) {}

  const std::vector<module::Route>& routes() const override;
  void OnSlotLost(Slot slot) override { room_.ClearSlot(slot); }
  void OnTick(const Now& now) override { room_.Sweep(now.mono_ms); }

 private:
  using Context = module::Context;
  template <class T>
  using Task = module::Task<T>;

  // changes.cc
  Task<Result<Requested>> DoRequest(Context& ctx, Request request);
  Task<Result<Done>> DoAccept(Context& ctx, Accept request);
  Task<Result<Done>> DoDecline(Context& ctx, Decline request);
  Task<Result<Done>> DoCancel(Context& ctx, Cancel request);
  Task<Result<Done>> DoRemove(Context& ctx, Remove request);
  Task<Result<Done>> DoBlock(Context& ctx, Block request);
  Task<Result<Done>> DoUnblock(Context& ctx, Unblock request);
  Result<Changed> DoChange(Context& ctx, const Change& request);
  Result<RoomReply> DoRoom(Context& ctx, const HoldRoom& request);

  // lists.cc
  Result<Done> DoListed(Context& ctx, const Listed& request);
  Result<Done> DoAlias(Context& ctx, const SetAlias& request);
  Result<Done> DoAttach(Context& ctx, const Attach& request);

  // reading.cc
  Task<Result<FriendsPage>> DoList(Context& ctx, List request);
  Result<RequestsReply> DoRequests(Context& ctx, const Requests& request);
  Result<BlockedReply> DoBlocked(Context& ctx, const Blocked& request);
  Result<RelationReply> DoRelation(Context& ctx, const GetRelation& request);

  // leaving.cc
  Result<Done> DoUserGone(Context& ctx, const UserGone& request);
  Result<Done> DoEnd(Context& ctx, const End& request);

  // At the caller's slot: asks what has to be asked, has the pair's slot do it, and tells the caller's other sessions.
  Task<Result<Changed>> Do(Context& ctx, Step step, UserHandle other, std::optional<std::string> note,
                           std::optional<std::string> id);
  Task<Result<Done>> DoSimply(Context& ctx, Step step, UserHandle other, std::optional<std::string> id);
  // Room on both sides' lists for what the step would add. Held on the caller's until `step` is done.
  Task<Result<Done>> FindRoom(Context& ctx, Step step, UserHandle other);
  [[nodiscard]] bool HoldOn(Context& ctx, const UserHandle& user, const UserHandle& peer, Roll roll);

  Room room_;
};

// From a pair's slot, everybody whom the pair's state concerns: the lists of both, and where `relation` or `friendship`
// has changed, the modules that keep those. Gives what was sent.
struct Concerns {
  bool relation = false;
  bool friendship = false;
};
std::vector<module::Delivery> TellAll(module::Context& ctx, const Conversation& name, const Pair& pair,
                                      Concerns concerns, const UserHandle& by, const Told& told);

}  // namespace parley::friends
