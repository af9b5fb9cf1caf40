#include "common/base/log.h"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <catch2/catch.hpp>
#include <sstream>

namespace parley {
namespace {

class LogTest {
 public:
  LogTest() : before_(spdlog::default_logger()) {
    auto logger = std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_st>(text_));
    logger->set_pattern("%v");
    spdlog::set_default_logger(logger);
  }
  ~LogTest() { spdlog::set_default_logger(before_); }
  LogTest(const LogTest&) = delete;
  LogTest& operator=(const LogTest&) = delete;

  std::string Logged() {
    const std::string text = text_.str();
    text_.str("");
    return text;
  }

 private:
  std::ostringstream text_;
  const std::shared_ptr<spdlog::logger> before_;
};

}  // namespace

TEST_CASE_METHOD(LogTest, "a line that is logged for a request says for which") {
  const RequestId outer = RequestId::Random(), inner = RequestId::Random();
  {
    const LogRequest log(outer);
    LogInfo("one of {}", 2);
    CHECK(Logged() == "one of 2 request=" + outer.Hex() + "\n");
    {
      const LogRequest nested(inner);
      LogWarn("two");
    }
    CHECK(Logged() == "two request=" + inner.Hex() + "\n");
    LogError("three");
    CHECK(Logged() == "three request=" + outer.Hex() + "\n");
  }
  LogInfo("four");
  CHECK(Logged() == "four\n");
}

}  // namespace parley
