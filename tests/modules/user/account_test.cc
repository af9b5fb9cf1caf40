#include "tests/modules/user/user_fixture.h"

namespace parley::user {
namespace {

const UserHandle kAlice = UserHandle::Must("alice");

TEST_CASE_METHOD(UserTest, "registering makes an account that can log in, and does not log in") {
  const auto made = Ask(Anonymous(), Register{.user = kAlice, .password = kPassword});
  REQUIRE(made);
  CHECK(made->user == kAlice);
  CHECK(harness.directives.empty());
  CHECK(LogIn("alice").login.user == kAlice);
}

TEST_CASE_METHOD(UserTest, "a handle that is taken is refused as such") {
  Join("alice");
  CHECK(Refusal(Anonymous(), Register{.user = kAlice, .password = kPassword}) == Code::kExists);
  CHECK(Refusal(Anonymous(), Register{.user = kAlice, .password = kWrong}) == Code::kExists);
}

// Arguments as MessagePack by hand, since a Register can't hold a bad handle.
std::string Arguments(std::string_view user, std::string_view password) {
  std::string out;
  schema::Writer writer(out);
  writer.Map(2);
  writer.Text("user");
  writer.Text(user);
  writer.Text("password");
  writer.Text(password);
  return out;
}

TEST_CASE_METHOD(UserTest, "a handle of another form is a bad request that names the argument") {
  for (const std::string user : {"Alice", "a", "-alice", "al ice", "#alice", "", "aaaaaaaaaabbbbbbbbbbccccccccccddd"}) {
    const testing::Answer answer = harness.CallEncoded(Anonymous(), "user.register", Arguments(user, kPassword));
    REQUIRE_FALSE(answer.result);
    CHECK(answer.result.error().code == Code::kBadRequest);
    CHECK(answer.result.error().message.starts_with("user: "));
  }
  CHECK(harness.CallEncoded(Anonymous(), "user.register", Arguments("a.b_c-9", kPassword)).result);
}

TEST_CASE_METHOD(UserTest, "a password has 8 to 128 bytes") {
  const auto with = [&](size_t bytes) {
    return Refusal(Anonymous(), Register{.user = UserHandle::Must("u" + std::to_string(bytes)),
                                         .password = std::string(bytes, 'x')});
  };
  CHECK(with(7) == Code::kBadRequest);
  CHECK(with(8) == std::nullopt);
  CHECK(with(128) == std::nullopt);
  CHECK(with(129) == Code::kLimit);
}

TEST_CASE_METHOD(UserTest, "a name has at most 64 bytes, an id 1 to 64") {
  CHECK(Refusal(Anonymous(), Register{.user = kAlice, .password = kPassword, .name = std::string(65, 'n')}) ==
        Code::kLimit);
  CHECK(Refusal(Anonymous(), Register{.user = kAlice, .password = kPassword, .id = ""}) == Code::kBadRequest);
  CHECK(Refusal(Anonymous(), Register{.user = kAlice, .password = kPassword, .id = std::string(65, 'i')}) ==
        Code::kLimit);
}

TEST_CASE_METHOD(UserTest, "an account survives a crash") {
  Join("alice");
  harness.Crash();
  LogIn("alice");
}

TEST_CASE_METHOD(UserTest, "a registration is refused as overloaded when the helper threads have too much to do") {
  harness.AcceptWork(false);
  const auto refused = Ask(Anonymous(), Register{.user = kAlice, .password = kPassword});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::kOverloaded);
  CHECK(refused.error().retry_after_ms > 0);
  harness.AcceptWork(true);
  Join("alice");
}

TEST_CASE_METHOD(UserTest, "a name is the handle unless one is given") {
  const Device alice = NewUser("alice");
  CHECK(Ask(alice, GetProfile{})->name == "alice");
  REQUIRE(Ask(Anonymous(), Register{.user = UserHandle::Must("bob"), .password = kPassword, .name = "Bob B."}));
  CHECK(Ask(alice, GetProfile{UserHandle::Must("bob")})->name == "Bob B.");
}

TEST_CASE_METHOD(UserTest, "updating changes what is given and leaves the rest") {
  const Device alice = NewUser("alice");
  const auto first = Ask(alice, Update{.name = "Alice A.", .about = "hello"});
  REQUIRE(first);
  CHECK(first->name == "Alice A.");
  CHECK(first->about == "hello");
  REQUIRE(Ask(alice, Update{.about = ""}));
  harness.Crash();
  const auto profile = Ask(alice, GetProfile{});
  CHECK(profile->name == "Alice A.");
  CHECK(profile->about.empty());
  CHECK(profile->created_ms == first->created_ms);
}

TEST_CASE_METHOD(UserTest, "a name and an about text have limits") {
  const Device alice = NewUser("alice");
  CHECK(Refusal(alice, Update{.name = std::string(65, 'n')}) == Code::kLimit);
  CHECK(Refusal(alice, Update{.about = std::string(501, 'n')}) == Code::kLimit);
  CHECK(Refusal(alice, Update{.name = std::string(64, 'n'), .about = std::string(500, 'n')}) == std::nullopt);
}

TEST_CASE_METHOD(UserTest, "others see a profile without presence") {
  const Device alice = NewUser("alice");
  const Device bob = NewUser("bob");
  const auto profile = Ask(alice, GetProfile{bob.login.user});
  REQUIRE(profile);
  CHECK(profile->user == bob.login.user);
  CHECK_FALSE(profile->online);
  CHECK_FALSE(profile->state);
  CHECK_FALSE(profile->text);
  CHECK_FALSE(profile->last_seen_ms);
}

TEST_CASE_METHOD(UserTest, "the profile of nobody is not found") {
  CHECK(Refusal(NewUser("alice"), GetProfile{UserHandle::Must("nobody")}) == Code::kNotFound);
}

TEST_CASE_METHOD(UserTest, "a status holds on all devices until it is changed") {
  const Device phone = NewUser("alice");
  const Device laptop = LogIn("alice");
  REQUIRE(Ask(phone, SetStatus{.state = State::kBusy, .text = "in a meeting"}));
  Disconnect(phone);
  harness.Crash();
  auto profile = Ask(laptop, GetProfile{});
  CHECK(profile->online == true);
  CHECK(profile->state == State::kBusy);
  CHECK(profile->text == "in a meeting");
  REQUIRE(Ask(laptop, SetStatus{.state = State::kAway}));
  profile = Ask(laptop, GetProfile{});
  CHECK(profile->state == State::kAway);
  CHECK_FALSE(profile->text);
}

TEST_CASE_METHOD(UserTest, "a status text has at most 100 bytes, and a state is one of three") {
  const Device alice = NewUser("alice");
  CHECK(Refusal(alice, SetStatus{.state = State::kAway, .text = std::string(101, 't')}) == Code::kLimit);
  std::string sleepy;
  schema::Writer writer(sleepy);
  writer.Map(1);
  writer.Text("state");
  writer.Text("sleepy");
  const testing::Answer answer = harness.CallEncoded(alice.caller, "user.status", sleepy);
  REQUIRE_FALSE(answer.result);
  CHECK(answer.result.error().code == Code::kBadRequest);
  CHECK(Refusal(alice, SetStatus{.state = State::kAway, .text = std::string(100, 't')}) == std::nullopt);
}

TEST_CASE_METHOD(UserTest, "what needs a login is refused without one") {
  const Caller nobody = Anonymous();
  CHECK(Refusal(nobody, GetProfile{kAlice}) == Code::kUnauthenticated);
  CHECK(Refusal(nobody, Update{.name = "x"}) == Code::kUnauthenticated);
  CHECK(Refusal(nobody, ListSessions{}) == Code::kUnauthenticated);
  CHECK(Refusal(nobody, Logout{}) == Code::kUnauthenticated);
  CHECK(Refusal(nobody, Delete{.password = kPassword}) == Code::kUnauthenticated);
  CHECK(Refusal(nobody, user::Search{.prefix = "al", .cursor = {}}) == Code::kUnauthenticated);
}

TEST_CASE_METHOD(UserTest, "clients can't write to the search index") {
  const Device alice = NewUser("alice");
  CHECK(Refusal(alice, Index{.user = UserHandle::Must("mallory"), .name = "M"}) == Code::kForbidden);
}

}  // namespace
}  // namespace parley::user
