#include <stdlib.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "client/cli/state.h"
#include "client/cli/transcript.h"

namespace parley::cli {
namespace {

const UserHandle kAlice = UserHandle::Must("alice");
const Conversation kBob = Conversation::Must("alice~bob");

client::Record From(const std::string& user, int64_t seq, const std::string& body) {
  client::Record record;
  record.conversation = kBob;
  record.seq = seq;
  record.from = UserHandle::Must(user);
  record.time_ms = 1'700'000'000'000;
  record.kind = "text";
  record.body = body;
  return record;
}

TEST_CASE("what others write cannot command the terminal") {
  CHECK(Printable("caf\u00e9 \U0001F600") == "caf\u00e9 \U0001F600");
  CHECK(Printable("\x1b[2Jgone") == "\uFFFD[2Jgone");
  CHECK(Printable("bell\a \u009b31m") == "bell\uFFFD \uFFFD31m");
  CHECK(Printable("\u202Eesrever") == "\uFFFDesrever");
  CHECK(Printable("one\r\ntwo") == "one\n    two");
  CHECK(Printable("cut \xC3") == "cut \uFFFD");
}

TEST_CASE("a conversation is called after the other one") {
  CHECK(TitleOf(kBob, kAlice) == "bob");
  CHECK(TitleOf(Conversation::Must("alice~alice"), kAlice) == "alice");
  CHECK(TitleOf(Conversation::Must("#cpp"), kAlice) == "#cpp");
}

struct TranscriptTest {
  // Without the line that says the day, and with the time, which depends on where one is, cut out.
  std::string Line(const client::Record& record, const std::optional<Conversation>& open = kBob) {
    std::string line = transcript.Line(record, open);
    if (const size_t end = line.rfind(" --\n"); end != std::string::npos) line.erase(0, end + 4);
    const size_t time = line.find(' ') + 1;
    return line.erase(time, 6);
  }
  Transcript transcript{kAlice, false};
};

TEST_CASE_METHOD(TranscriptTest, "the open conversation's lines have numbers, others say where they are from") {
  CHECK(Line(From("bob", 5, "hello")) == "[5] bob: hello");
  CHECK(Line(From("bob", 6, "hello"), std::nullopt) == "(bob) bob: hello");
}

TEST_CASE_METHOD(TranscriptTest, "every kind of record has its line") {
  client::Record record = From("bob", 9, "new text");
  record.target = 5;
  record.kind = "edit";
  CHECK(Line(record) == "[9] bob changed 5: new text");
  record.kind = "recall";
  CHECK(Line(record) == "[9] bob took 5 back");
  record.kind = "react";
  record.emoji = "+1";
  record.on = true;
  CHECK(Line(record) == "[9] bob reacted +1 to 5");
  record = From("alice", 10, "");
  record.recalled = true;
  CHECK(Line(record) == "[10] alice: (taken back)");
  record = From("alice", 11, "yes");
  record.reply_to = 9;
  record.edited_ms = 1;
  CHECK(Line(record) == "[11] alice (to 9): yes (changed)");
  record = From("bob", 12, "cat.png");
  record.kind = "image";
  CHECK(Line(record) == "[12] bob <image>: cat.png");
}

TEST_CASE_METHOD(TranscriptTest, "the day is said when it changes") {
  CHECK(transcript.Line(From("bob", 1, "x"), kBob).starts_with("-- "));
  CHECK_FALSE(transcript.Line(From("bob", 2, "x"), kBob).starts_with("-- "));
  client::Record later = From("bob", 3, "x");
  later.time_ms += 24 * 3600 * 1000;
  CHECK(transcript.Line(later, kBob).starts_with("-- "));
}

struct StateTest {
  StateTest() {
    char name[] = "/tmp/parley-state-XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    folder = name;
  }
  ~StateTest() { std::filesystem::remove_all(folder); }

  SessionFolder Take() { return SessionFolder::Take(folder, {"localhost", 7000}, "alice", "chat").value(); }
  std::string folder;
};

TEST_CASE_METHOD(StateTest, "a session is remembered, for its owner's eyes") {
  {
    const SessionFolder session = Take();
    CHECK(session.Token().empty());
    REQUIRE(session.KeepToken("alice:secret"));
    REQUIRE(session.KeepShown({{kBob, 12}, {Conversation::Must("#cpp"), 3}}));
  }
  const SessionFolder session = Take();
  CHECK(session.Token() == "alice:secret");
  CHECK(session.Shown() == std::map<Conversation, int64_t>{{kBob, 12}, {Conversation::Must("#cpp"), 3}});
  struct stat status {};
  REQUIRE(stat((session.path() + "/token").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE_METHOD(StateTest, "two processes never share a session") {
  const SessionFolder first = Take();
  {
    const SessionFolder second = Take();
    CHECK(second.path() != first.path());
  }
  REQUIRE(first.KeepToken("t"));
  CHECK(Take().Token().empty());
}

}  // namespace
}  // namespace parley::cli
