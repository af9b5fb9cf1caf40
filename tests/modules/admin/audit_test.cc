// The audit: complete, dense, and true whatever dies.
#include <algorithm>

#include "tests/modules/admin/admin_fixture.h"

namespace parley::admin {
namespace {

TEST_CASE_METHOD(AdminTest, "every change is in the audit, with who, what, to whom, from where") {
  REQUIRE(Ask(Ban{ann, "spam", {}, "1"}));
  const std::vector<Entry> entries = Entries();
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].seq == 1);
  CHECK(entries[0].by == UserHandle::Must("root"));
  CHECK(entries[0].action == "admin.ban");
  CHECK(entries[0].target == "ann");
  CHECK(entries[0].address == "192.0.2.1");
  CHECK(entries[0].outcome == "ok");
  CHECK(entries[0].time_ms <= harness.now().wall_ms);
  CHECK(ArgumentsOf(entries[0]) == R"({"id":"1","reason":"spam","user":"ann"})");
}

TEST_CASE_METHOD(AdminTest, "every refused try is in the audit, also of those who are no administrators") {
  Fails<user::SetBan>(Code::kForbidden);
  Fails<user::Disconnect>(Code::kNotFound);
  CHECK(Outcome(Ban{UserHandle::Must("root"), "x", {}, {}}) == "forbidden");
  CHECK(Outcome(Kick{ann, {}}) == "not_found");
  CHECK(Outcome(bob, Ban{ann, "spam", {}, {}}) == "forbidden");
  CHECK(Outcome(bob, Users{}) == "forbidden");
  CHECK(Outcome(Users{.limit = 0}) == "bad_request");
  CHECK(harness.CallEncoded(root, "admin.ban", "\x80").result.error().code == Code::kBadRequest);
  CHECK(Outcome(Announce{std::string(20'000, 'x'), "1"}) == "limit");
  CHECK(Lines() == Texts{"1 root admin.ban root forbidden", "2 root admin.kick ann not_found",
                         "3 bob admin.ban ann forbidden", "4 bob admin.users - forbidden",
                         "5 root admin.users - bad_request", "6 root admin.ban - bad_request",
                         "7 root admin.announce - limit"});
}

TEST_CASE_METHOD(AdminTest, "reading is not in the audit, nor is reading that nobody answered") {
  CHECK(Outcome(Audit{}) == "ok");
  CHECK(Outcome(Nodes{}) == "unavailable");
  CHECK(Outcome(Users{}) == "unavailable");
  CHECK(Lines().empty());
}

TEST_CASE_METHOD(AdminTest, "a change of which nothing is known is in the audit as that") {
  Fails<user::Disconnect>(Code::kTimeout);
  CHECK(Outcome(Kick{ann, {}}) == "timeout");
  Fails<user::Disconnect>(Code::kUnavailable);
  CHECK(Outcome(Kick{ann, {}}) == "unavailable");
  CHECK(Lines() == Texts{"1 root admin.kick ann timeout", "2 root admin.kick ann unavailable"});
}

TEST_CASE_METHOD(AdminTest, "what a stranger sends is kept small") {
  std::string body;
  schema::Writer writer(body);
  writer.Map(5);
  writer.Text("user");
  writer.Text(std::string(40'000, 'x'));
  writer.Text("reason");
  writer.List(3);
  for (int i = 0; i < 3; ++i) writer.Int(i);
  writer.Text("until_ms");
  writer.Bool(true);
  writer.Text("password");
  writer.Text("secret");
  writer.Text("id");
  writer.Text("\xFF\xFE");
  CHECK(harness.CallEncoded(bob, "admin.ban", body).result.error().code == Code::kForbidden);
  const std::vector<Entry> entries = Entries();
  REQUIRE(entries.size() == 1);
  const std::string start = R"x({"id":"(not UTF-8)","reason":"(list)","until_ms":true,"user":")x";
  CHECK(ArgumentsOf(entries[0]) == start + std::string(500, 'x') + R"("})");
  CHECK(entries[0].target == std::string(500, 'x'));
}

TEST_CASE_METHOD(AdminTest, "a long text is cut between characters") {
  std::string text = "x";
  while (text.size() < 1'000) text += "\xC3\xA9";
  REQUIRE(Ask(Announce{text, "1"}));
  CHECK(ArgumentsOf(Entries().at(0)) == R"({"body":")" + text.substr(0, 499) + R"(","id":"1"})");
}

TEST_CASE_METHOD(AdminTest, "the audit is read newest first, in pages, while it grows") {
  for (int i = 0; i < 7; ++i) REQUIRE(Ask(Kick{ann, {}}));
  const auto seqs = [](const AuditPage& page) {
    std::vector<int64_t> found;
    for (const Entry& entry : page.entries) found.push_back(entry.seq);
    return found;
  };
  auto page = Ask(Audit{.limit = 3});
  CHECK(seqs(*page) == std::vector<int64_t>{7, 6, 5});
  REQUIRE(Ask(Kick{ann, {}}));
  page = Ask(Audit{.cursor = page->cursor, .limit = 4});
  CHECK(seqs(*page) == std::vector<int64_t>{4, 3, 2, 1});
  CHECK_FALSE(page->cursor);
  CHECK(Ask(Audit{})->entries.size() == 8);
}

TEST_CASE_METHOD(AdminTest, "the audit of a user is what they did, tried, and had done to them") {
  REQUIRE(Ask(Kick{ann, {}}));
  REQUIRE(Ask(Kick{UserHandle::Must("bob"), {}}));
  CHECK(Outcome(bob, Kick{ann, {}}) == "forbidden");
  CHECK(Outcome(bob, Kick{UserHandle::Must("bob"), {}}) == "forbidden");
  CHECK(Lines({.user = ann}) == Texts{"1 root admin.kick ann ok", "3 bob admin.kick ann forbidden"});
  CHECK(Lines({.user = UserHandle::Must("bob"), .limit = 2}) ==
        Texts{"2 root admin.kick bob ok", "3 bob admin.kick ann forbidden", "4 bob admin.kick bob forbidden"});
  CHECK(Lines({.user = UserHandle::Must("eve")}).empty());
  const auto page = Ask(Audit{.user = ann, .limit = 1});
  CHECK(Outcome(Audit{.cursor = page->cursor}) == "bad_request");
}

TEST_CASE_METHOD(AdminTest, "a crash after the change and before its entry: the repetition makes one entry of it") {
  const RequestId id = RequestId::Random();
  // The worker dies while the other module has answered nothing.
  harness.Send(root, Kick::kMethod, schema::Encode(Kick{ann, "1"}), id);
  harness.Crash();
  CHECK(OutcomeAgain(id, root, Kick{ann, "1"}) == "ok");
  harness.Advance(2 * AuditLog::kOpenMs);
  CHECK(Lines() == Texts{"1 root admin.kick ann ok"});
}

// A user module that carries out what it is asked and dies before it can answer, once.
class CrashTest : public AdminTest {
 public:
  // Leaves a change begun and not noted, as a crash in the middle does.
  void BeginAndCrash(const Kick& kick) {
    const Line line{UserHandle::Must("root"), std::string(Kick::kMethod), kick.user.text(),         "192.0.2.1", "",
                    {schema::Encode(kick)},   harness.now().wall_ms,      RequestId::Random().Hex()};
    const Slot slot = SlotOf("fixed");
    const OpenRow row{UserHandle::Must("root"), "i" + *kick.id};
    REQUIRE(harness.disk().Commit({{store::KeyOf(slot, row), schema::Encode(line)}}));
    harness.Crash();
  }
};

TEST_CASE_METHOD(CrashTest, "a change that was begun and that nobody asks for again is noted as unknown") {
  BeginAndCrash(Kick{ann, "1"});
  harness.Advance(AuditLog::kOpenMs - 2'000);
  CHECK(Lines().empty());
  harness.Advance(4'000);
  CHECK(Lines() == Texts{"1 root admin.kick ann timeout"});
  harness.Advance(2 * AuditLog::kOpenMs);
  CHECK(Lines().size() == 1);
  REQUIRE(Ask(Kick{ann, "1"}));  // its id was not used up
  CHECK(Lines().back() == "2 root admin.kick ann ok");
}

TEST_CASE_METHOD(CrashTest, "a change that is asked for again is noted once") {
  BeginAndCrash(Kick{ann, "1"});
  REQUIRE(Ask(Kick{ann, "1"}));
  harness.Advance(2 * AuditLog::kOpenMs);
  CHECK(Lines() == Texts{"1 root admin.kick ann ok"});
}

TEST_CASE_METHOD(CrashTest, "another change under the id of one that was left says so of that one first") {
  BeginAndCrash(Kick{ann, "1"});
  REQUIRE(Ask(Grant{ann, "1"}));
  harness.Advance(2 * AuditLog::kOpenMs);
  CHECK(Lines() == Texts{"1 root admin.kick ann timeout", "2 root admin.grant ann ok"});
}

TEST_CASE_METHOD(AdminTest, "a refused try whose caller asks again is noted once") {
  Fails<user::Disconnect>(Code::kNotFound);
  const RequestId by_admin = RequestId::Random(), by_bob = RequestId::Random();
  for (int i = 0; i < 3; ++i) {
    CHECK(OutcomeAgain(by_admin, root, Kick{ann, {}}) == "not_found");
    CHECK(OutcomeAgain(by_bob, bob, Kick{ann, {}}) == "forbidden");
    harness.Crash();
  }
  CHECK(Lines() == Texts{"1 root admin.kick ann not_found", "2 bob admin.kick ann forbidden"});
}

TEST_CASE_METHOD(AdminTest, "the clock going back does not turn the audit around") {
  REQUIRE(Ask(Kick{ann, {}}));
  const Line line{
      UserHandle::Must("root"), "admin.kick", "ann", "", "ok", {"\x80"}, harness.now().wall_ms + 60'000, ""};
  REQUIRE(harness.disk().Commit({{store::KeyOf(SlotOf("fixed"), EntryRow{2}), schema::Encode(line)}}));
  harness.Crash();
  REQUIRE(Ask(Kick{ann, {}}));
  const std::vector<Entry> entries = Entries();
  REQUIRE(entries.size() == 3);
  CHECK(entries[2].time_ms == entries[1].time_ms);
}

}  // namespace
}  // namespace parley::admin
