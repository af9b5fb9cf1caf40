#include "modules/friend/room.h"

#include <catch2/catch.hpp>

namespace parley::friends {
namespace {

const UserHandle kAlice = UserHandle::Must("alice"), kBob = UserHandle::Must("bob"), kCarol = UserHandle::Must("carol"),
                 kDave = UserHandle::Must("dave");

TEST_CASE("what is held counts as used, until it is released") {
  Room room;
  CHECK(room.Hold(kAlice, kBob, Roll::kFriends, 3, 5, 0));
  CHECK(room.Hold(kAlice, kCarol, Roll::kFriends, 3, 5, 0));
  CHECK_FALSE(room.Hold(kAlice, kDave, Roll::kFriends, 3, 5, 0));
  room.Release(kAlice, kBob);
  CHECK(room.Hold(kAlice, kDave, Roll::kFriends, 3, 5, 0));
}

TEST_CASE("lists and users are apart, and nobody is held twice") {
  Room room;
  CHECK(room.Hold(kAlice, kBob, Roll::kFriends, 4, 5, 0));
  CHECK(room.Hold(kAlice, kBob, Roll::kFriends, 4, 5, 0));
  CHECK(room.Hold(kAlice, kCarol, Roll::kBlocks, 4, 5, 0));
  CHECK(room.Hold(kBob, kAlice, Roll::kFriends, 4, 5, 0));
  CHECK_FALSE(room.Hold(kAlice, kDave, Roll::kFriends, 4, 5, 0));
}

TEST_CASE("what nobody releases is held for a while") {
  Room room;
  CHECK(room.Hold(kAlice, kBob, Roll::kFriends, 4, 5, 0));
  CHECK_FALSE(room.Hold(kAlice, kCarol, Roll::kFriends, 4, 5, Room::kHeldMs - 1));
  CHECK(room.Hold(kAlice, kCarol, Roll::kFriends, 4, 5, Room::kHeldMs));
  room.Sweep(2 * Room::kHeldMs);
  CHECK(room.Hold(kAlice, kDave, Roll::kFriends, 4, 5, 0));
}

TEST_CASE("a slot that is lost takes along what was held there") {
  Room room;
  CHECK(room.Hold(kAlice, kBob, Roll::kFriends, 4, 5, 0));
  room.ClearSlot(SlotOf("alice"));
  CHECK(room.Hold(kAlice, kCarol, Roll::kFriends, 4, 5, 0));
}

}  // namespace
}  // namespace parley::friends
