#include "client/cli/transcript.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <functional>

#include "client/cli/sentences.h"

namespace parley::cli {
namespace {

std::string Formatted(int64_t time_ms, const char* format) {
  const std::time_t seconds = time_ms / 1000;
  std::tm local{};
  localtime_r(&seconds, &local);
  char text[64];
  return {text, std::strftime(text, sizeof text, format, &local)};
}

// Control characters, and those that change the direction of all that follows.
bool IsHarmful(uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
         c == 0x2028 || c == 0x2029;
}

// The code point at `at`, of valid UTF-8, and its length.
std::pair<uint32_t, size_t> CodePointAt(std::string_view text, size_t at) {
  const auto lead = static_cast<uint8_t>(text[at]);
  const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (at + length > text.size()) return {0, 1};
  uint32_t code = length == 1 ? lead : lead & (0xFFU >> (length + 1));
  for (size_t i = 1; i < length; ++i) code = (code << 6) | (static_cast<uint8_t>(text[at + i]) & 0x3FU);
  return {code, length};
}

}  // namespace

std::string Printable(std::string_view text, std::string_view indent) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const auto [code, length] = CodePointAt(text, at);
    if (code == '\n') {
      out.append("\n").append(indent);
    } else if (code == '\t') {
      out.append("  ");
    } else if (code != '\r') {
      out.append(IsHarmful(code) ? std::string_view("\uFFFD") : text.substr(at, length));
    }
    at += length;
  }
  return out;
}

std::string TitleOf(const Conversation& conversation, const UserHandle& self) {
  if (!conversation.is_direct()) return conversation.text();
  return conversation.Has(self) ? conversation.Other(self).text() : conversation.text();
}

std::string Transcript::Styled(std::string_view code, std::string_view text) const {
  return colours_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

// Everybody keeps a colour of their own; oneself is bold.
std::string Transcript::Name(const UserHandle& user) const {
  if (user == self_) return Styled("1", user.text());
  static constexpr std::string_view kColours[] = {"36", "33", "32", "35", "34", "96", "93", "92", "95", "94"};
  return Styled(kColours[std::hash<std::string>()(user.text()) % std::size(kColours)], user.text());
}

std::string Transcript::What(const client::Record& record) const {
  const std::string name = Name(record.from);
  const bool mentioned = std::ranges::find(record.mentions, self_.text()) != record.mentions.end();
  const std::string body = mentioned ? Bold(Printable(record.body)) : Printable(record.body);
  if (record.kind == "edit") return fmt::format("{} changed {}: {}", name, record.target, body);
  if (record.kind == "recall") return fmt::format("{} took {} back", name, record.target);
  if (record.kind == "react") {
    const bool on = record.on.value_or(true);
    return fmt::format("{} {} {} {}", name, on ? "reacted" : "no longer reacts", Printable(record.emoji),
                       (on ? "to " : "at ") + std::to_string(record.target));
  }
  if (record.kind == "system") return Dim("* " + SentenceOf(record, self_));
  const std::string reply = record.reply_to > 0 ? fmt::format(" (to {})", record.reply_to) : "";
  if (record.kind == kActionKind && !record.recalled) {
    return fmt::format("* {}{} {}{}", name, reply, body, record.edited_ms > 0 ? Dim(" (changed)") : "");
  }
  const std::string kind = record.kind == "text" ? "" : " <" + Printable(record.kind) + ">";
  if (record.recalled) return fmt::format("{}{}: {}", name, reply, Dim("(taken back)"));
  return fmt::format("{}{}{}: {}{}", name, kind, reply, body, record.edited_ms > 0 ? Dim(" (changed)") : "");
}

std::string Transcript::Line(const client::Record& record, const std::optional<Conversation>& open) {
  std::string out;
  const std::string day = Formatted(record.time_ms, "%A, %-d %B %Y");
  if (day != last_day_) out = Dim("-- " + day + " --") + "\n";
  last_day_ = day;
  const bool here = open && *open == record.conversation;
  const std::string where =
      here ? Dim(fmt::format("[{}]", record.seq)) : fmt::format("({})", TitleOf(record.conversation, self_));
  return out + fmt::format("{} {} {}", where, Dim(Formatted(record.time_ms, "%H:%M")), What(record));
}

}  // namespace parley::cli
