#include "client/cli/words.h"

#include <algorithm>
#include <charconv>

#include "common/base/handle.h"
#include "common/base/limits.h"

namespace parley::cli {
namespace {

std::optional<int64_t> ParseDigits(std::string_view word) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size() || number < 0) return std::nullopt;
  return number;
}

bool IsOfHandle(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'; }

}  // namespace

std::string_view Word(std::string_view& rest) {
  const size_t end = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end);
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  return word;
}

std::optional<int64_t> ParseNumber(std::string_view word) {
  const auto number = ParseDigits(word);
  return number && *number > 0 ? number : std::nullopt;
}

std::optional<int64_t> ParseDuration(std::string_view word) {
  if (word == "off") return 0;
  constexpr int64_t kSecond = 1'000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;
  constexpr int64_t kDaysMax = 100 * 366;
  int64_t unit = kMinute;
  if (!word.empty()) {
    const char last = word.back();
    const int64_t named = last == 's' ? kSecond : last == 'm' ? kMinute : last == 'h' ? kHour : last == 'd' ? kDay : 0;
    if (named != 0) {
      unit = named;
      word.remove_suffix(1);
    }
  }
  const auto number = ParseDigits(word);
  if (!number || *number > kDaysMax * kDay / unit) return std::nullopt;
  return *number * unit;
}

std::vector<std::string> MentionsIn(std::string_view text) {
  std::vector<std::string> mentions;
  for (size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
    if (at > 0 && (IsOfHandle(text[at - 1]) || text[at - 1] == '@')) continue;  // an address of mail
    size_t end = at + 1;
    while (end < text.size() && IsOfHandle(text[end])) ++end;
    std::string_view handle = text.substr(at + 1, end - at - 1);
    while (!handle.empty() && (handle.back() == '.' || handle.back() == '-'))
      handle.remove_suffix(1);  // of the sentence
    if (!UserHandle::Parse(handle) || mentions.size() == limits::kMentionsMax) continue;
    if (std::ranges::find(mentions, handle) == mentions.end()) mentions.emplace_back(handle);
  }
  return mentions;
}

}  // namespace parley::cli
