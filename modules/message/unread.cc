#include "modules/message/unread.h"

#include <algorithm>

namespace parley::message {
namespace {

// The cursor of an earlier membership says nothing of this one's texts.
int64_t OwnRead(const Member& member, const Cursor& cursor) { return cursor.read >= member.floor ? cursor.own : 0; }

}  // namespace

int64_t OwnUpTo(Log& log, const UserHandle& user, const Member& member, const Cursor& cursor, int64_t seq) {
  int64_t up = std::max(cursor.read, member.floor - 1), counted = OwnRead(member, cursor);
  int64_t down = member.last_text, left = member.texts;
  while (down > seq && up < seq) {
    const std::optional<Stored> above = log.Get(++up);
    if (above && above->from == user && IsContent(above->kind)) ++counted;
    const std::optional<Stored> own = log.Get(down);
    down = own ? own->previous : 0;
    --left;
  }
  return down <= seq ? left : counted;
}

int64_t UnreadOf(Log& log, const Member& member, const Cursor& cursor, int64_t max) {
  const int64_t all = log.texts() - log.TextsUpTo(std::max(cursor.read, member.floor - 1));
  return std::min(all - (member.texts - OwnRead(member, cursor)), max);
}

}  // namespace parley::message
