// What user.* says and hears. These declarations are the public documentation of the module's methods.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "common/base/handle.h"
#include "common/base/limits.h"
#include "common/schema/fields.h"

namespace parley::user {

using schema::AtLeast;
using schema::AtMost;
using schema::Bytes;
using schema::Optional;
using schema::Required;

inline constexpr schema::Bound kPasswordBytes = Bytes(limits::kPasswordMin, limits::kPasswordMax);
inline constexpr schema::Bound kIdBytes = Bytes(limits::kIdMin, limits::kIdMax);
inline constexpr std::string_view kIdDoc = "the same id gives the same result, once, for 24 hours; at most 64 bytes";

// What a session may do.
enum class Role { kUser, kAdmin };
constexpr auto NamesOf(Role) {
  using P = std::pair<Role, std::string_view>;
  return std::array{P{Role::kUser, "user"}, P{Role::kAdmin, "admin"}};
}

// What a user wants others to see while online.
enum class State { kOnline, kAway, kBusy };
constexpr auto NamesOf(State) {
  using P = std::pair<State, std::string_view>;
  return std::array{P{State::kOnline, "online"}, P{State::kAway, "away"}, P{State::kBusy, "busy"}};
}

// The reply of methods that have nothing to say but that it is done.
struct Done {
  static constexpr std::tuple<> kFields{};
};

struct Registered {
  UserHandle user;
  static constexpr auto kFields = std::tuple{
      Required("user", &Registered::user, "the new account"),
  };
};

struct Register {
  using Reply = Registered;
  UserHandle user;
  std::string password;
  std::string name = {};
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "user.register";
  static constexpr auto kFields = std::tuple{
      Required("user", &Register::user, "the handle, for ever: [a-z0-9][a-z0-9._-]{1,31}"),
      Required("password", &Register::password, "8 to 128 bytes", kPasswordBytes),
      Optional("name", &Register::name, "as shown to people; the handle unless given; at most 64 bytes",
               AtMost(limits::kNameMax)),
      Optional("id", &Register::id, "registering again with equal handle, id and password gives the same result",
               kIdBytes),
  };
};

struct LoggedIn {
  UserHandle user;
  std::string token;
  std::string session;
  int64_t expires_ms = 0;
  Role role = Role::kUser;

  static constexpr auto kFields = std::tuple{
      Required("user", &LoggedIn::user, "whose connection this is from now on"),
      Required("token", &LoggedIn::token, "the secret that user.resume takes; known to nobody else"),
      Required("session", &LoggedIn::session, "the session's public id"),
      Required("expires_ms", &LoggedIn::expires_ms, "when the token ends unless it is used before"),
      Required("role", &LoggedIn::role, "user or admin"),
  };
};

struct Login {
  using Reply = LoggedIn;
  UserHandle user;
  std::string password;
  std::string device;

  static constexpr std::string_view kMethod = "user.login";
  static constexpr auto kFields = std::tuple{
      Required("user", &Login::user, "the handle"),
      Required("password", &Login::password, "8 to 128 bytes", kPasswordBytes),
      Optional("device", &Login::device, "what the user calls this device, for user.sessions; at most 64 bytes",
               AtMost(limits::kDeviceMax)),
  };
};

struct Resume {
  using Reply = LoggedIn;
  std::string token;
  std::optional<std::string> device = {};

  static constexpr std::string_view kMethod = "user.resume";
  static constexpr auto kFields = std::tuple{
      Required("token", &Resume::token, "from user.login; it lives 30 days from its last use",
               Bytes(1, limits::kTokenMax)),
      Optional("device", &Resume::device, "a new name for this device; at most 64 bytes", AtMost(limits::kDeviceMax)),
  };
};

struct Logout {
  using Reply = Done;
  static constexpr std::string_view kMethod = "user.logout";
  static constexpr std::tuple<> kFields{};
};

struct ChangePassword {
  using Reply = Done;
  std::string old_password;
  std::string new_password;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "user.password";
  static constexpr auto kFields = std::tuple{
      Required("old", &ChangePassword::old_password, "the present password", kPasswordBytes),
      Required("new", &ChangePassword::new_password, "8 to 128 bytes", kPasswordBytes),
      Optional("id", &ChangePassword::id, kIdDoc, kIdBytes),
  };
};

// What everybody may know of a user, and to those who may see it, presence.
struct Profile {
  UserHandle user;
  std::string name;
  std::string about;
  int64_t created_ms = 0;
  std::optional<bool> online;
  std::optional<State> state;
  std::optional<std::string> text;
  std::optional<int64_t> last_seen_ms;

  static constexpr auto kFields = std::tuple{
      Required("user", &Profile::user, "the handle"),
      Required("name", &Profile::name, "as shown to people"),
      Required("about", &Profile::about, "what they say of themselves"),
      Required("created_ms", &Profile::created_ms, "when the account was made"),
      Optional("online", &Profile::online, "whether any device is connected; to oneself and friends"),
      Optional("state", &Profile::state, "online, away or busy, while online; to oneself and friends"),
      Optional("text", &Profile::text, "the status text, while online; to oneself and friends"),
      Optional("last_seen_ms", &Profile::last_seen_ms, "when the last device was disconnected; to oneself and friends"),
  };
};

struct GetProfile {
  using Reply = Profile;
  std::optional<UserHandle> user = {};

