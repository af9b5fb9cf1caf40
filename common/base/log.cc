#include "common/base/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <utility>

namespace parley {
namespace {

spdlog::level::level_enum SpdlogLevel(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

// %q: the message as the inside of a JSON string.
class JsonMessage : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& msg, const std::tm&, spdlog::memory_buf_t& out) override {
    static constexpr char kDigits[] = "0123456789abcdef";
    for (const char c : msg.payload) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') {
        out.push_back('\\');
        out.push_back(c);
      } else if (byte < 0x20) {
        for (const char e : {'\\', 'u', '0', '0', kDigits[byte >> 4], kDigits[byte & 15]}) out.push_back(e);
      } else {
        out.push_back(c);
      }
    }
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<JsonMessage>(); }
};

thread_local RequestId t_request;

}  // namespace

LogRequest::LogRequest(const RequestId& request) : before_(std::exchange(t_request, request)) {}
LogRequest::~LogRequest() { t_request = before_; }

void SetUpLog(std::string_view program, std::string_view format, std::string_view level) {
  spdlog::drop(std::string(program));  // so that it can be set up again: each test does
  auto logger = spdlog::default_factory::create<spdlog::sinks::stderr_sink_mt>(std::string(program));
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<JsonMessage>('q');
  formatter->set_pattern(format == "json"
                             ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","program":"%n","message":"%q"})"
                             : "%Y-%m-%dT%H:%M:%S.%eZ %-5l %n: %v");
  logger->set_formatter(std::move(formatter));
  logger->set_level(spdlog::level::from_str(level == "warn" ? "warning" : std::string(level)));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

bool LogEnabled(LogLevel level) { return spdlog::default_logger_raw()->should_log(SpdlogLevel(level)); }

void LogLine(LogLevel level, std::string_view line) {
  std::string about;
  if (!t_request.empty()) {
    about = fmt::format("{} request={}", line, t_request.Hex());
    line = about;
  }
  spdlog::default_logger_raw()->log(SpdlogLevel(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace parley
