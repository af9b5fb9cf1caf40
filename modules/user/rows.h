// What the user module stores. All rows of a user are at the slot of the handle; the search index is at the slot of the
// handle's first two bytes.
#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "common/base/handle.h"
#include "common/schema/fields.h"
#include "modules/user/messages.h"

namespace parley::user {

struct Account {
  std::string name;  // empty: the handle
  std::string about;
  int64_t created_ms = 0;
  std::string password;          // Argon2id with its parameters and salt: $argon2id$v=19$m=…,t=…,p=1$salt$hash
  int64_t password_version = 0;  // grows with each change of the password; a new hash of the same one keeps it
  bool admin = false;
  bool root = false;  // made at start from --root-user; can't be deleted
  State state = State::kOnline;
  std::string text;              // of the status
  std::string register_id;       // the client's id of user.register; may be empty
  std::string register_request;  // the bus request id of user.register, in hex
  int64_t deleted_ms = 0;        // not 0: a tombstone; everything but created_ms is cleared

  [[nodiscard]] bool deleted() const { return deleted_ms != 0; }

  static constexpr auto kFields = std::tuple{
      Optional("name", &Account::name),
      Optional("about", &Account::about),
      Required("created_ms", &Account::created_ms),
      Optional("password", &Account::password),
      Optional("password_version", &Account::password_version),
      Optional("admin", &Account::admin),
      Optional("root", &Account::root),
      Optional("state", &Account::state),
      Optional("text", &Account::text),
      Optional("register_id", &Account::register_id),
      Optional("register_request", &Account::register_request),
      Optional("deleted_ms", &Account::deleted_ms),
  };
};

//   'a' user   the account; never removed: the handle of a deleted one is not given out again
struct AccountRow {
  static constexpr char kTable = 'a';
  UserHandle user;
  static constexpr auto kKey = std::tuple{&AccountRow::user};
  using Value = Account;
};

struct Ban {
  std::string reason;
  std::optional<int64_t> until_ms;  // absent: for ever

  bool operator==(const Ban&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("reason", &Ban::reason),
      Optional("until_ms", &Ban::until_ms),
  };
};

//   'b' user   a ban, also one that has ended by itself
struct BanRow {
  static constexpr char kTable = 'b';
  UserHandle user;
  static constexpr auto kKey = std::tuple{&BanRow::user};
  using Value = Ban;
};

struct Session {
  // BLAKE2b-256 of the token's secret, in hex. More than one only after a repeated login, of which nobody knows which
  // answer the client got; the first use leaves the one that was used.
  std::vector<std::string> token_hashes;
  std::string device;
  std::string address;
  int64_t since_ms = 0;       // of the login
  int64_t used_ms = 0;        // last use, at most kUsedGrainMs stale
  std::string login_request;  // the bus request id of the login, in hex: its repetition gives this session again

  bool operator==(const Session&) const = default;

  static constexpr auto kFields = std::tuple{
      Required("token_hashes", &Session::token_hashes), Optional("device", &Session::device),
      Optional("address", &Session::address),           Required("since_ms", &Session::since_ms),
      Required("used_ms", &Session::used_ms),           Optional("login_request", &Session::login_request),
  };
};

//   's' user session   a login that has not ended. Invariant: at most kSessionsMax per user; none of a deleted account.
struct SessionRow {
  static constexpr char kTable = 's';
  UserHandle user;
  std::string session;
  static constexpr auto kKey = std::tuple{&SessionRow::user, &SessionRow::session};
  using Value = Session;
};

struct Ended {
  std::vector<std::string> sessions;  // the last kSessionsMax, newest last
  static constexpr auto kFields = std::tuple{Required("sessions", &Ended::sessions)};
};

//   'e' user   sessions that have ended: revoking one of them again is no error
struct EndedRow {
  static constexpr char kTable = 'e';
  UserHandle user;
  static constexpr auto kKey = std::tuple{&EndedRow::user};
  using Value = Ended;
};

struct PasswordChange {
  std::string old_password, new_password;  // as Account::password
  int64_t time_ms = 0;
  static constexpr auto kFields = std::tuple{
      Required("old_password", &PasswordChange::old_password),
      Required("new_password", &PasswordChange::new_password),
      Required("time_ms", &PasswordChange::time_ms),
  };
};

//   'p' user id   a change of password done in the last 24 hours, under `i` and the client's id or `r` and the bus
//   request id:
//                 what a repeated user.password is compared with, without anything secret being kept
struct PasswordChangeRow {
  static constexpr char kTable = 'p';
  UserHandle user;
  std::string id;
  static constexpr auto kKey = std::tuple{&PasswordChangeRow::user, &PasswordChangeRow::id};
  using Value = PasswordChange;
};

struct Seen {
  int64_t last_seen_ms = 0;

  bool operator==(const Seen&) const = default;
  static constexpr auto kFields = std::tuple{Required("last_seen_ms", &Seen::last_seen_ms)};
};

//   'l' user   when the user's last connection ended; apart from the account because it is written so often
struct SeenRow {
  static constexpr char kTable = 'l';
  UserHandle user;
  static constexpr auto kKey = std::tuple{&SeenRow::user};
  using Value = Seen;
};

struct Friend {
  bool on = false;
  int64_t version = 0;
  static constexpr auto kFields = std::tuple{Optional("on", &Friend::on), Required("version", &Friend::version)};
};

//   'f' user friend   who may see the user's presence, as the friend module tells; one who was a friend is kept with
//   on = false, so that older news is known as such
struct FriendRow {
  static constexpr char kTable = 'f';
  UserHandle user, other;
  static constexpr auto kKey = std::tuple{&FriendRow::user, &FriendRow::other};
  using Value = Friend;
};

struct Online {
  int64_t since_ms = 0;
  static constexpr auto kFields = std::tuple{Required("since_ms", &Online::since_ms)};
};

//   'o' user   friends have been told that the user is online, and nothing else since. Kept, so that after a restart
//   they are told only what has changed.
struct OnlineRow {
  static constexpr char kTable = 'o';
  UserHandle user;
  static constexpr auto kKey = std::tuple{&OnlineRow::user};
  using Value = Online;
};

struct Indexed {
  std::string name;
  static constexpr auto kFields = std::tuple{Required("name", &Indexed::name)};
};

//   'x' user   the search index. Invariant once the outbox has drained: the row is there iff the account is there and
//   not deleted.
struct IndexRow {
  static constexpr char kTable = 'x';
  std::string user;
  static constexpr auto kKey = std::tuple{&IndexRow::user};
  using Value = Indexed;
};

}  // namespace parley::user
