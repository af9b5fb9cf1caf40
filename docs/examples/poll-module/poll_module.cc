#include "poll_module.h"

#include "ballot.h"

namespace polls {

using parley::Access;
using parley::module::ByArgument;
using parley::module::Effect;
using parley::module::On;

const std::vector<parley::module::Route>& PollModule::routes() const {
  using M = PollModule;
  static const std::vector<parley::module::Route> kRoutes = {
      On<&M::DoCreate>(Access::kUser, {ByArgument("conversation")}, Effect::kChanges, "Ask a conversation something."),
      On<&M::DoVote>(Access::kUser, {ByArgument("conversation")}, Effect::kChanges,
                     "Answer a poll, otherwise than before, or no more."),
      On<&M::DoClose>(Access::kUser, {ByArgument("conversation")}, Effect::kChanges,
                      "End a poll; only who asked may. Its counts stay."),
      On<&M::DoShow>(Access::kUser, {ByArgument("conversation")}, Effect::kReads, "A poll as it is now."),
      On<&M::DoList>(Access::kUser, {ByArgument("conversation")}, Effect::kReads, "The polls of a conversation."),
  };
  return kRoutes;
}

// Every change answers with the poll: whoever lost the event is told as it is now.
void PollModule::OnAnsweredAgain(Context& ctx, std::string_view result) {
  const Result<Seen> seen = parley::schema::Decode<Seen>(result);
  if (!seen) return;
  const Result<Poll> poll = Find(ctx, seen->poll.conversation, seen->poll.poll);
  if (poll) Tell(ctx, *poll);
}

}  // namespace polls
