#include "frontend/method_stats.h"

#include <limits>

#include "frontend/messages.h"

namespace parley::frontend {

MethodStats::MethodStats() {
  methods_.emplace_back();
  for (const std::string_view own : {Hello::kMethod, Ping::kMethod, Methods::kMethod}) NumberOf(own);
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

void MethodStats::Answered(uint16_t method, int64_t us, bool error) {
  if (method == 0) return;
  Method& stats = methods_[method];
  if (stats.latencies == nullptr) stats.latencies = std::make_unique<wire::Latencies>();
  ++stats.count;
  if (error) ++stats.errors;
  stats.latencies->Add(us);
}

std::vector<wire::MethodFigures> MethodStats::Figures() const {
  std::vector<wire::MethodFigures> figures;
  for (const Method& method : methods_) {
    if (method.count > 0) figures.push_back({method.name, method.count, method.errors, method.latencies->Packed()});
  }
  return figures;
}

}  // namespace parley::frontend
