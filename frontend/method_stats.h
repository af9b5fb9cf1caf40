// How often each method was answered here, how often with an error, and how long clients waited.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/wire/figures.h"
#include "frontend/limits.h"

namespace parley::frontend {

class MethodStats {
 public:
  // Knows the frontend's own methods.
  MethodStats();

  // Of a method that there is: what clients invent must not be given numbers. 0 where there are too many.
  uint16_t NumberOf(std::string_view method);
  // 0: not known, and not counted.
  [[nodiscard]] uint16_t Find(std::string_view method) const;
  void Answered(uint16_t method, int64_t us, bool error);

  // Of those that were called.
  [[nodiscard]] std::vector<wire::MethodFigures> Figures() const;

 private:
  struct Method {
    std::string name;
    int64_t count = 0, errors = 0;
    std::unique_ptr<wire::Latencies> latencies;  // once it is called
  };

  TextMap<uint16_t> numbers_;
  std::vector<Method> methods_;  // by number; the first is nobody's
};

}  // namespace parley::frontend
