// What administrators have done to accounts.
#include <algorithm>

#include "common/base/slot.h"
#include "tests/modules/user/user_fixture.h"

namespace parley::user {
namespace {

constexpr int64_t kHourMs = 3'600'000;
const UserHandle kAnn = UserHandle::Must("ann");

UserModule::Options WithRoot() {
  UserModule::Options options;
  options.root_user = "root";
  options.root_password = kPassword;
  return options;
}

class AdministeredTest : public UserTest {
 public:
  AdministeredTest() : UserTest(WithRoot()) {}

  template <class Request>
  Result<typename Request::Reply> Order(const Request& request) {
    return Ask(testing::ModuleHarness::AsModule("root"), request);
  }
  Result<Done> BanAnn(std::optional<int64_t> until_ms = {}) { return Order(SetBan{kAnn, true, "spam", until_ms}); }
  Error LoginError() { return Ask(Anonymous(), Login{kAnn, kPassword, ""}).error(); }

  // What the devices of all were told since the last look: of each event its topic, and what it directs.
  struct Told {
    std::string topic;
    wire::Directives directives;
  };
  std::vector<Told> TakeTold() {
    std::vector<Told> told;
    for (const testing::Published& event : harness.TakePublished()) {
      if (!event.method.empty()) continue;  // what friends are told
      for (const std::string& topic : event.head.topics) told.push_back({topic, event.head.directives});
    }
    return told;
  }
  std::vector<std::string> Listed(const std::string& prefix = "") {
    std::vector<std::string> handles;
    for (int slot = 0; slot < kSlots; ++slot) {
      const auto reply = Order(Accounts{KeyOfSlot(static_cast<Slot>(slot)), prefix, "", 100});
      REQUIRE(reply);
      for (const AccountSummary& account : reply->accounts) handles.push_back(account.user.text());
    }
    std::ranges::sort(handles);
    return handles;
  }
  AccountSummary SummaryOf(const std::string& user) {
    const auto reply = Order(Accounts{user, user, "", 1});
    REQUIRE(reply);
    REQUIRE(reply->accounts.size() == 1);
    return reply->accounts[0];
  }
};

TEST_CASE_METHOD(AdministeredTest, "a ban closes every connection of the user, and no other") {
  NewUser("ann");
  LogIn("ann");
  NewUser("bob");
  harness.TakePublished();
  REQUIRE(BanAnn());
  const std::vector<Told> told = TakeTold();
  REQUIRE(told.size() == 1);
  CHECK(told[0].topic == "user:ann");
  CHECK(told[0].directives.close == wire::Close{"banned", "banned for ever: spam", 0});
}

TEST_CASE_METHOD(AdministeredTest, "the banned can neither log in nor resume, and are told why and until when") {
  const Device phone = NewUser("ann");
  const int64_t until_ms = harness.now().wall_ms + kHourMs;
  REQUIRE(BanAnn(until_ms));
  const Error error = LoginError();
  CHECK(error.code == Code::kForbidden);
  CHECK(error.message == "banned until 2023-11-14 23:13:20 UTC (" + std::to_string(until_ms) + "): spam");
  CHECK(Refusal(Anonymous(), Resume{phone.login.token, {}}) == Code::kForbidden);
  harness.Crash();
  CHECK(LoginError() == error);
  CHECK(Refusal(Anonymous(), Resume{phone.login.token, {}}) == Code::kForbidden);
}

TEST_CASE_METHOD(AdministeredTest, "a wrong password of a banned user is a wrong password") {
  Join("ann");
  REQUIRE(BanAnn());
  CHECK(Refusal(Anonymous(), Login{kAnn, kWrong, ""}) == Code::kUnauthenticated);
}

TEST_CASE_METHOD(AdministeredTest, "a ban ends by itself, or when it is lifted; the sessions are still there") {
  const Device phone = NewUser("ann");
  REQUIRE(BanAnn(harness.now().wall_ms + kHourMs));
  harness.Advance(kHourMs - 1'000);
  CHECK(LoginError().code == Code::kForbidden);
  harness.Advance(1'000);
  CHECK(IsAlive(phone));
  REQUIRE(BanAnn());
  harness.Advance(5 * kHourMs);
  CHECK(LoginError().code == Code::kForbidden);
  REQUIRE(Order(SetBan{kAnn, false, "", {}}));
  CHECK(IsAlive(LogIn("ann")));
  CHECK(Order(SetBan{kAnn, false, "", {}}));  // it is so already
}

TEST_CASE_METHOD(AdministeredTest, "what a banned user asks on a connection that is still there is forbidden") {
  const Device phone = NewUser("ann");
  REQUIRE(BanAnn());
  CHECK(Refusal(phone, GetProfile{}) == Code::kForbidden);
  CHECK(Refusal(phone, Update{"Ann", {}, {}}) == Code::kForbidden);
}

TEST_CASE_METHOD(AdministeredTest, "a connection that was being made during the ban is closed when it attaches") {
  const Device phone = NewUser("ann");
  REQUIRE(BanAnn());
  REQUIRE(Ask(phone, Attach{}));
  REQUIRE(harness.directives.close);
  CHECK(harness.directives.close->code == "banned");
}

TEST_CASE_METHOD(AdministeredTest, "a kick closes connections and leaves the tokens good") {
  const Device phone = NewUser("ann");
  harness.TakePublished();
  REQUIRE(Order(user::Disconnect{kAnn}));
  const std::vector<Told> told = TakeTold();
  REQUIRE(told.size() == 1);
  CHECK(told[0].topic == "user:ann");
  CHECK(told[0].directives.close->code == "kicked");
  CHECK(IsAlive(phone));
}

TEST_CASE_METHOD(AdministeredTest, "a role reaches every open session at once, and the logins after it") {
  const Device phone = NewUser("ann"), tablet = LogIn("ann");
  harness.TakePublished();
  REQUIRE(Order(SetRole{kAnn, Role::kAdmin}));
  std::vector<Told> told = TakeTold();
  REQUIRE(told.size() == 2);
  for (const Told& one : told) {
    REQUIRE(one.directives.identify);
    CHECK(one.topic == wire::SessionTopic(one.directives.identify->session));
    CHECK(one.directives.identify->user == kAnn);
    CHECK(one.directives.identify->admin);
  }
  CHECK(told[0].topic != told[1].topic);
  CHECK(LogIn("ann").login.role == Role::kAdmin);
  harness.TakePublished();

  REQUIRE(Order(SetRole{kAnn, Role::kUser}));
  told = TakeTold();
  REQUIRE(told.size() == 3);
  CHECK_FALSE(told[0].directives.identify->admin);
  CHECK(LogIn("ann").login.role == Role::kUser);
}

TEST_CASE_METHOD(AdministeredTest, "a session that did not hear of its role learns it when it attaches") {
  const Device phone = NewUser("ann");
  REQUIRE(Order(SetRole{kAnn, Role::kAdmin}));
  REQUIRE(Ask(phone, Attach{}));
  REQUIRE(harness.directives.identify);
  CHECK(harness.directives.identify->admin);
}

TEST_CASE_METHOD(AdministeredTest, "the root user can be kicked, and neither banned nor ungranted") {
  const UserHandle root = UserHandle::Must("root");
  const auto code = [&](const auto& request) {
    const auto result = Order(request);
    return result ? std::nullopt : std::optional(result.error().code);
  };
  CHECK(code(SetBan{root, true, "spam", {}}) == Code::kForbidden);
  CHECK(code(SetRole{root, Role::kUser}) == Code::kForbidden);
  CHECK_FALSE(code(SetRole{root, Role::kAdmin}));
  CHECK_FALSE(code(user::Disconnect{root}));
  CHECK(LogIn("root").login.role == Role::kAdmin);
}

TEST_CASE_METHOD(AdministeredTest, "who is not there, or no more, is not found") {
  const UserHandle nobody = UserHandle::Must("nobody");
  const Device gone = NewUser("gone");
  REQUIRE(Ask(gone, Delete{kPassword, {}}));
  for (const UserHandle& user : {nobody, UserHandle::Must("gone")}) {
    CHECK(Order(SetBan{user, true, "", {}}).error().code == Code::kNotFound);
    CHECK(Order(SetBan{user, false, "", {}}).error().code == Code::kNotFound);
    CHECK(Order(user::Disconnect{user}).error().code == Code::kNotFound);
    CHECK(Order(SetRole{user, Role::kAdmin}).error().code == Code::kNotFound);
  }
}

TEST_CASE_METHOD(AdministeredTest, "all accounts are listed, each at one slot, by prefix too") {
  for (const char* user : {"ann", "anna", "an.other", "bob"}) Join(user);
  CHECK(Listed() == std::vector<std::string>{"an.other", "ann", "anna", "bob", "root"});
  CHECK(Listed("an") == std::vector<std::string>{"an.other", "ann", "anna"});
  CHECK(Listed("ann") == std::vector<std::string>{"ann", "anna"});
  CHECK(Listed("anz").empty());
}

TEST_CASE_METHOD(AdministeredTest, "a page of a slot goes on after a handle, which need not be there") {
  std::vector<std::string> same_slot;
  for (int i = 0; same_slot.size() < 3; ++i) {
    const std::string user = "user" + std::to_string(i);
    if (SlotOf(user) == SlotOf("ann")) same_slot.push_back(user);
  }
  std::ranges::sort(same_slot);
  for (const std::string& user : same_slot) Join(user);
  const auto page = [&](const std::string& after, int64_t limit) {
    std::vector<std::string> handles;
    const auto reply = Order(Accounts{"ann", "", after, limit});
    REQUIRE(reply);
    for (const AccountSummary& account : reply->accounts) handles.push_back(account.user.text());
    return handles;
  };
  CHECK(page("", 2) == std::vector<std::string>{same_slot[0], same_slot[1]});
  CHECK(page(same_slot[1], 2) == std::vector<std::string>{same_slot[2]});
  CHECK(page(same_slot[0] + "-", 1) == std::vector<std::string>{same_slot[1]});
  CHECK(page(same_slot[2], 2).empty());
}

TEST_CASE_METHOD(AdministeredTest, "a summary says how the account stands") {
  const Device phone = NewUser("ann");
  LogIn("ann");
  AccountSummary ann = SummaryOf("ann");
  CHECK(ann.name == "ann");
  CHECK(ann.role == Role::kUser);
  CHECK(ann.created_ms > 0);
  CHECK(ann.sessions == 2);
  CHECK_FALSE(ann.banned);
  CHECK(SummaryOf("root").role == Role::kAdmin);

  REQUIRE(Ask(phone, Update{"Ann", {}, {}}));
  REQUIRE(BanAnn(harness.now().wall_ms + kHourMs));
  ann = SummaryOf("ann");
  CHECK(ann.name == "Ann");
  CHECK(ann.banned);
  CHECK(ann.reason == "spam");
  CHECK(ann.until_ms == harness.now().wall_ms + kHourMs);
  harness.Advance(kHourMs);
  CHECK_FALSE(SummaryOf("ann").banned);
  CHECK(SummaryOf("ann").reason.empty());

  REQUIRE(Ask(phone, Delete{kPassword, {}}));
  CHECK(SummaryOf("ann").deleted);
  CHECK(SummaryOf("ann").sessions == 0);
}

TEST_CASE_METHOD(UserTest, "an id means one method: changing the profile and the password do not share one") {
  const Device ann = NewUser("ann");
  REQUIRE(Ask(ann, Update{"Ann", {}, "1"}));
  CHECK(Refusal(ann, ChangePassword{kPassword, "another horse", "1"}) == Code::kConflict);
  CHECK(Refusal(ann, Delete{kPassword, "1"}) == Code::kConflict);
  CHECK(LogIn("ann").session() != "");  // nothing was changed

  REQUIRE(Ask(ann, ChangePassword{kPassword, "another horse", "2"}));
  CHECK(Refusal(ann, Update{"Anna", {}, "2"}) == Code::kConflict);
  CHECK_FALSE(Refusal(ann, ChangePassword{kPassword, "another horse", "2"}));
  harness.Advance(25 * kHourMs);
  CHECK_FALSE(Refusal(ann, Update{"Anna", {}, "2"}));
}

TEST_CASE_METHOD(UserTest, "a change of password that was refused has not used its id") {
  const Device ann = NewUser("ann");
  CHECK(Refusal(ann, ChangePassword{kWrong, "another horse", "1"}) == Code::kForbidden);
  CHECK_FALSE(Refusal(ann, Update{"Ann", {}, "1"}));
}

}  // namespace
}  // namespace parley::user
