#include <catch2/catch.hpp>

#include "client/arguments.h"
#include "client/cli/table.h"
#include "client/cli/top/frame.h"

namespace parley::cli {
namespace {

struct TopTest {
  static Node NodeOf(const std::string& name, const std::string& kind, const std::string& module) {
    Node node;
    node.node = name;
    node.kind = kind;
    node.module = module;
    node.host = "here";
    node.up_ms = 3 * 3'600'000;
    if (kind == "frontend") node.sessions = 1'200;
    if (kind == "worker") node.slots = 256;
    node.rates.bytes = client::Arguments().Int("requests", 1'500).Int("of_the_future", 7).Encoded();
    return node;
  }
  static MethodStats Method(const std::string& name, int64_t count, int64_t errors, int64_t p99_us) {
    MethodStats method;
    method.method = name;
    method.count = count;
    method.errors = errors;
    method.p50_us = p99_us / 4;
    method.p99_us = p99_us;
    return method;
  }

  TopTest() {
    before.mono_ms = 10'000;
    now.mono_ms = 12'000;
    now.nodes.nodes = {NodeOf("bus-1", "bus", ""), NodeOf("frontend-1", "frontend", "")};
    for (const char* module : {"user", "message"}) {
      now.nodes.nodes.push_back(NodeOf(std::string(module) + "-1", "worker", module));
      for (int slot = 0; slot < 256; ++slot) {
        Slot one;
        one.module = module;
        one.slot = slot;
        one.primary = std::string(module) + "-1";
        one.state = "serving";
        now.slots.slots.push_back(one);
      }
    }
    before.stats.methods = {Method("message.send", 1'000, 10, 9'000), Method("user.login", 50, 0, 300'000)};
    now.stats.methods = {Method("message.send", 4'000, 10, 9'000), Method("user.login", 52, 1, 300'000),
                         Method("user.profile", 4, 0, 800)};
    before.stats.totals.bytes = client::Arguments().Int("records", 123'256).Encoded();
    now.stats.totals.bytes = client::Arguments().Int("records", 123'456).Int("since", 5).Encoded();
  }

  std::vector<std::string> Lines() {
    return FrameOf({.server = "127.0.0.1:7000",
                    .clock = "12:30:05",
                    .trouble = trouble,
                    .now = now,
                    .before = first ? nullptr : &before},
                   style);
  }
  std::string Frame() {
    std::string text;
    for (const std::string& line : Lines()) text += line + "\n";
    return text;
  }
  // The line that begins with `start`, its blanks made one.
  std::string LineOf(const std::string& start) {
    for (const std::string& line : Lines()) {
      if (!line.starts_with(start)) continue;
      std::string out;
      for (const char c : line) {
        if (c != ' ' || (!out.empty() && out.back() != ' ')) out += c;
      }
      return out;
    }
    return "no line " + start;
  }
  // The methods, from top to bottom.
  std::string Order() {
    std::string order;
    for (const std::string& line : Lines()) {
      if (line.starts_with("message.") || line.starts_with("user.")) order += line.substr(0, line.find(' ')) + " ";
    }
    return order;
  }

  Sample before, now;
  bool first = false;
  std::string trouble;
  FrameStyle style;
};

TEST_CASE_METHOD(TopTest, "rates are what happened between two looks") {
  CHECK(LineOf("message.send") == "message.send 1,500 4,000 0 10 2.2 ms 9.0 ms");
  CHECK(LineOf("user.login") == "user.login 1 52 0.50 1 75.0 ms 300 ms");
  CHECK(LineOf("user.profile") == "user.profile 2 4 0 0 200 µs 800 µs");
  CHECK(LineOf("1 bus") == "1 bus, 1 frontend, 2 workers sessions 1,200 calls/s 1,503 errors/s 0.50");
  CHECK(LineOf("message ") == "message 1 256 of 256 1,500 0 9.0 ms");
  CHECK(LineOf("user ") == "user 1 256 of 256 3 0.50 300 ms");
}

TEST_CASE_METHOD(TopTest, "a first look, and a count that began anew, have none") {
  SECTION("a first look") { first = true; }
  SECTION("a frontend that was restarted") { before.stats.methods[0].count = 1'000'000; }
  CHECK(LineOf("message.send").starts_with("message.send - 4,000"));
}

TEST_CASE_METHOD(TopTest, "nodes say where they run and what they do, also what nobody here knows") {
  style.columns = 100;
  CHECK(LineOf("frontend-1") == "frontend-1 frontend here 3 h 0 m 1,200 of_the_future 7, requests 1,500");
  CHECK(LineOf("message-1") == "message-1 message here 3 h 0 m 256 of_the_future 7, requests 1,500");
  CHECK(LineOf("records") == "records 123,456 (+100/s) since 5");
}

TEST_CASE_METHOD(TopTest, "slots without a worker are said loudly") {
  for (int i = 0; i < 3; ++i) now.slots.slots[static_cast<size_t>(i)].state = "parked";
  now.slots.slots[5].primary.clear();
  CHECK(LineOf("4 slots") == "4 slots have no worker: their requests wait");
  CHECK(LineOf("user ").find("252 of 256") != std::string::npos);
  style.colours = true;
  CHECK(Frame().find("\x1b[31muser ") != std::string::npos);
}

TEST_CASE_METHOD(TopTest, "slots that move are served, and counted") {
  for (int i = 0; i < 8; ++i) now.slots.slots[static_cast<size_t>(i)].state = "moving";
  CHECK(LineOf("slots on") == "slots on their way to other workers: 8");
  CHECK(LineOf("user ").find("256 of 256") != std::string::npos);
}

TEST_CASE_METHOD(TopTest, "trouble is said, and the rest stays") {
  trouble = "no answer to admin.nodes yet";
  CHECK(Frame().find(trouble) != std::string::npos);
  CHECK(Frame().find("message.send") != std::string::npos);
}

TEST_CASE_METHOD(TopTest, "methods are sorted as wanted") {
  CHECK(Order() == "message.send user.profile user.login ");
  style.sort = SortBy::kLatency;
  CHECK(Order() == "user.login message.send user.profile ");
  style.sort = SortBy::kErrors;
  CHECK(Order() == "user.login message.send user.profile ");
  style.sort = SortBy::kName;
  CHECK(Order() == "message.send user.login user.profile ");
}

TEST_CASE_METHOD(TopTest, "a small system is seen whole on a small screen, but for some methods") {
  for (const char* module : {"friend", "group", "admin"}) {
    now.nodes.nodes.push_back(NodeOf(std::string(module) + "-1", "worker", module));
  }
  for (int i = 0; i < 40; ++i) now.stats.methods.push_back(Method("message.method" + std::to_string(i), i, 0, 100));
  CHECK(Lines().size() == 24);
  for (const Node& node : now.nodes.nodes) CHECK(LineOf(node.node) != "no line " + node.node);
  CHECK(Order().starts_with("message.send message.method39 "));
}

TEST_CASE_METHOD(TopTest, "it fits whatever screen there is, and says what it leaves out") {
  for (int i = 0; i < 40; ++i) {
    now.nodes.nodes.push_back(NodeOf("worker-with-a-long-name-" + std::to_string(i), "worker", "message"));
    now.stats.methods.push_back(Method("message.method" + std::to_string(i), i, 0, 100));
  }
  style.colours = GENERATE(false, true);
  for (const auto& [rows, columns] : {std::pair<size_t, size_t>{24, 80}, {60, 200}, {10, 40}, {3, 20}, {1, 5}}) {
    style.rows = rows;
    style.columns = columns;
    const auto lines = Lines();
    INFO(rows << " rows, " << columns << " columns");
    CHECK(lines.size() <= rows);
    for (const std::string& line : lines) CHECK(WidthOf(line) <= columns);
  }
  style = {};
  const std::string frame = Frame();
  CHECK(frame.find("MODULE") != std::string::npos);
  CHECK(frame.find("NODE") != std::string::npos);
  CHECK(frame.find("message.send") != std::string::npos);
  CHECK(frame.find(" more\n") != std::string::npos);
  style.rows = 0;
  CHECK(Lines().size() > 80);
}

TEST_CASE_METHOD(TopTest, "an empty system is a frame, too") {
  now = before = Sample();
  CHECK(Lines().size() >= 2);
}

TEST_CASE("numbers and times are short") {
  CHECK(NumberText(0) == "0");
  CHECK(NumberText(1'234'567) == "1,234,567");
  CHECK(NumberText(-1'000) == "-1,000");
  CHECK(NumberText(0.25) == "0.25");
  CHECK(NumberText(12.5) == "12.5");
  CHECK(LatencyText(850) == "850 µs");
  CHECK(LatencyText(12'300) == "12.3 ms");
  CHECK(LatencyText(1'200'000) == "1.2 s");
}

TEST_CASE("what is no number among numbers is left out") {
  const std::string map = client::Arguments().Int("a", 1).Text("b", "x").Encoded();
  CHECK(NumbersOf({map}) == Numbers{{"a", 1}});
  CHECK(NumbersOf({std::string("\x81\xa1x\xca\x3f\x00\x00\x00", 8)}) == Numbers{{"x", 0.5}});
  CHECK(NumbersOf({""}).empty());
}

}  // namespace
}  // namespace parley::cli
