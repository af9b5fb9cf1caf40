// parley admin and parley top as commands, against a server in a thread of its own.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "client/arguments.h"
#include "client/cli/admin/messages.h"
#include "client/cli/commands.h"
#include "common/schema/codec.h"
#include "common/schema/json.h"
#include "tests/client/fake_server.h"

namespace parley::cli {

// The program's own is in main.cc.
int Complain(const std::string& message) {
  std::fprintf(stderr, "parley: %s\n", message.c_str());
  return 1;
}

namespace {

using schema::Value;

// Everything written to a descriptor while this lives.
class Captured {
 public:
  explicit Captured(int fd) : fd_(fd), before_(dup(fd)), file_(std::tmpfile()) {
    std::fflush(nullptr);
    dup2(fileno(file_), fd_);
  }
  ~Captured() { End(); }
  std::string End() {
    if (file_ == nullptr) return "";
    std::fflush(nullptr);
    dup2(before_, fd_);
    close(before_);
    std::string text(static_cast<size_t>(lseek(fileno(file_), 0, SEEK_END)), '\0');
    text.resize(static_cast<size_t>(pread(fileno(file_), text.data(), text.size(), 0)));
    std::fclose(file_);
    file_ = nullptr;
    return text;
  }

 private:
  const int fd_, before_;
  std::FILE* file_;
};

struct AdminTest {
  AdminTest() {
    char name[] = "/tmp/parley-admin-XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    folder = name;
    server.AddUser("root", "secret-1");
    for (const char* method : {"admin.ban", "admin.unban", "admin.grant"}) Answers(method, "{}");
    Answers("admin.announce", R"({"seq": 3})");
    Answers("admin.drain", R"({"left": 12})");
    Answers("admin.slots", R"({"slots": [
        {"module": "user", "slot": 0, "epoch": 1, "primary": "user-1", "standbys": [], "state": "serving"},
        {"module": "user", "slot": 1, "epoch": 4, "primary": "user-1", "standbys": ["user-2"], "state": "moving",
         "to": "user-2"},
        {"module": "user", "slot": 2, "epoch": 2, "primary": "", "standbys": [], "state": "parked"}]})");
    Answers("admin.nodes", R"({"nodes": [
        {"node": "user-1", "kind": "worker", "module": "user", "host": "here", "version": "1", "up_ms": 61000, "slots": 2,
         "rates": {"calls": 1234, "of_the_future": 0}, "of_the_future": [1]},
        {"node": "frontend-1", "kind": "frontend", "host": "here", "version": "1", "up_ms": 5000, "sessions": 7, "rates": {}}]})");
    Answers("admin.stats", R"({"methods": [
        {"method": "user.login", "count": 5, "errors": 1, "p50_us": 75000, "p99_us": 300000},
        {"method": "message.send", "count": 4000, "errors": 0, "p50_us": 900, "p99_us": 9000}],
        "totals": {"records": 123456}})");
    server.methods["admin.users"] = [this](const Value& arguments) -> Result<std::string> {
      const bool second = !arguments.Find("cursor").is_nil();
      limits.push_back(arguments.Find("limit").AsInt().value_or(0));
      return schema::EncodedOfJson(
          second ? R"({"users": [{"user": "bob", "name": "Bob", "role": "user", "state": "banned", "reason": "spam",
                                  "created_ms": 1700000000000, "sessions": 0}]})"
                 : R"({"users": [{"user": "alice", "name": "Alice", "role": "admin", "state": "active",
                                  "created_ms": 1700000000000, "sessions": 2}], "cursor": "more"})");
    };
  }
  ~AdminTest() { std::filesystem::remove_all(folder); }

  void Answers(const std::string& method, const std::string& json) {
    server.methods[method] = [this, json](const Value& arguments) -> Result<std::string> {
      std::string encoded;
      schema::Writer writer(encoded);
      schema::WriteValue(writer, arguments);
      last_arguments = schema::JsonOf(encoded).value();
      return schema::EncodedOfJson(json);
    };
  }

  // What is said on standard output; `code` and `complaint` are set, too.
  std::string Parley(std::vector<std::string> arguments) {
    CLI::App app("parley");
    app.require_subcommand(1);
    const Run admin = AddAdmin(app), top = AddTop(app);
    for (const char* each : {"--user", "root", "--password", "secret-1", "--state"}) arguments.emplace_back(each);
    arguments.push_back(folder);
    arguments.emplace_back("--server");
    arguments.push_back(server.endpoint().text());
    std::ranges::reverse(arguments);
    app.parse(arguments);
    stop = false;
    std::thread thread([this] {
      while (!stop) loop.Turn(5);
    });
    Captured out(STDOUT_FILENO), err(STDERR_FILENO);
    code = app.got_subcommand("admin") ? admin() : top();
    complaint = err.End();
    const std::string said = out.End();
    stop = true;
    thread.join();
    return said;
  }

  io::Loop loop;
  client::FakeServer server{loop};
  std::atomic<bool> stop = false;
  std::string folder, last_arguments, complaint;
  std::vector<int64_t> limits;
  int code = -1;
};

