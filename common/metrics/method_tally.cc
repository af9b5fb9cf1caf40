#include "common/metrics/method_tally.h"

namespace parley::metrics {

void MethodTally::Add(std::optional<Code> error, int64_t us) {
  ++by_code_[error ? static_cast<size_t>(RowOf(*error).code) : 0];
  times_.Add(us);
}

void MethodTally::Report(Exposition& out, const Family& requests, const Family& seconds,
                         std::string_view method) const {
  for (size_t i = 0; i < by_code_.size(); ++i) {
    if (i > 0 && by_code_[i] == 0) continue;
    const std::string_view code = i == 0 ? "ok" : NameOf(static_cast<Code>(i));
    out.Add(requests, by_code_[i], {{"method", std::string(method)}, {"code", std::string(code)}});
  }
  out.Add(seconds, times_, {{"method", std::string(method)}});
}

}  // namespace parley::metrics
