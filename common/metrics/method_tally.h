// How often one method was answered, with which codes, and how long that took.
#pragma once

#include <array>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

#include "common/base/error.h"
#include "common/metrics/exposition.h"

namespace parley::metrics {

class MethodTally {
 public:
  // No error: it went well.
  void Add(std::optional<Code> error, int64_t us);

  [[nodiscard]] uint64_t count() const { return times_.count(); }
  [[nodiscard]] uint64_t errors() const { return times_.count() - by_code_[0]; }
  [[nodiscard]] const wire::Latencies& latencies() const { return times_.buckets(); }
  // `requests` by method and code, `seconds` by method. Codes that never came are left out, but for `ok`.
  void Report(Exposition& out, const Family& requests, const Family& seconds, std::string_view method) const;

 private:
  std::array<uint64_t, std::size(kCodes) + 1> by_code_{};  // 0: ok
  Distribution times_;
};

}  // namespace parley::metrics
