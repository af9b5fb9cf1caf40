// What administrators do, and whom the admin module asks for it.
#include <algorithm>
#include <set>

#include "common/base/slot.h"
#include "tests/modules/admin/admin_fixture.h"

namespace parley::admin {
namespace {

TEST_CASE_METHOD(AdminTest, "each change is asked of the module whose it is, on behalf of the administrator") {
  const int64_t until_ms = harness.now().wall_ms + 5'000;
  CHECK(Ask(Ban{ann, "spam", until_ms, {}}));
  CHECK(Ask(Unban{ann, {}}));
  CHECK(Ask(Kick{ann, {}}));
  CHECK(Ask(Grant{ann, {}}));
  CHECK(Ask(Ungrant{ann, {}}));
  CHECK(Ask(Announce{"hello", "1"})->seq == 7);
  CHECK(Ask(Recall{Conversation::Group(GroupHandle::Must("#cpp")), 3, {}})->seq == 9);
  CHECK(Ask(Drain{"message-1", {}})->left == 0);
  CHECK(Ask(Undrain{"message-1", {}})->left == 0);
  CHECK(TakeAsked() == Texts{
                           R"(user.set_ban root {"on":true,"reason":"spam","until_ms":)" + std::to_string(until_ms) +
                               R"(,"user":"ann"})",
                           R"(user.set_ban root {"on":false,"user":"ann"})",
                           R"(user.disconnect root {"user":"ann"})",
                           R"(user.set_role root {"role":"admin","user":"ann"})",
                           R"(user.set_role root {"role":"user","user":"ann"})",
                           R"(message.announce root {"body":"hello","conversation":"!all","id":"1"})",
                           R"(message.admin_recall root {"conversation":"#cpp","seq":3})",
                           R"(bus.drain root {"node":"message-1"})",
                           R"(bus.undrain root {"node":"message-1"})",
                       });
}

TEST_CASE_METHOD(AdminTest, "who is no administrator does nothing") {
  CHECK(Outcome(bob, Ban{ann, "spam", {}, {}}) == "forbidden");
  CHECK(Outcome(bob, Users{}) == "forbidden");
  CHECK(Outcome(bob, Stats{}) == "forbidden");
  CHECK(Outcome(testing::ModuleHarness::Nobody(), Ban{ann, "spam", {}, {}}) == "unauthenticated");
  CHECK(TakeAsked().empty());
}

TEST_CASE_METHOD(AdminTest, "a ban that has ended already is refused") {
  CHECK(Outcome(Ban{ann, "spam", harness.now().wall_ms, {}}) == "bad_request");
  CHECK(TakeAsked().empty());
}

TEST_CASE_METHOD(AdminTest, "the error of the module that was asked is the caller's") {
  for (const Code code : {Code::kNotFound, Code::kForbidden, Code::kUnsupported}) {
    Fails<user::SetBan>(code);
    CHECK(Outcome(Ban{ann, "spam", {}, {}}) == NameOf(code));
  }
}

TEST_CASE_METHOD(AdminTest, "the same id is one change, also after a crash; another use of it is a conflict") {
  REQUIRE(Ask(Kick{ann, "1"}));
  REQUIRE(Ask(Kick{ann, "1"}));
  harness.Crash();
  REQUIRE(Ask(Kick{ann, "1"}));
  CHECK(TakeAsked().size() == 1);
  CHECK(Outcome(Kick{UserHandle::Must("bob"), "1"}) == "conflict");
  CHECK(Outcome(Grant{ann, "1"}) == "conflict");
  CHECK(TakeAsked().empty());
  CHECK(Lines() ==
        Texts{"1 root admin.kick ann ok", "2 root admin.kick bob conflict", "3 root admin.grant ann conflict"});
}

TEST_CASE_METHOD(AdminTest, "errors are not remembered") {
  Fails<user::Disconnect>(Code::kUnavailable);
  CHECK(Outcome(Kick{ann, "1"}) == "unavailable");
  Works<user::Disconnect>();
  CHECK(Outcome(Kick{ann, "1"}) == "ok");
}

TEST_CASE_METHOD(AdminTest, "who has lost the role is refused at once, whatever their frontend believes") {
  const Caller eve = testing::ModuleHarness::AsAdmin("eve");
  CHECK(Outcome(eve, Kick{ann, {}}) == "ok");
  REQUIRE(Ask(Ungrant{UserHandle::Must("eve"), {}}));
  harness.Crash();
  CHECK(Outcome(eve, Kick{ann, {}}) == "forbidden");
  CHECK(Outcome(eve, Audit{}) == "forbidden");
  CHECK(Outcome(eve, Users{}) == "forbidden");
  CHECK(Outcome(eve, Nodes{}) == "forbidden");
  REQUIRE(Ask(Grant{UserHandle::Must("eve"), {}}));
  CHECK(Outcome(eve, Kick{ann, {}}) == "ok");
}

// A user module with many accounts, each at its slot.
class UsersTest : public AdminTest {
 public:
  UsersTest() {
    Answers<user::Accounts>([this](const user::Accounts& asked) {
      user::AccountsReply reply;
      for (const auto& [handle, summary] : accounts) {
        if (SlotOf(handle) != SlotOf(asked.key) || !handle.starts_with(asked.prefix)) continue;
        if (handle <= asked.after) continue;
        if (reply.accounts.size() < static_cast<size_t>(asked.limit)) reply.accounts.push_back(summary);
      }
      return reply;
    });
  }
  void Add(const std::string& handle, user::AccountSummary summary = {}) {
    summary.user = UserHandle::Must(handle);
    accounts[handle] = summary;
  }
  // All pages; `sizes` tells how long they were.
  Texts AllOf(Users request, std::vector<size_t>* sizes = nullptr) {
    Texts handles;
    while (true) {
      const auto page = Ask(request);
      REQUIRE(page);
      if (sizes != nullptr) sizes->push_back(page->users.size());
      for (const Account& account : page->users) handles.push_back(account.user.text());
      if (!page->cursor) return handles;
      request.cursor = page->cursor;
    }
  }
  std::map<std::string, user::AccountSummary> accounts;
};

TEST_CASE_METHOD(UsersTest, "all accounts are listed, each exactly once, in full pages") {
  for (int i = 0; i < 700; ++i) Add("user" + std::to_string(i));
  std::vector<size_t> sizes;
  const Texts all = AllOf({}, &sizes);
  CHECK(all.size() == 700);
  CHECK(std::set<std::string>(all.begin(), all.end()).size() == 700);
  CHECK(sizes == std::vector<size_t>(14, 50));  // and no empty one at the end
  for (const int64_t limit : {1, 7, 200, 1'000}) {
    const Texts same = AllOf({.limit = limit});
    CHECK(same == all);
  }
}

TEST_CASE_METHOD(UsersTest, "no accounts are an empty page, and a prefix picks") {
  CHECK(AllOf({}).empty());
  for (const char* handle : {"ann", "anna", "bob"}) Add(handle);
  Texts some = AllOf({.prefix = "an", .limit = 1});
  std::ranges::sort(some);
  CHECK(some == Texts{"ann", "anna"});
  CHECK(AllOf({.prefix = "zz"}).empty());
}

TEST_CASE_METHOD(UsersTest, "a cursor belongs to its prefix") {
  for (const char* handle : {"ann", "anna", "bob"}) Add(handle);
  const auto page = Ask(Users{.prefix = "an", .limit = 1});
  REQUIRE(page->cursor);
  CHECK(Outcome(Users{.cursor = page->cursor}) == "bad_request");
  CHECK(Outcome(Users{.cursor = "nonsense"}) == "bad_request");
  harness.Advance(3'600'001);
  CHECK(Outcome(Users{.prefix = "an", .cursor = page->cursor}) == "bad_request");
}

TEST_CASE_METHOD(UsersTest, "an account is shown as it stands") {
  user::AccountSummary summary;
  summary.name = "Ann";
  summary.role = user::Role::kAdmin;
  summary.created_ms = 5;
  summary.sessions = 2;
  Add("ann", summary);
  summary.banned = true;
  summary.reason = "spam";
  summary.until_ms = 99;
  Add("bob", summary);
  summary = {};
  summary.deleted = true;
  Add("eve", summary);
  const auto shown = [&](const char* handle) { return Ask(Users{.prefix = handle})->users.at(0); };
  CHECK(shown("ann") == Account{ann, "Ann", "admin", AccountState::kActive, {}, {}, 5, 2});
  CHECK(shown("bob").state == AccountState::kBanned);
  CHECK(shown("bob").reason == "spam");
  CHECK(shown("bob").until_ms == 99);
  CHECK(shown("eve").state == AccountState::kDeleted);
  CHECK_FALSE(shown("eve").reason);
}

TEST_CASE_METHOD(UsersTest, "a part of the accounts that cannot be asked is an error, not a shorter list") {
  Fails<user::Accounts>(Code::kUnavailable);
  CHECK(Outcome(Users{}) == "unavailable");
}

}  // namespace
}  // namespace parley::admin
