#include "common/store/folder.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

using namespace parley;
using namespace parley::store;

namespace {

std::string MakeTemporaryFolder() {
  char name[] = "/tmp/parley-folder-XXXXXX";
  REQUIRE(mkdtemp(name) != nullptr);
  return name;
}

struct FolderTest {
  std::string path = MakeTemporaryFolder();
  ~FolderTest() { std::filesystem::remove_all(path); }
  Result<Folder> Open(const std::string& owner = "message") { return OpenFolder(path + "/data", owner, {}); }
};

}  // namespace

TEST_CASE_METHOD(FolderTest, "a folder keeps its identity and its rows") {
  std::string id;
  {
    auto folder = Open();
    REQUIRE(folder);
    id = folder->id;
    REQUIRE(folder->store->Commit({{"key", "value"}, {"gone", std::nullopt}}));
  }
  auto again = Open();
  REQUIRE(again);
  CHECK(again->id == id);
  CHECK(again->store->Get("key") == "value");
}

TEST_CASE_METHOD(FolderTest, "a folder in use, or of another module, is refused with a sentence") {
  {
    auto first = Open();
    REQUIRE(first);
    const auto second = Open();
    REQUIRE_FALSE(second);
    CHECK(second.error().message.find("in use by another process") != std::string::npos);
  }
  const auto other = Open("user");
  REQUIRE_FALSE(other);
  CHECK(other.error().message.find("belongs to message, not to user") != std::string::npos);
}

TEST_CASE_METHOD(FolderTest, "LevelDB iterates both ways like the memory store") {
  auto folder = Open();
  REQUIRE(folder);
  REQUIRE(folder->store->Commit({{"a", "1"}, {"c", "3"}, {"e", "5"}}));
  const auto at = folder->store->Iterate();
  at->Seek("b");
  REQUIRE(at->valid());
  CHECK(at->key() == "c");
  at->SeekBack("d");
  REQUIRE(at->valid());
  CHECK(at->key() == "c");
  at->SeekBack("e");
  CHECK(at->key() == "e");
  at->Previous();
  CHECK(at->value() == "3");
}

TEST_CASE_METHOD(FolderTest, "a poisoned store never writes again") {
  auto folder = Open();
  REQUIRE(folder);
  folder->store->Poison("a test");
  CHECK(folder->store->failure() == "a test");
  CHECK_FALSE(folder->store->Commit({{"key", "value"}}));
}

TEST_CASE_METHOD(FolderTest, "writes are refused while less than the reserve is free") {
  LevelDbOptions options;
  options.reserve_bytes = size_t{1} << 62;
  auto folder = OpenFolder(path + "/full", "message", options);
  REQUIRE(folder);
  REQUIRE(folder->store->refusal());
  CHECK(folder->store->refusal()->find("nearly full") != std::string::npos);
  auto roomy = Open();
  CHECK_FALSE(roomy->store->refusal());
}
