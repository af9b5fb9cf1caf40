#include "client/cli/answers.h"

#include <spdlog/fmt/fmt.h>

#include <ctime>

#include "client/cli/transcript.h"

namespace parley::cli {

std::string TextIn(const schema::Value& map, std::string_view name) {
  const schema::Value value = map.Find(name);
  return value.type() == schema::Type::kText ? Printable(value.AsText()) : std::string();
}

int64_t IntIn(const schema::Value& map, std::string_view name) {
  const schema::Value value = map.Find(name);
  return value.type() == schema::Type::kInt ? value.AsInt().value_or(0) : 0;
}

bool FlagIn(const schema::Value& map, std::string_view name) {
  const schema::Value value = map.Find(name);
  return value.type() == schema::Type::kBool && value.AsBool();
}

void ForEachIn(const schema::Value& map, std::string_view name, const std::function<void(const schema::Value&)>& f) {
  const schema::Value list = map.Find(name);
  for (size_t i = 0; list.type() == schema::Type::kList && i < list.size(); ++i) f(list.at(i));
}

std::string LocalTime(int64_t time_ms) {
  const std::time_t seconds = time_ms / 1000;
  std::tm local{};
  if (localtime_r(&seconds, &local) == nullptr) return "?";
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &local)};
}

std::string SpanText(int64_t ms) {
  const int64_t s = ms / 1000;
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{} m {} s", s / 60, s % 60);
  if (s < 86'400) return fmt::format("{} h {} m", s / 3600, s / 60 % 60);
  return fmt::format("{} d {} h", s / 86'400, s / 3600 % 24);
}

}  // namespace parley::cli
