#include "modules/message/message.h"

#include <CLI/CLI.hpp>

#include "modules/message/append.h"

namespace parley::message {

void MessageModule::Options::AddTo(CLI::App& app) {
  app.add_option("--direct", direct, "who may write to whom directly: anyone to anyone, or only friends")
      ->check(CLI::IsMember({"anyone", "friends"}));
}

const std::vector<module::Route>& MessageModule::routes() const {
  using module::ByArgument, module::ByCaller, module::ByPair, module::Effect, module::On;
  using M = MessageModule;
  static constexpr module::RouteExtras kBackground{.lane = wire::Lane::kBackground};
  static const std::vector<module::Route> kRoutes = {
      On<&M::DoSend>(Access::kUser, {ByPair("to")}, Effect::kChanges, "Write to a user, a group or oneself."),
      // Without either argument it goes to the caller's slot, to be told so.
      On<&M::DoHistory>(Access::kUser, {ByArgument("conversation"), ByPair("with"), ByCaller()}, Effect::kReads,
                        "A page of records: the newest, those before, or those after a seq.", kBackground),
      On<&M::DoSync>(Access::kUser, {ByCaller()}, Effect::kReads,
                     "All of the caller's conversations and how they stand.", kBackground),
      On<&M::DoReceived>(Access::kUser, {ByArgument("conversation")}, Effect::kSettles,
                         "Everything up to here has reached a device of the caller."),
      On<&M::DoRead>(Access::kUser, {ByArgument("conversation")}, Effect::kSettles,
                     "The caller has read everything up to here."),
      On<&M::DoReceipts>(Access::kUser, {ByArgument("conversation")}, Effect::kReads,
                         "Which other members have received and read a record."),
      On<&M::DoEdit>(Access::kUser, {ByArgument("conversation")}, Effect::kChanges,
                     "Give an own message another body."),
      On<&M::DoRecall>(Access::kUser, {ByArgument("conversation")}, Effect::kChanges,
                       "Take a message back, an own one or, as owner or admin, anyone's: its body is gone for ever."),
      On<&M::DoReact>(Access::kUser, {ByArgument("conversation")}, Effect::kChanges,
                      "Set a reaction to a message, or take it back."),
      On<&M::DoTyping>(Access::kUser, {ByPair("to")}, Effect::kRepeatable,
                       "Tell that the caller began or stopped typing; never stored."),
      On<&M::DoMute>(Access::kUser, {ByArgument("conversation")}, Effect::kChanges,
                     "No offline push for a conversation until a time."),
      On<&M::DoListAdd>(Access::kModule, {ByArgument("user")}, Effect::kSettles,
                        "Put a conversation on a user's list."),
      On<&M::DoRelation>(Access::kModule, {ByArgument("conversation")}, Effect::kSettles,
                         "How the two of a direct conversation stand to each other from now on."),
      On<&M::DoListRemove>(Access::kModule, {ByArgument("user")}, Effect::kSettles, "Take a group off a user's list."),
      On<&M::DoGroupChange>(Access::kModule, {ByArgument("conversation")}, Effect::kSettles,
                            "What happened to a group: it is recorded, and decides who reads and writes."),
      On<&M::DoClearGroup>(Access::kModule, {ByArgument("conversation")}, Effect::kSettles,
                           "Take a dissolved group off its members' lists."),
      On<&M::DoAnnounce>(Access::kModule, {ByArgument("conversation")}, Effect::kChanges,
                         "A record in `!all`, as the administrator who calls."),
      On<&M::DoAdminRecall>(Access::kModule, {ByArgument("conversation")}, Effect::kChanges,
                            "Take anyone's message back, as the administrator who calls."),
      On<&M::DoAttach>(Access::kUser, {ByCaller()}, Effect::kRepeatable,
                       "A session hears its user's groups and the announcements. Called by the server itself.",
                       {.attach = true}),
      On<&M::DoUserGone>(Access::kModule, {ByArgument("user")}, Effect::kSettles,
                         "An account is deleted: close its conversations."),
      On<&M::DoClose>(Access::kModule, {ByArgument("conversation")}, Effect::kSettles,
                      "Nothing more is sent in a conversation."),
      On<&M::DoHeads>(Access::kModule, {ByArgument("key")}, Effect::kReads,
                      "How conversations of one slot stand for a user."),
  };
  return kRoutes;
}

void MessageModule::OnAnsweredAgain(module::Context& ctx, std::string_view result) {
  // Every change that makes a record answers with its seq; a change of cursors or of muting has told nothing new.
  schema::Parser parser;
  const Result<schema::Value> answer = parser.Parse(result);
  if (!answer) return;
  const schema::Value seq = answer->Find("seq");
  const Result<Conversation> conversation = Conversation::Parse(ctx.key());
  if (seq.type() == schema::Type::kInt && conversation)
    TellAgain(ctx, joiners_, *conversation, seq.AsInt().value_or(0));
}

}  // namespace parley::message
