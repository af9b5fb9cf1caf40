// The message module: conversations, which are logs of records. Each handler runs at the slot of its conversation, but
// for lists of conversations, which stand at their owner's slot. Knows nothing of sockets and sessions; whether a user
// exists it asks the user module, once per conversation; who is in which group it is told by the group module.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/module/context.h"
#include "common/module/host.h"
#include "common/module/route.h"
#include "common/module/task.h"
#include "modules/message/joiners.h"
#include "modules/message/log.h"
#include "modules/message/messages.h"
#include "modules/message/relation.h"

namespace CLI {
class App;
}

namespace parley::message {

class MessageModule final : public module::Module {
 public:
  static constexpr std::string_view kName = "message";

  struct Options {
    std::string direct = "anyone";  // or "friends"
    void AddTo(CLI::App& app);
  };

  MessageModule(module::Host&, const Options& options)
      : direct_(options.direct == "friends" ? Direct::kFriends : Direct::kAnyone) {}

  const std::vector<module::Route>& routes() const override;
  void OnAnsweredAgain(module::Context& ctx, std::string_view result) override;
  void OnTick(const Now& now) override { joiners_.Forget(now.mono_ms); }

 private:
  using Context = module::Context;
  template <class T>
  using Task = module::Task<T>;

  // send.cc
  Task<Result<SendReply>> DoSend(Context& ctx, Send request);
  Result<Nothing> DoTyping(Context& ctx, const Typing& request);
  Result<SeqReply> DoAnnounce(Context& ctx, const Announce& request);

  // history.cc
  Result<HistoryReply> DoHistory(Context& ctx, const History& request);

  // sync.cc
  Task<Result<SyncReply>> DoSync(Context& ctx, Sync request);
  Result<HeadsReply> DoHeads(Context& ctx, const Heads& request);
  Result<Nothing> DoListAdd(Context& ctx, const ListAdd& request);
  Result<Nothing> DoListRemove(Context& ctx, const ListRemove& request);
  Result<Nothing> DoAttach(Context& ctx, const Attach& request);

  // groups.cc
  Task<Result<Nothing>> DoGroupChange(Context& ctx, GroupChange request);
  Result<Nothing> DoClearGroup(Context& ctx, const ClearGroup& request);
  void Apply(Context& ctx, Group& group, const GroupChange& change);
  void TellOf(Context& ctx, const Group& group, const GroupChange& change);

  // relation.cc
  Result<Nothing> DoRelation(Context& ctx, const Relation& request);

  // closing.cc
  Result<Nothing> DoUserGone(Context& ctx, const UserGone& request);
  Result<Nothing> DoClose(Context& ctx, const CloseConversation& request);

  // cursors.cc
  Result<Nothing> DoRead(Context& ctx, const Read& request);
  Result<Nothing> DoReceived(Context& ctx, const Received& request);
  Result<ReceiptsReply> DoReceipts(Context& ctx, const Receipts& request);
  Result<Nothing> DoMute(Context& ctx, const Mute& request);

  // changes.cc
  Result<SeqReply> DoEdit(Context& ctx, const Edit& request);
  Result<SeqReply> DoRecall(Context& ctx, const Recall& request);
  Result<SeqReply> DoAdminRecall(Context& ctx, const AdminRecall& request);
  Result<ReactReply> DoReact(Context& ctx, const React& request);
  Result<SeqReply> RecallTarget(Context& ctx, const Conversation& conversation, Log& log, int64_t seq, Stored target);

  const Direct direct_;
  Joiners joiners_;
};

}  // namespace parley::message
