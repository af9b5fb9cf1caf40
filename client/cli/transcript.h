// How a conversation looks as lines of text. Plain: values in, lines out; knows no terminal and no server.
#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "client/messages.h"

namespace parley::cli {

// The kind of a message that says what its sender does.
inline constexpr std::string_view kActionKind = "action";

// Text of others made safe for a terminal: nothing in it can move the cursor, change colours or turn the direction of
// writing. Line breaks stay, followed by `indent`.
[[nodiscard]] std::string Printable(std::string_view text, std::string_view indent = "    ");

// Whom a conversation is with, from one of its users: `bob`, `#cpp`, `!all`.
[[nodiscard]] std::string TitleOf(const Conversation& conversation, const UserHandle& self);

class Transcript {
 public:
  // `colours`: with the terminal's escape sequences.
  Transcript(UserHandle self, bool colours) : self_(std::move(self)), colours_(colours) {}

  // One record. In the open conversation a line begins with its number, which commands refer to; elsewhere with the
  // conversation. A line with the date goes before it when the day has changed.
  std::string Line(const client::Record& record, const std::optional<Conversation>& open);
  [[nodiscard]] std::string Dim(std::string_view text) const { return Styled("2", text); }
  [[nodiscard]] std::string Bold(std::string_view text) const { return Styled("1", text); }
  [[nodiscard]] std::string Warning(std::string_view text) const { return Styled("31", text); }

 private:
  [[nodiscard]] std::string Styled(std::string_view code, std::string_view text) const;
  [[nodiscard]] std::string Name(const UserHandle& user) const;
  [[nodiscard]] std::string What(const client::Record& record) const;

  const UserHandle self_;
  const bool colours_;
  std::string last_day_;
};

}  // namespace parley::cli
