// parley admin: what everyone reads, what nobody should, and what was done by whom.
#include <spdlog/fmt/fmt.h>

#include <iostream>
#include <iterator>

#include "client/cli/admin/admin.h"
#include "client/cli/answers.h"
#include "client/cli/transcript.h"
#include "common/schema/codec.h"
#include "common/schema/json.h"

namespace parley::cli {
namespace {

using client::Arguments;

struct AnnounceOptions {
  std::string body, id;
};

Result<void> Announce(Operator& op, const AnnounceOptions& options) {
  std::string body = options.body;
  if (body == "-") {
    body.assign(std::istreambuf_iterator<char>(std::cin), {});
    while (!body.empty() && body.back() == '\n') body.pop_back();
  }
  TRY_ASSIGN(const std::string result, op.Change("admin.announce", Arguments().Text("body", body), options.id));
  schema::Parser parser;
  TRY_ASSIGN(const schema::Value value, parser.Parse(result));
  return SayOr(op, result, fmt::format("Announced to everyone, as number {} of !all.", IntIn(value, "seq")));
}

struct RecallOptions {
  std::string conversation;
  int64_t seq = 0;
};

Result<void> Recall(Operator& op, const RecallOptions& options) {
  const Result<Conversation> conversation = Conversation::Parse(options.conversation);
  if (!conversation) {
    return Fail(Code::kBadRequest,
                options.conversation + ": such as alice~bob, #group or !all: " + conversation.error().message);
  }
  TRY_ASSIGN(const std::string result,
             op.Change("admin.recall", Arguments().Text("conversation", conversation->text()).Int("seq", options.seq)));
  return SayOr(op, result, fmt::format("Message {} of {} is taken back.", options.seq, conversation->text()));
}

struct AuditOptions {
  std::string user;
  size_t limit = 50;
};

// The arguments of an audited request, without what other columns say.
std::string ArgumentsText(const schema::Value& entry) {
  std::string encoded;
  schema::Writer writer(encoded);
  schema::WriteValue(writer, entry.Find("arguments"));
  const Result<std::string> json = schema::JsonOf(encoded);
  return json && *json != "null" && *json != "{}" ? Printable(*json, "") : "";
}

Result<void> Audit(Operator& op, const AuditOptions& options) {
  Arguments arguments;
  if (!options.user.empty()) {
    TRY_ASSIGN(const UserHandle user, ParseUser(options.user));
    arguments.Text("user", user.text());
  }
  TRY_ASSIGN(const std::string result, op.AskPages("admin.audit", arguments, "entries", options.limit));
  if (op.json()) return PrintJson(result);
  schema::Parser parser;
  TRY_ASSIGN(const schema::Value entries, parser.Parse(result));
  Table table(
      {{"SEQ", true}, {"TIME"}, {"BY"}, {"ACTION"}, {"TARGET"}, {"FROM"}, {"OUTCOME"}, {"ARGUMENTS", false, 100}});
  ForEachIn(entries, "entries", [&table](const schema::Value& each) {
    table.Add({std::to_string(IntIn(each, "seq")), LocalTime(IntIn(each, "time_ms")), TextIn(each, "by"),
               TextIn(each, "action"), TextIn(each, "target"), TextIn(each, "address"), TextIn(each, "outcome"),
               ArgumentsText(each)});
  });
  PrintTable(table, "Nothing was done.");
  if (!entries.Find("cursor").is_nil()) fmt::print("… older ones; --limit {} shows more, 0 all\n", options.limit * 2);
  return {};
}

}  // namespace

void AddRecordCommands(CLI::App& admin, AdminCommands& commands) {
  auto announce = std::make_shared<AnnounceOptions>();
  CLI::App* command = admin.add_subcommand("announce", "say something to everyone, in !all");
  command->add_option("text", announce->body, "the text, or - to read it from the input")->required();
  command->add_option("--id", announce->id, "the same id again is the same announcement, not a second one");
  commands.push_back({command, [announce](Operator& op) { return Announce(op, *announce); }});

  auto recall = std::make_shared<RecallOptions>();
  command = admin.add_subcommand("recall", "take anybody's message back");
  command->add_option("conversation", recall->conversation, "alice~bob, #group or !all")->required();
  command->add_option("seq", recall->seq, "its number")->required()->check(CLI::PositiveNumber);
  commands.push_back({command, [recall](Operator& op) { return Recall(op, *recall); }});

  auto audit = std::make_shared<AuditOptions>();
  command = admin.add_subcommand("audit", "what was done and tried by whom, newest first");
  command->add_option("--about", audit->user, "only what this user did, or what was done to them");
  command->add_option("--limit", audit->limit, "at most so many, page after page; 0: all")->capture_default_str();
  commands.push_back({command, [audit](Operator& op) { return Audit(op, *audit); }});
}

}  // namespace parley::cli
