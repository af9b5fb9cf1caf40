#include "common/wire/route_key.h"

#include "common/base/limits.h"

namespace parley::wire {
namespace {

std::optional<std::string> Apply(const KeyRule& rule, std::string_view argument, std::string_view caller) {
  switch (rule.kind) {
    case KeyKind::kArgument:
      return std::string(argument);
    case KeyKind::kPair:
      if (argument.starts_with('#')) return std::string(argument);
      if (caller.empty()) return std::nullopt;
      return PairKey(caller, argument);
    case KeyKind::kTokenOwner:
      return std::string(argument.substr(0, argument.rfind(':')));
    case KeyKind::kPrefix:
      return std::string(argument.substr(0, limits::kPrefixMin));
    case KeyKind::kCaller:
    case KeyKind::kFixed:
      break;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> FindKey(const std::vector<KeyRule>& rules, const schema::Value& arguments,
                                   std::string_view caller) {
  for (const KeyRule& rule : rules) {
    if (rule.kind == KeyKind::kFixed) return std::string("fixed");
    if (rule.kind == KeyKind::kCaller) {
      if (!caller.empty()) return std::string(caller);
      continue;
    }
    const schema::Value argument = arguments.Find(rule.argument);
    if (argument.type() != schema::Type::kText) continue;
    if (std::optional<std::string> key = Apply(rule, argument.AsText(), caller)) return key;
  }
  return std::nullopt;
}

}  // namespace parley::wire
