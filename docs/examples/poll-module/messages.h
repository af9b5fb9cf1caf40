// What poll.* says and hears. These declarations are the public documentation of the module's methods.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "common/base/handle.h"
#include "common/base/limits.h"
#include "common/schema/fields.h"

namespace polls {

using parley::Conversation;
using parley::UserHandle;
using parley::schema::AtLeast;
using parley::schema::Bytes;
using parley::schema::Optional;
using parley::schema::Required;

inline constexpr size_t kQuestionMax = 500, kOptionMax = 100;
inline constexpr size_t kOptionsMin = 2, kOptionsMax = 20;
inline constexpr int64_t kOpenMax = 50;  // of one conversation at a time

inline constexpr parley::schema::Bound kIdBytes = Bytes(parley::limits::kIdMin, parley::limits::kIdMax);
inline constexpr std::string_view kIdDoc = "the same id gives the same result, once, for 24 hours; at most 64 bytes";
inline constexpr std::string_view kConversationDoc = "such as `alice~bob` or `#cpp`; the caller takes part in it";
inline constexpr std::string_view kPollDoc = "its number in the conversation";

struct Option {
  std::string text;
  int64_t votes = 0;
  bool operator==(const Option&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("text", &Option::text, "as given"),
      Required("votes", &Option::votes, "how many chose it"),
  };
};

// A poll as everybody in the conversation sees it. Who chose what is told to nobody else.
struct Poll {
  Conversation conversation;
  int64_t poll = 0;
  std::string question;
  std::vector<Option> options;
  bool multiple = false;
  UserHandle by;
  int64_t created_ms = 0;
  std::optional<int64_t> closed_ms;
  int64_t voters = 0;

  bool operator==(const Poll&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("conversation", &Poll::conversation, "where it was asked"),
      Required("poll", &Poll::poll, "its number there: 1, 2, …"),
      Required("question", &Poll::question, "as given"),
      Required("options", &Poll::options, "in the order given"),
      Optional("multiple", &Poll::multiple, "whether one may choose several"),
      Required("by", &Poll::by, "who asks, and may close it"),
      Required("created_ms", &Poll::created_ms, "since when"),
      Optional("closed_ms", &Poll::closed_ms, "since when nobody votes any more"),
      Required("voters", &Poll::voters, "how many have voted"),
  };
};

// The same with what the caller chose.
struct Seen {
  Poll poll;
  std::vector<int64_t> mine;

  bool operator==(const Seen&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("poll", &Seen::poll, "as it is now"),
      Required("mine", &Seen::mine, "what the caller chose: places in `options`, from 1; empty: has not voted"),
  };
};

struct Create {
  using Reply = Seen;
  Conversation conversation;
  std::string question;
  std::vector<std::string> options;
  bool multiple = false;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "poll.create";
  static constexpr auto kFields = std::tuple{
      Required("conversation", &Create::conversation, kConversationDoc),
      Required("question", &Create::question, "1 to 500 bytes", Bytes(1, kQuestionMax)),
      Required("options", &Create::options, "2 to 20 different ones, of 1 to 100 bytes each",
               Bytes(kOptionsMin, kOptionsMax)),
      Optional("multiple", &Create::multiple, "one may choose several; just one unless given"),
      Optional("id", &Create::id, kIdDoc, kIdBytes),
  };
};

struct Vote {
  using Reply = Seen;
  Conversation conversation;
  int64_t poll = 0;
  std::vector<int64_t> options;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "poll.vote";
  static constexpr auto kFields = std::tuple{
      Required("conversation", &Vote::conversation, kConversationDoc),
      Required("poll", &Vote::poll, kPollDoc, AtLeast(1)),
      Required("options", &Vote::options,
               "places, from 1, in place of what was chosen before; empty takes the vote back", Bytes(0, kOptionsMax)),
      Optional("id", &Vote::id, kIdDoc, kIdBytes),
  };
};

struct Close {
  using Reply = Seen;
  Conversation conversation;
  int64_t poll = 0;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "poll.close";
  static constexpr auto kFields = std::tuple{
      Required("conversation", &Close::conversation, kConversationDoc),
      Required("poll", &Close::poll, kPollDoc, AtLeast(1)),
      Optional("id", &Close::id, kIdDoc, kIdBytes),
  };
};

struct Show {
  using Reply = Seen;
  Conversation conversation;
  int64_t poll = 0;

  static constexpr std::string_view kMethod = "poll.show";
  static constexpr auto kFields = std::tuple{
      Required("conversation", &Show::conversation, kConversationDoc),
      Required("poll", &Show::poll, kPollDoc, AtLeast(1)),
  };
};

struct PollsPage {
  std::vector<Seen> polls;
  std::optional<std::string> cursor;
  static constexpr auto kFields = std::tuple{
      Required("polls", &PollsPage::polls, "the latest first"),
      Optional("cursor", &PollsPage::cursor, "while there are more"),
  };
};

struct List {
  using Reply = PollsPage;
  Conversation conversation;
  bool open = false;
  std::optional<std::string> cursor = {};
  int64_t limit = parley::limits::kPageDefault;

  static constexpr std::string_view kMethod = "poll.list";
  static constexpr auto kFields = std::tuple{
      Required("conversation", &List::conversation, kConversationDoc),
      Optional("open", &List::open, "only those that are not closed"),
      Optional("cursor", &List::cursor, "from the page before; good for an hour", Bytes(1, parley::limits::kCursorMax)),
      Optional("limit", &List::limit, "50 unless given; more than 200 is cut", AtLeast(1)),
  };
};

// Told to all who take part in the conversation: a poll began, has other counts, or is closed. A hint: poll.show says
// what is so. The counts of a later one are the newer ones, so clients keep the last.
struct Changed {
  Poll poll;

  static constexpr std::string_view kMethod = "poll.changed";
  static constexpr auto kFields = std::tuple{Required("poll", &Changed::poll, "as it is now")};
};

}  // namespace polls
