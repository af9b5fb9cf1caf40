// How often each method was answered here, how often with an error, and how long clients waited.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/metrics/method_tally.h"
#include "common/wire/figures.h"
#include "frontend/limits.h"

namespace parley::frontend {

class MethodStats {
 public:
  // Knows the frontend's own methods.
  MethodStats();

  // Of a method that there is: what clients invent must not be given numbers. 0 where there are too many.
  uint16_t NumberOf(std::string_view method);
  // 0: not known.
  [[nodiscard]] uint16_t Find(std::string_view method) const;
  // No error: it went well. Those of no known method are counted together, and not among the figures.
  void Answered(uint16_t method, int64_t us, std::optional<Code> error);

  // Of those that were called.
  [[nodiscard]] std::vector<wire::MethodFigures> Figures() const;
  void Report(metrics::Exposition& out) const;

 private:
  struct Method {
    std::string name;
    std::unique_ptr<metrics::MethodTally> tally;  // once it is called
  };

  TextMap<uint16_t> numbers_;
  std::vector<Method> methods_;  // by number; the first is that of all that are not known
};

}  // namespace parley::frontend
