#include "client/cli/prompt.h"

#include <spdlog/fmt/fmt.h>

#include "client/cli/transcript.h"

namespace parley::cli {
namespace {

constexpr size_t kNamesMax = 3;      // of people who are typing
constexpr size_t kPlacesMax = 4;     // of conversations with something unread
constexpr int64_t kUnreadMax = 100;  // the server counts no further

std::string Typing(const PromptParts& parts) {
  if (parts.typing.empty()) return "";
  if (parts.open->is_direct()) return " (typing)";
  std::string names;
  for (size_t i = 0; i < parts.typing.size() && i < kNamesMax; ++i)
    names += (i > 0 ? ", " : "") + parts.typing[i].text();
  if (parts.typing.size() > kNamesMax) names += fmt::format(" and {} more", parts.typing.size() - kNamesMax);
  return fmt::format(" ({} typing)", names);
}

std::string Unread(const PromptParts& parts) {
  std::string places;
  size_t count = 0;
  for (const auto& [conversation, view] : parts.views) {
    if (view.unread == 0 || conversation == parts.open || ++count > kPlacesMax) continue;
    places += fmt::format("{}{} {}{}", places.empty() ? "" : ", ", TitleOf(conversation, parts.self), view.unread,
                          view.unread >= kUnreadMax ? "+" : "");
  }
  if (count > kPlacesMax) places += fmt::format(", {} more", count - kPlacesMax);
  return places.empty() ? "" : fmt::format("[unread: {}]", places);
}

}  // namespace

std::string PromptOf(const PromptParts& parts) {
  std::string text = parts.open ? TitleOf(*parts.open, parts.self) : "";
  if (parts.friend_there != nullptr) {
    const client::Friend& there = *parts.friend_there;
    const std::string state = !there.online ? "offline" : there.state == "online" ? "" : there.state;
    if (!state.empty()) text += " [" + state + "]";
  }
  text += Typing(parts);
  if (const std::string unread = Unread(parts); !unread.empty()) text += (text.empty() ? "" : " ") + unread;
  if (parts.unsent > 0) text += fmt::format(" ({} unsent)", parts.unsent);
  if (!parts.online) text += " (not connected)";
  return text + "> ";
}

}  // namespace parley::cli
