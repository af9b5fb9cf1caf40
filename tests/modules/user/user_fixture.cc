#include "tests/modules/user/user_fixture.h"

#include <algorithm>

namespace parley::user {
namespace {

UserModule::Options Cheap(UserModule::Options options) {
  options.hash = HashCost{.ops = 1, .memory_kib = 8};
  return options;
}

}  // namespace

UserTest::UserTest(UserModule::Options given)
    : options(Cheap(std::move(given))),
      harness("user", [this](module::Host& host) { return std::make_unique<UserModule>(host, options); }) {}

Caller UserTest::Anonymous() {
  Caller caller = testing::ModuleHarness::Nobody();
  caller.connection.number = ++last_connection_;
  return caller;
}

void UserTest::Join(std::string_view user) {
  REQUIRE(Ask(Anonymous(), Register{.user = UserHandle::Must(user), .password = kPassword}));
}

Device UserTest::NewUser(std::string_view user) {
  Join(user);
  return LogIn(user);
}

Device UserTest::LogIn(std::string_view user, const std::string& password, const std::string& device) {
  Device logged_in{Anonymous(), {}};
  const auto reply = Ask(logged_in.caller, Login{UserHandle::Must(user), password, device});
  REQUIRE(reply);
  logged_in.login = *reply;
  logged_in.caller.user = reply->user;
  logged_in.caller.session = reply->session;
  logged_in.caller.role = reply->role == Role::kAdmin ? Access::kAdmin : Access::kUser;
  AttachTo(logged_in);
  return logged_in;
}

Device UserTest::ResumeOn(const Caller& connection, const std::string& token) {
  const auto reply = Ask(connection, Resume{token, {}});
  REQUIRE(reply);
  Device resumed{connection, *reply};
  resumed.caller.user = reply->user;
  resumed.caller.session = reply->session;
  resumed.caller.role = Access::kUser;
  AttachTo(resumed);
  return resumed;
}

std::string UserTest::ClosedWith(const Device& device) {
  const std::string topic = wire::SessionTopic(device.session());
  for (const testing::Published& event : harness.TakePublished()) {
    if (!event.Reaches(topic) || !event.head.directives.close) continue;
    if (event.except.number != 0 && event.except == device.caller.connection) continue;
    return event.head.directives.close->code;
  }
  return "";
}

bool UserTest::IsAlive(const Device& device) {
  const auto resumed = Ask(Anonymous(), Resume{device.login.token, {}});
  if (!resumed) REQUIRE(resumed.error().code == Code::kUnauthenticated);
  return resumed.has_value();
}

std::vector<std::string> UserTest::SessionIds(const Device& device) {
  const auto list = Ask(device, ListSessions{});
  REQUIRE(list);
  std::vector<std::string> ids;
  for (const SessionEntry& entry : list->sessions) ids.push_back(entry.session);
  return ids;
}

std::vector<std::string> UserTest::Search(const Device& device, const std::string& prefix) {
  const auto page = Ask(device, user::Search{.prefix = prefix, .cursor = {}});
  REQUIRE(page);
  std::vector<std::string> handles;
  for (const Found& found : page->users) handles.push_back(found.user.text());
  return handles;
}

std::string UserTest::Dump() {
  std::string all;
  const auto it = harness.disk().Iterate();
  for (it->Seek(""); it->valid(); it->Next()) all.append(it->key()).append(it->value());
  return all;
}

}  // namespace parley::user
