#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/modules/user/user_fixture.h"

namespace parley::user {
namespace {

const UserHandle kRoot = UserHandle::Must("root");

UserModule::Options WithRoot() {
  UserModule::Options options;
  options.root_user = "root";
  options.root_password = kPassword;
  return options;
}

class RootTest : public UserTest {
 public:
  RootTest() : UserTest(WithRoot()) {}
};

TEST_CASE_METHOD(RootTest, "the root user exists from the first start, and is an admin") {
  const auto reply = Ask(Anonymous(), Login{kRoot, kPassword, ""});
  REQUIRE(reply);
  CHECK(reply->role == Role::kAdmin);
  CHECK(harness.directives.identify == wire::Identify{kRoot, reply->session, true});
  const auto resumed = Ask(Anonymous(), Resume{reply->token, {}});
  REQUIRE(resumed);
  CHECK(resumed->role == Role::kAdmin);
}

TEST_CASE_METHOD(RootTest, "the root user can't be deleted") {
  const Device root = LogIn("root");
  CHECK(Refusal(root, Delete{.password = kPassword}) == Code::kForbidden);
  CHECK(IsAlive(root));
}

TEST_CASE_METHOD(RootTest, "another password in the file does not change the root user's") {
  options.root_password = "another password";
  harness.Crash();
  harness.Advance(2'000);
  CHECK(Refusal(Anonymous(), Login{kRoot, "another password", ""}) == Code::kUnauthenticated);
  LogIn("root", kPassword);
}

TEST_CASE_METHOD(RootTest, "nobody can register the root user's handle, and everybody can find it") {
  CHECK(Refusal(Anonymous(), Register{.user = kRoot, .password = kPassword}) == Code::kExists);
  CHECK(Search(NewUser("alice"), "ro") == std::vector<std::string>{"root"});
}

TEST_CASE_METHOD(UserTest, "somebody's account does not become the root user's") {
  Join("root");
  options = WithRoot();
  options.root_password = "another password";
  options.hash = HashCost{.ops = 1, .memory_kib = 8};
  harness.Crash();
  harness.Advance(2'000);
  CHECK(LogIn("root", kPassword).login.role == Role::kUser);
}

class OptionsTest {
 public:
  OptionsTest() {
    std::ofstream(path) << "a good password\nand more\n";
    options.hash = HashCost{.ops = 1, .memory_kib = 8};
    options.root_user = "root";
    options.root_password_file = path;
  }
  ~OptionsTest() { std::filesystem::remove(path); }

  std::string Problem() {
    const Result<void> checked = options.Check();
    return checked ? "" : checked.error().message;
  }

  std::string path = std::filesystem::temp_directory_path() / ("parley-root-" + RandomHex(8));
  UserModule::Options options;
};

TEST_CASE_METHOD(OptionsTest, "the root user's password is the first line of its file") {
  CHECK(Problem().empty());
  CHECK(options.root_password == "a good password");
}

TEST_CASE_METHOD(OptionsTest, "without a root user nothing is read") {
  options.root_user.clear();
  options.root_password_file.clear();
  CHECK(Problem().empty());
}

TEST_CASE_METHOD(OptionsTest,
                 "a root user without a password file is refused with a sentence, and the other way round") {
  options.root_password_file.clear();
  CHECK(Problem() == "--root-user was given, but not --root-password-file.");
  options.root_password_file = path;
  options.root_user.clear();
  CHECK(Problem() == "--root-password-file was given, but not --root-user.");
}

TEST_CASE_METHOD(OptionsTest, "a password file that can't be read is refused with a sentence that names it") {
  options.root_password_file = path + "-not-there";
  CHECK(Problem() == "The root user's password file " + path + "-not-there cannot be read.");
}

TEST_CASE_METHOD(OptionsTest, "a root password that is none, and a handle that is none, are refused") {
  std::ofstream(path) << "short\n";
  CHECK(Problem().find("must be a password of 8 to 128 bytes; it has 5") != std::string::npos);
  options.root_user = "Root";
  CHECK(Problem().starts_with("--root-user Root: must be a user handle"));
}

TEST_CASE_METHOD(OptionsTest, "more memory for hashing than there is is refused with a sentence") {
  options.hash.memory_kib = uint64_t{1} << 40;
  CHECK(Problem().find("lower --hash-memory-kib") != std::string::npos);
}

}  // namespace
}  // namespace parley::user
