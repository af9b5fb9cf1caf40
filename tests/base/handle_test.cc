#include "common/base/handle.h"

#include <catch2/catch.hpp>

#include "common/base/slot.h"

using namespace parley;

TEST_CASE("a user handle is two to thirty-two of a-z 0-9 . _ -, not starting with a mark") {
  for (const char* good : {"al", "alice", "a.b-c_d", "0x", "abcdefghijklmnopqrstuvwxyz012345"}) {
    INFO(good);
    CHECK(UserHandle::Parse(good).has_value());
  }
  for (const char* bad :
       {"", "a", "Alice", ".al", "-al", "_al", "al ice", "al~ice", "#al", "ål", "abcdefghijklmnopqrstuvwxyz0123456"}) {
    INFO(bad);
    REQUIRE_FALSE(UserHandle::Parse(bad).has_value());
    CHECK(UserHandle::Parse(bad).error().code == Code::kBadRequest);
  }
}

TEST_CASE("a group handle starts with # and may have forty-nine more") {
  const std::string longest = "#" + std::string(49, 'g');
  CHECK(GroupHandle::Parse("#cpp").has_value());
  CHECK(GroupHandle::Parse("#c2").has_value());
  CHECK(GroupHandle::Parse(longest).has_value());
  for (const std::string& bad : {std::string("cpp"), std::string("#c"), std::string("#Cpp"), longest + "g"}) {
    INFO(bad);
    CHECK_FALSE(GroupHandle::Parse(bad).has_value());
  }
}

TEST_CASE("a direct conversation is the two handles sorted") {
  const auto alice = UserHandle::Must("alice"), bob = UserHandle::Must("bob");
  CHECK(Conversation::Direct(bob, alice).text() == "alice~bob");
  CHECK(Conversation::Direct(alice, bob) == Conversation::Must("alice~bob"));
  CHECK_FALSE(Conversation::Parse("bob~alice").has_value());
  CHECK_FALSE(Conversation::Parse("alice~").has_value());
  CHECK_FALSE(Conversation::Parse("alice~bob~carol").has_value());
}

TEST_CASE("a conversation knows its two, and who is not of them") {
  const auto pair = Conversation::Must("alice~bob");
  CHECK(pair.Has(UserHandle::Must("alice")));
  CHECK(pair.Has(UserHandle::Must("bob")));
  CHECK_FALSE(pair.Has(UserHandle::Must("carol")));
  CHECK(pair.Other(UserHandle::Must("alice")).text() == "bob");
  CHECK(pair.Other(UserHandle::Must("bob")).text() == "alice");
  const auto notebook = Conversation::Must("alice~alice");
  CHECK(notebook.Other(UserHandle::Must("alice")).text() == "alice");
}

TEST_CASE("groups and announcements are conversations too") {
  CHECK(Conversation::Must("#cpp").is_group());
  CHECK(Conversation::Must("!all").is_announcements());
  CHECK_FALSE(Conversation::Must("!all").Has(UserHandle::Must("alice")));
  CHECK_FALSE(Conversation::Parse("!some").has_value());
  CHECK(Conversation::Between(UserHandle::Must("alice"), Address::Must("#cpp")).text() == "#cpp");
  CHECK(Conversation::Between(UserHandle::Must("bob"), Address::Must("alice")).text() == "alice~bob");
}

TEST_CASE("slots are frozen: data on disk depends on them") {
  CHECK(SlotOf("alice") == Hash64("alice") % 256);
  CHECK(Hash64("") == 0xEF46DB3751D8E999ULL);  // XXH64's own test vector for no input and seed 0
  CHECK(SlotOf("alice~bob") == SlotOf(PairKey("bob", "alice")));
}