bool Has(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

TEST_CASE_METHOD(AdminTest, "slots are summed up by who serves them, or listed") {
  const std::string summary = Parley({"admin", "slots"});
  CHECK(code == 0);
  CHECK(summary ==
        "MODULE  PRIMARY  SLOTS  STANDBY OF  NEWEST EPOCH  STATE\n"
        "user    (none)       1           0             2  1 parked\n"
        "user    user-1       2           0             4  1 moving, 1 serving\n"
        "user    user-2       0           1             0\n");
  const std::string all = Parley({"admin", "slots", "user", "--all"});
  CHECK(Has(all, "user       1      4  user-1   user-2    moving to user-2\n"));
  CHECK(last_arguments == R"({"module":"user"})");
}

TEST_CASE_METHOD(AdminTest, "nodes and statistics are tables, with what nobody here knows") {
  const std::string nodes = Parley({"admin", "nodes"});
  CHECK(Has(nodes, "frontend-1  frontend          here  1            5 s         7"));
  CHECK(Has(nodes, "calls 1,234\n"));
  const std::string stats = Parley({"admin", "stats"});
  CHECK(Has(
      stats,
      "METHOD        CALLS  ERRORS  HALF WITHIN  99% WITHIN\nmessage.send  4,000       0       900 µs      9.0 ms\n"));
  CHECK(Has(stats, "records  123,456\n"));
}

TEST_CASE_METHOD(AdminTest, "pages are followed up to the limit") {
  const std::string all = Parley({"admin", "users"});
  CHECK(Has(all, "alice  Alice  admin  active         2"));
  CHECK(Has(all, "bob    Bob    user   banned         0"));
  CHECK(Has(all, "spam\n"));
  CHECK(limits == std::vector<int64_t>{200, 199});
  const std::string one = Parley({"admin", "users", "--limit", "1"});
  CHECK_FALSE(Has(one, "bob"));
  CHECK(Has(one, "--limit 2 shows more"));
  CHECK(Parley({"admin", "users", "--json"}).starts_with(R"({"users":[{"created_ms":1700000000000,"name":"Alice")"));
}

TEST_CASE_METHOD(AdminTest, "a change carries an id, and says what it did") {
  CHECK(
      Parley({"admin", "ban", "mallory", "--reason", "spam", "--for", "7d"}).starts_with("mallory is banned until 20"));
  CHECK(Has(last_arguments, R"("reason":"spam")"));
  CHECK(Has(last_arguments, R"("until_ms":)"));
  CHECK(Has(last_arguments, R"("id":")"));
  CHECK(Parley({"admin", "announce", "hello all", "--id", "monday"}) ==
        "Announced to everyone, as number 3 of !all.\n");
  CHECK(last_arguments == R"({"body":"hello all","id":"monday"})");
  CHECK(Parley({"admin", "announce", "hello", "--json"}) == "{\"seq\":3}\n");
  CHECK(Parley({"admin", "drain", "user-1"}) == "user-1 is draining; slots still to move: 12\n");
  CHECK(Parley({"admin", "drain", "user-2", "--wait"}) ==
        "user-2 is draining; slots still to move: 12\n0 slots to move\n");
  CHECK(Parley({"admin", "grant", "bob"}) == "bob is an admin now.\n");
}

TEST_CASE_METHOD(AdminTest, "the exit code says whose turn it is") {
  const auto refuse = [this](Code why) {
    server.methods["admin.kick"] = [why](const Value&) -> Result<std::string> { return Fail(why, "why"); };
    CHECK(Parley({"admin", "kick", "bob"}).empty());
    CHECK(Has(complaint, ": why"));
    return code;
  };
  CHECK(refuse(Code::kForbidden) == 3);
  CHECK(refuse(Code::kNotFound) == 4);
  CHECK(refuse(Code::kUnavailable) == 5);
  CHECK(refuse(Code::kConflict) == 1);
  Parley({"admin", "kick", "Not A Handle"});
  CHECK(code == 1);
  Parley({"admin", "ban", "bob", "--reason", "x", "--for", "soon"});
  CHECK(code == 1);
  CHECK(Has(complaint, "--for soon"));
  CHECK_THROWS_AS(Parley({"admin"}), CLI::ParseError);
  CHECK_THROWS_AS(Parley({"admin", "ban", "bob"}), CLI::ParseError);
}

TEST_CASE_METHOD(AdminTest, "the session is remembered") {
  Parley({"admin", "stats"});
  Parley({"admin", "stats"});
  CHECK(server.CountOf("user.login") == 1);
  CHECK(server.CountOf("user.resume") == 1);
}

TEST_CASE_METHOD(AdminTest, "top shows one frame of two looks") {
  const std::string frame = Parley({"top", "--once", "--interval", "0.1"});
  CHECK(code == 0);
  CHECK(Has(frame, "1 frontend, 1 worker   sessions 7   calls/s 0   errors/s 0\n"));
  CHECK(Has(frame, "1 slot has no worker"));
  CHECK(Has(frame, "\nmessage.send"));
  CHECK_FALSE(Has(frame, "\x1b"));
  CHECK(server.CountOf("admin.nodes") == 2);
}

TEST_CASE_METHOD(AdminTest, "top is for admins, and says so") {
  server.methods["admin.slots"] = [](const Value&) -> Result<std::string> {
    return Fail(Code::kForbidden, "for admins");
  };
  CHECK(Parley({"top", "--once"}).empty());
  CHECK(code == 1);
  CHECK(Has(complaint, "for admins"));
}

}  // namespace
}  // namespace parley::cli
