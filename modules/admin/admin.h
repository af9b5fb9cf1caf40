// The admin module: what administrators do, and the memory of it. It owns no account, conversation or slot: whoever
// does is asked, and the audit says what came of it. One slot, hence one worker, whatever the number of workers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/module/context.h"
#include "common/module/host.h"
#include "common/module/route.h"
#include "common/module/task.h"
#include "modules/admin/audit.h"
#include "modules/admin/messages.h"

namespace CLI {
class App;
}

namespace parley::admin {

class AdminModule final : public module::Module {
 public:
  static constexpr std::string_view kName = "admin";

  // Nothing can be chosen yet.
  struct Options {
    void AddTo(CLI::App&) {}
  };

  AdminModule(module::Host& host, const Options&) : host_(host) {}

  const std::vector<module::Route>& routes() const override;
  void OnSlotLost(Slot slot) override;
  void OnRefused(module::Context& ctx, const module::Refusal& refusal) override;
  void OnTick(const Now& now) override;

 private:
  using Context = module::Context;
  template <class T>
  using Task = module::Task<Result<T>>;

  // accounts.cc
  Task<Done> DoBan(Context& ctx, Ban request);
  Task<Done> DoUnban(Context& ctx, Unban request);
  Task<Done> DoKick(Context& ctx, Kick request);
  Task<Done> DoGrant(Context& ctx, Grant request);
  Task<Done> DoUngrant(Context& ctx, Ungrant request);
  Task<UsersPage> DoUsers(Context& ctx, Users request);
  // admin.cc
  Task<SeqReply> DoAnnounce(Context& ctx, Announce request);
  Task<SeqReply> DoRecall(Context& ctx, Recall request);
  Result<AuditPage> DoAudit(Context& ctx, const Audit& request);
  // nodes.cc
  Task<NodesReply> DoNodes(Context& ctx, Nodes request);
  Task<SlotsReply> DoSlots(Context& ctx, Slots request);
  Task<StatsReply> DoStats(Context& ctx, Stats request);
  Task<LeftReply> DoDrain(Context& ctx, Drain request);
  Task<LeftReply> DoUndrain(Context& ctx, Undrain request);

  // kForbidden for who has lost the role, and whose frontend has not heard of it yet.
  static Result<void> CheckRole(const Context& ctx);

  // Has another module make a change: begun here first, and noted with the outcome.
  template <class Request, class Change>
  Task<typename Change::Reply> Carry(Context& ctx, const Request& request, std::string to_key, Change change) {
    CO_TRY(CheckRole(ctx));
    schema::Parser parser;
    const std::string encoded = schema::Encode(request);
    CO_TRY_ASSIGN(const schema::Value given, parser.Parse(encoded));
    audit_.Begin(ctx, request.id, AuditLog::LineOf(ctx, Request::kMethod, given, schema::Describe<Request>()));
    Result<typename Change::Reply> done = co_await ctx.Call(to_key, change);
    if (done) audit_.Finish(ctx);
    co_return done;
  }

  module::Host& host_;
  AuditLog audit_;
};

}  // namespace parley::admin
