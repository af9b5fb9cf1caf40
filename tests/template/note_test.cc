#include "tests/template/note.h"

#include <catch2/catch.hpp>
#include <memory>

#include "common/testing/module_harness.h"

namespace parley::note {
namespace {

using testing::ModuleHarness;

class NoteTest {
 public:
  Result<Note> Say(const Caller& user, const std::string& text, std::optional<std::string> id = {}) {
    return worker.Call(user, Write{text, std::move(id)});
  }
  std::string NoteOf(const Caller& user) { return worker.Call(user, Read{})->text; }

  ModuleHarness worker{"note",
                       [](module::Host& host) { return std::make_unique<NoteModule>(host, NoteModule::Options{}); }};
  Caller alice = ModuleHarness::As("alice"), bob = ModuleHarness::As("bob", 2, "s2");
};

TEST_CASE_METHOD(NoteTest, "who wrote nothing has an empty note") { CHECK(NoteOf(alice).empty()); }

TEST_CASE_METHOD(NoteTest, "a note is there after a crash, and is nobody else's") {
  REQUIRE(Say(alice, "milk"));
  worker.Crash();
  CHECK(NoteOf(alice) == "milk");
  CHECK(NoteOf(bob).empty());
}

TEST_CASE_METHOD(NoteTest, "the same id writes once") {
  REQUIRE(Say(alice, "milk", "i1"));
  REQUIRE(Say(alice, "bread"));
  CHECK(Say(alice, "milk", "i1")->text == "milk");
  CHECK(NoteOf(alice) == "bread");
}

TEST_CASE_METHOD(NoteTest, "the writer's other sessions are told") {
  REQUIRE(Say(alice, "milk"));
  const auto told = worker.TakePublished();
  REQUIRE(told.size() == 1);
  CHECK(told[0].method == Changed::kMethod);
  CHECK(told[0].Reaches("user:alice"));
}

TEST_CASE_METHOD(NoteTest, "a note of two lines is refused") {
  const auto refused = Say(alice, "milk\nbread");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::kBadRequest);
}

}  // namespace
}  // namespace parley::note
