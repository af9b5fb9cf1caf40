#include "client/cli/sentences.h"

#include <spdlog/fmt/fmt.h>

#include "client/cli/answers.h"
#include "client/cli/transcript.h"
#include "common/schema/codec.h"

namespace parley::cli {
namespace {

std::string Changes(const client::Record& record) {
  std::string changes;
  const auto add = [&](const std::string& change) { changes += (changes.empty() ? "" : ", ") + change; };
  if (!record.name.empty()) add("calls the group " + Printable(record.name));
  if (record.topic) add(record.topic->empty() ? "removed the topic" : "set the topic: " + Printable(*record.topic));
  if (record.policy == "open") add("opened the group to everyone");
  if (record.policy == "request") add("wants newcomers to ask first");
  if (record.policy == "invite") add("admits invited people only");
  return changes.empty() ? "changed the group" : changes;
}

std::string Muting(const client::Record& record, const std::string& whom) {
  if (record.until_ms.value_or(0) == 0) {
    return whom.empty() ? "lets everybody write again" : "lets " + whom + " write again";
  }
  return fmt::format("muted {} until {}", whom.empty() ? "everybody but owner and admins" : whom,
                     LocalTime(*record.until_ms));
}

std::string Noted(const std::string& sentence, const std::string& note) {
  return note.empty() ? sentence : sentence + ": " + Printable(note);
}

}  // namespace

std::string SentenceOf(const client::Record& record, const UserHandle& self) {
  const bool other = record.user && *record.user != record.from;
  const std::string whom = !record.user ? "" : *record.user == self ? "you" : record.user->text();
  const std::string from = record.from.text() + " ";
  if (record.event == "created") return from + "created the group";
  if (record.event == "joined") return other ? from + "let " + whom + " in" : from + "joined";
  if (record.event == "left") return other ? whom + " left" : from + "left";
  if (record.event == "kicked") return from + "removed " + whom;
  if (record.event == "role") return from + "made " + whom + (record.role == "admin" ? " an admin" : " a member");
  if (record.event == "updated") return from + Changes(record);
  if (record.event == "muted") return from + Muting(record, whom);
  if (record.event == "transferred") return from + "gave the group to " + whom;
  if (record.event == "dissolved") return from + "dissolved the group";
  return from + Printable(record.event) + (other ? " " + whom : "");
}

std::string PresenceText(bool online, std::string_view state, std::string_view text) {
  if (!online) return "offline";
  std::string out = state.empty() ? "online" : Printable(state);
  if (!text.empty()) out += ": " + Printable(text);
  return out;
}

std::optional<std::string> NoticeOf(std::string_view method, const schema::Value& arguments) {
  if (method == "friend.presence") {
    const auto presence = schema::Decode<client::Presence>(arguments);
    if (!presence) return std::nullopt;
    return presence->user.text() + " is " + PresenceText(presence->online, presence->state, presence->text);
  }
  if (method.starts_with("friend.")) {
    const auto push = schema::Decode<client::FriendPush>(arguments);
    if (!push) return std::nullopt;
    const std::string& user = push->user.text();
    if (method == "friend.requested") {
      return Noted(user + " asks to be friends", push->note) + fmt::format("  (/accept {0} or /decline {0})", user);
    }
    if (method == "friend.accepted") return user + " and you are friends now";
    if (method == "friend.removed") return user + " and you are no longer friends";
    if (method == "friend.cancelled") return user + " took the request to be friends back";
    return std::nullopt;
  }
  if (!method.starts_with("group.")) return std::nullopt;
  const auto push = schema::Decode<client::GroupPush>(arguments);
  if (!push) return std::nullopt;
  const std::string& group = push->group.text();
  const std::string by = push->by ? push->by->text() : "";
  if (method == "group.invited") return fmt::format("{0} invites you to {1}  (/join {1})", by, group);
  if (method == "group.requested" && push->user) {
    const std::string& user = push->user->text();
    return Noted(user + " asks to join " + group, push->note) +
           fmt::format("  (/approve {0} {1} or /reject {0} {1})", user, group);
  }
  if (method == "group.joined" && !by.empty()) return fmt::format("{} let you into {}  (/to {})", by, group, group);
  if (method == "group.left" && push->reason == "banned") return fmt::format("{} banned you from {}", by, group);
  return std::nullopt;
}

std::string WhyNot(std::string_view method, const Error& error) {
  const std::string module(method.substr(0, method.find('.')));
  switch (error.code) {
    case Code::kUnsupported:
      return fmt::format("this server has no {}; is parley-{} running?", method, module);
    case Code::kUnavailable:
    case Code::kOverloaded:
    case Code::kRateLimited:
      return fmt::format("the server can't do {} just now, and nothing was done ({}); try again in a moment", method,
                         Printable(error.message));
    case Code::kTimeout:
      return fmt::format("no answer to {} yet: it may have been done or not, and asking again does no harm", method);
    case Code::kNotFound:
      if (module == "group") return Printable(error.message) + "; groups by invitation are seen by invited people only";
      return Printable(error.message);
    default:
      return Printable(error.message);
  }
}

}  // namespace parley::cli
