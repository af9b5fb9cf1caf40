// What can happen between two users: the rules, over the one value that is the truth about them. Knows neither rows nor
// clocks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/handle.h"
#include "common/base/result.h"
#include "modules/friend/messages.h"
#include "modules/friend/rows.h"

namespace parley::friends {

enum class Side : uint8_t { kFirst, kSecond };
[[nodiscard]] Side SideOf(const Conversation& pair, const UserHandle& user);

struct Told {
  News own = News::kNothing;    // for the other sessions of who did it
  News other = News::kNothing;  // for the other side
};

// Changes the pair. What is so already is no error and changes nothing. kNotFound: no such request, or one of the two
// is gone; kForbidden: one blocks the other.
[[nodiscard]] Result<Told> Take(Pair& pair, Side by, Step step, const std::optional<std::string>& note, int64_t now_ms);
// One of the two deletes the account; the other side is told what `Told::other` says.
Told TakeGone(Pair& pair, Side gone);

// The pair as one of the two sees it.
[[nodiscard]] Listed ViewOf(const Conversation& name, const Pair& pair, const UserHandle& user, News news);

}  // namespace parley::friends
