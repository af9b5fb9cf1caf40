#include "client/cli/admin/messages.h"

#include <spdlog/fmt/fmt.h>

#include <cmath>

namespace parley::cli {

Numbers NumbersOf(const schema::Encoded& map) {
  Numbers numbers;
  schema::Parser parser;
  const Result<schema::Value> value = parser.Parse(map.bytes);
  if (!value || value->type() != schema::Type::kMap) return numbers;
  for (size_t i = 0; i < value->size(); ++i) {
    const auto number = value->mapped(i).AsNumber();
    if (value->key(i).type() == schema::Type::kText && number) numbers[std::string(value->key(i).AsText())] = *number;
  }
  return numbers;
}

std::string NumberText(double number) {
  if (!std::isfinite(number)) return "-";
  const double size = std::abs(number);
  if (size < 1'000 && number != std::floor(number)) return fmt::format("{:.{}f}", number, size < 10 ? 2 : 1);
  std::string digits = fmt::format("{:.0f}", size);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return (number < 0 ? "-" : "") + digits;
}

std::string LatencyText(int64_t us) {
  if (us < 1'000) return fmt::format("{} µs", us);
  if (us < 1'000'000) return fmt::format("{:.{}f} ms", static_cast<double>(us) / 1e3, us < 100'000 ? 1 : 0);
  return fmt::format("{:.1f} s", static_cast<double>(us) / 1e6);
}

}  // namespace parley::cli