  static constexpr std::string_view kMethod = "user.profile";
  static constexpr auto kFields = std::tuple{
      Optional("user", &GetProfile::user, "whose; one's own unless given"),
  };
};

struct Update {
  using Reply = Profile;
  std::optional<std::string> name = {};
  std::optional<std::string> about = {};
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "user.update";
  static constexpr auto kFields = std::tuple{
      Optional("name", &Update::name, "as shown to people; empty: the handle; at most 64 bytes",
               AtMost(limits::kNameMax)),
      Optional("about", &Update::about, "at most 500 bytes", AtMost(limits::kAboutMax)),
      Optional("id", &Update::id, kIdDoc, kIdBytes),
  };
};

struct SetStatus {
  using Reply = Done;
  State state = State::kOnline;
  std::string text = {};
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "user.status";
  static constexpr auto kFields = std::tuple{
      Required("state", &SetStatus::state, "online, away or busy: on all devices, until changed"),
      Optional("text", &SetStatus::text, "none clears it; at most 100 bytes", AtMost(limits::kStatusTextMax)),
      Optional("id", &SetStatus::id, kIdDoc, kIdBytes),
  };
};

struct SessionEntry {
  std::string session;
  std::string device;
  std::string address;
  int64_t since_ms = 0;
  bool connected = false;
  bool current = false;

  bool operator==(const SessionEntry&) const = default;

  static constexpr auto kFields = std::tuple{
      Required("session", &SessionEntry::session, "its public id, for user.revoke"),
      Required("device", &SessionEntry::device, "as named at login or resume; may be empty"),
      Required("address", &SessionEntry::address, "where it was last used from"),
      Required("since_ms", &SessionEntry::since_ms, "when it logged in"),
      Required("connected", &SessionEntry::connected, "whether it has a connection now"),
      Required("current", &SessionEntry::current, "whether it is the one that asks"),
  };
};

struct SessionList {
  std::vector<SessionEntry> sessions;
  static constexpr auto kFields = std::tuple{
      Required("sessions", &SessionList::sessions, "oldest login first; at most 20"),
  };
};

struct ListSessions {
  using Reply = SessionList;
  static constexpr std::string_view kMethod = "user.sessions";
  static constexpr std::tuple<> kFields{};
};

struct Revoke {
  using Reply = Done;
  std::string session;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "user.revoke";
  static constexpr auto kFields = std::tuple{
      Required("session", &Revoke::session, "from user.sessions", Bytes(1, limits::kIdMax)),
      Optional("id", &Revoke::id, kIdDoc, kIdBytes),
  };
};

struct Found {
  UserHandle user;
  std::string name;

  bool operator==(const Found&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("user", &Found::user, "the handle"),
      Required("name", &Found::name, "as shown to people"),
  };
};

struct FoundPage {
  std::vector<Found> users;
  std::string cursor;
  static constexpr auto kFields = std::tuple{
      Required("users", &FoundPage::users, "by handle"),
      Optional("cursor", &FoundPage::cursor, "for the next page; absent on the last"),
  };
};

struct Search {
  using Reply = FoundPage;
  std::string prefix;
  std::optional<std::string> cursor = {};
  int64_t limit = limits::kPageDefault;

  static constexpr std::string_view kMethod = "user.search";
  static constexpr auto kFields = std::tuple{
      Required("prefix", &Search::prefix, "what the handle begins with; 2 to 64 bytes",
               Bytes(limits::kPrefixMin, limits::kPrefixMax)),
      Optional("cursor", &Search::cursor, "from the page before, with the same prefix; good for an hour",
               Bytes(1, limits::kCursorMax)),
      Optional("limit", &Search::limit, "50 unless given; more than 200 is cut", AtLeast(1)),
  };
};

struct Delete {
  using Reply = Done;
  std::string password;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "user.delete";
  static constexpr auto kFields = std::tuple{
      Required("password", &Delete::password, "the present password", kPasswordBytes),
      Optional("id", &Delete::id, kIdDoc, kIdBytes),
  };
};

// From frontends: this connection is a session's from now on. The caller says whose.
struct Attach {
  using Reply = Done;
  static constexpr std::string_view kMethod = "user.attach";
  static constexpr std::tuple<> kFields{};
};

// From frontends: this connection has ended.
struct Detach {
  using Reply = Done;
  static constexpr std::string_view kMethod = "user.detach";
  static constexpr std::tuple<> kFields{};
};

// From an account's slot to the search index: what it has to know of a user. The last one counts.
struct Index {
  using Reply = Done;
  UserHandle user;
  std::string name;
  bool gone = false;

  static constexpr std::string_view kMethod = "user.index";
  static constexpr auto kFields = std::tuple{
      Required("user", &Index::user, "the handle; its first two bytes are the key"),
      Optional("name", &Index::name, "as shown to people"),
      Optional("gone", &Index::gone, "the account is deleted"),
  };
};

struct ExistsReply {
  bool exists = false;
  static constexpr auto kFields = std::tuple{
      Required("exists", &ExistsReply::exists, "whether there is such an account; not when it is deleted"),
  };
};

// From other modules: whether a handle names somebody.
struct Exists {
  UserHandle user;

