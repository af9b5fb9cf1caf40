#include "frontend/method_stats.h"

#include <limits>

#include "frontend/messages.h"

namespace parley::frontend {
namespace {

// Requests that were refused before their method was looked up, or of methods that there are not. What clients invent
// must not become labels.
constexpr std::string_view kNotRouted = "not_routed";

}  // namespace

MethodStats::MethodStats() {
  methods_.emplace_back().name = kNotRouted;
  for (const std::string_view own : {Hello::kMethod, Ping::kMethod, Methods::kMethod, Trace::kMethod}) NumberOf(own);
}

uint16_t MethodStats::NumberOf(std::string_view method) {
  if (const uint16_t known = Find(method); known != 0) return known;
  if (methods_.size() > std::numeric_limits<uint16_t>::max()) return 0;
  const auto number = static_cast<uint16_t>(methods_.size());
  methods_.emplace_back().name = method;
  numbers_.emplace(method, number);
  return number;
}

uint16_t MethodStats::Find(std::string_view method) const {
  const auto it = numbers_.find(method);
  return it == numbers_.end() ? uint16_t{0} : it->second;
}

void MethodStats::Answered(uint16_t method, int64_t us, std::optional<Code> error) {
  Method& stats = methods_[method];
  if (stats.tally == nullptr) stats.tally = std::make_unique<metrics::MethodTally>();
  stats.tally->Add(error, us);
}

std::vector<wire::MethodFigures> MethodStats::Figures() const {
  std::vector<wire::MethodFigures> figures;
  for (size_t i = 1; i < methods_.size(); ++i) {
    const metrics::MethodTally* tally = methods_[i].tally.get();
    if (tally == nullptr) continue;
    figures.push_back({methods_[i].name, static_cast<int64_t>(tally->count()), static_cast<int64_t>(tally->errors()),
                       tally->latencies().Packed()});
  }
  return figures;
}

}  // namespace parley::frontend
