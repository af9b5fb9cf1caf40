// The poll module: polls in a conversation, which all who take part in it may answer. It knows no members: the message
// module says who takes part, at each request. A handler reads and writes the conversation's slot through the context;
// what it says leaves the process once what it wrote is durable.
#pragma once

#include <string_view>
#include <vector>

#include "common/module/context.h"
#include "common/module/host.h"
#include "common/module/route.h"
#include "messages.h"

namespace CLI {
class App;
}

namespace polls {

using parley::Result;
using parley::module::Context;
using parley::module::Task;

class PollModule final : public parley::module::Module {
 public:
  static constexpr std::string_view kName = "poll";

  // Nothing can be chosen yet.
  struct Options {
    void AddTo(CLI::App&) {}
  };

  PollModule(parley::module::Host&, const Options&) {}

  [[nodiscard]] const std::vector<parley::module::Route>& routes() const override;
  void OnAnsweredAgain(Context& ctx, std::string_view result) override;

 private:
  Task<Result<Seen>> DoCreate(Context& ctx, Create request);
  Task<Result<Seen>> DoVote(Context& ctx, Vote request);
  Task<Result<Seen>> DoClose(Context& ctx, Close request);
  Task<Result<Seen>> DoShow(Context& ctx, Show request);
  Task<Result<PollsPage>> DoList(Context& ctx, List request);
};

}  // namespace polls