  using Reply = ExistsReply;
  static constexpr std::string_view kMethod = "user.exists";
  static constexpr auto kFields = std::tuple{Required("user", &Exists::user, "the handle")};
};

// From the friend module: whether another user is a friend of this one, who may then see the presence. A lower version
// is old news.
struct Friendship {
  using Reply = Done;
  UserHandle user;
  UserHandle other;
  bool on = false;
  int64_t version = 0;

  static constexpr std::string_view kMethod = "user.friendship";
  static constexpr auto kFields = std::tuple{
      Required("user", &Friendship::user, "whose presence it is about"),
      Required("other", &Friendship::other, "who may see it"),
      Required("on", &Friendship::on, "or may no more"),
      Required("version", &Friendship::version, "grows with each change of the pair"),
  };
};

struct Availability {
  UserHandle user;
  bool online = false;
  std::optional<State> state;
  std::optional<std::string> text;

  bool operator==(const Availability&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("user", &Availability::user, "who"),
      Required("online", &Availability::online, "whether there is a connection"),
      Optional("state", &Availability::state, "while online"),
      Optional("text", &Availability::text, "while online: of the status"),
  };
};

struct AvailabilityReply {
  std::vector<Availability> users;
  static constexpr auto kFields = std::tuple{
      Required("users", &AvailabilityReply::users, "of those asked for, the ones that exist"),
  };
};

// From the friend module: how available users of one slot are.
struct GetAvailability {
  using Reply = AvailabilityReply;
  UserHandle key;
  std::vector<UserHandle> users;

  static constexpr std::string_view kMethod = "user.availability";
  static constexpr auto kFields = std::tuple{
      Required("key", &GetAvailability::key, "any one of them: names the slot"),
      Required("users", &GetAvailability::users, "all in the same slot"),
  };
};

// From the admin module: the account is banned, or no more.
struct SetBan {
  using Reply = Done;
  UserHandle user;
  bool on = false;
  std::string reason;
  std::optional<int64_t> until_ms;

  static constexpr std::string_view kMethod = "user.set_ban";
  static constexpr auto kFields = std::tuple{
      Required("user", &SetBan::user, "who"),
      Required("on", &SetBan::on, "or no more"),
      Optional("reason", &SetBan::reason, "told to the user"),
      Optional("until_ms", &SetBan::until_ms, "when it ends; for ever unless given"),
  };
};

// From the admin module: close the user's connections; the sessions stay.
struct Disconnect {
  using Reply = Done;
  UserHandle user;

  static constexpr std::string_view kMethod = "user.disconnect";
  static constexpr auto kFields = std::tuple{Required("user", &Disconnect::user, "who")};
};

// What an administrator sees of an account.
struct AccountSummary {
  UserHandle user;
  std::string name;
  Role role = Role::kUser;
  int64_t created_ms = 0;
  bool deleted = false;
  bool banned = false;
  std::string reason;
  std::optional<int64_t> until_ms;
  int64_t sessions = 0;

  bool operator==(const AccountSummary&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("user", &AccountSummary::user, "the handle"),
      Required("name", &AccountSummary::name, "as shown to people"),
      Required("role", &AccountSummary::role, "user or admin"),
      Required("created_ms", &AccountSummary::created_ms, "when the account was made"),
      Optional("deleted", &AccountSummary::deleted, "nothing but the handle is left"),
      Optional("banned", &AccountSummary::banned, "can't log in now"),
      Optional("reason", &AccountSummary::reason, "of the ban"),
      Optional("until_ms", &AccountSummary::until_ms, "of the ban; absent: for ever"),
      Required("sessions", &AccountSummary::sessions, "how many have not ended"),
  };
};

struct AccountsReply {
  std::vector<AccountSummary> accounts;
  static constexpr auto kFields = std::tuple{
      Required("accounts", &AccountsReply::accounts, "by handle"),
  };
};

// From the admin module: the accounts of one slot, deleted ones too.
struct Accounts {
  using Reply = AccountsReply;
  std::string key;
  std::string prefix;
  std::string after;
  int64_t limit = 0;

  static constexpr std::string_view kMethod = "user.accounts";
  static constexpr auto kFields = std::tuple{
      Required("key", &Accounts::key, "any key of the slot"),
      Optional("prefix", &Accounts::prefix, "only handles that begin with this"),
      Optional("after", &Accounts::after, "only handles after this one"),
      Required("limit", &Accounts::limit, "how many at most", AtLeast(1)),
  };
};

// From the admin module: the user's role, in open sessions too.
struct SetRole {
  using Reply = Done;
  UserHandle user;
  Role role = Role::kUser;

  static constexpr std::string_view kMethod = "user.set_role";
  static constexpr auto kFields = std::tuple{
      Required("user", &SetRole::user, "who"),
      Required("role", &SetRole::role, "from now on"),
  };
};

}  // namespace parley::user
