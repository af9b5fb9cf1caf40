// Logging, as text or as JSON lines on standard error. Messages are whole sentences; values are appended as
// `key=value`.
#pragma once

#include <spdlog/fmt/fmt.h>

#include <string>
#include <string_view>

#include "common/base/ids.h"

namespace parley {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

// Once at the start of a program. `format` is "text" or "json"; `level` is debug, info, warn or error.
void SetUpLog(std::string_view program, std::string_view format, std::string_view level);
[[nodiscard]] bool LogEnabled(LogLevel level);
void LogLine(LogLevel level, std::string_view line);

// While it lives, each line that this thread logs ends in ` request=ID`: what is done for a request says for which.
class LogRequest {
 public:
  explicit LogRequest(const RequestId& request);
  ~LogRequest();
  LogRequest(const LogRequest&) = delete;
  LogRequest& operator=(const LogRequest&) = delete;

 private:
  const RequestId before_;
};

template <class... Args>
void LogDebug(fmt::format_string<Args...> format, Args&&... args) {
  if (LogEnabled(LogLevel::kDebug)) LogLine(LogLevel::kDebug, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void LogInfo(fmt::format_string<Args...> format, Args&&... args) {
  LogLine(LogLevel::kInfo, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void LogWarn(fmt::format_string<Args...> format, Args&&... args) {
  LogLine(LogLevel::kWarn, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void LogError(fmt::format_string<Args...> format, Args&&... args) {
  LogLine(LogLevel::kError, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace parley
