// What a module tells frontends to do (directives), and to whom an event goes (topics).
//
// The `extra` of kPublish and kEvent:
//   u8 number of topics, then each: u8 length, text
//   u16 length of `own` (little-endian), then `own`: u8 number of pairs, encoded key and value of each
//   the rest: encoded Directives, or nothing
// The bus reads the topics only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "common/base/caller.h"
#include "common/base/handle.h"
#include "common/schema/codec.h"

namespace parley::wire {

// This connection now belongs to a user's session.
struct Identify {
  UserHandle user;
  std::string session;
  bool admin = false;
  bool operator==(const Identify&) const = default;
  static constexpr auto kFields = std::tuple{
      schema::Required("user", &Identify::user),
      schema::Required("session", &Identify::session),
      schema::Optional("admin", &Identify::admin),
  };
};

// Close the connection, after session.closed with these.
struct Close {
  std::string code;
  std::string message;
  int64_t retry_after_ms = 0;
  bool operator==(const Close&) const = default;
  static constexpr auto kFields = std::tuple{
      schema::Required("code", &Close::code),
      schema::Required("message", &Close::message),
      schema::Optional("retry_after_ms", &Close::retry_after_ms),
  };
};

// In a reply: for the connection that asked. In an event: for every session that the event reaches.
// Obeyed in this order: identify or anonymous, unsubscribe, subscribe, then the reply or event is sent, then close.
struct Directives {
  std::optional<Identify> identify;
  bool anonymous = false;              // no longer logged in; drops all subscriptions
  std::vector<std::string> subscribe;  // topics
  std::vector<std::string> unsubscribe;
  std::optional<Close> close;

  [[nodiscard]] bool empty() const { return *this == Directives{}; }
  bool operator==(const Directives&) const = default;
  static constexpr auto kFields = std::tuple{
      schema::Optional("identify", &Directives::identify),   schema::Optional("anonymous", &Directives::anonymous),
      schema::Optional("subscribe", &Directives::subscribe), schema::Optional("unsubscribe", &Directives::unsubscribe),
      schema::Optional("close", &Directives::close),
  };
};

// Topics, by their makers.
[[nodiscard]] std::string UserTopic(const UserHandle& user);                    // user:alice
[[nodiscard]] std::string SessionTopic(std::string_view session);               // session:…
[[nodiscard]] std::string ConversationTopic(const Conversation& conversation);  // conv:#cpp
[[nodiscard]] std::string PresenceTopic(const UserHandle& user);                // presence:alice

// The head of an event.
struct Publication {
  std::vector<std::string> topics;  // at most 255, of at most 255 bytes each
  // Pairs that only the sessions of the event's `user` see, added to the body's map: count and their encoding.
  uint8_t own_pairs = 0;
  std::string own;
  Directives directives;
};

[[nodiscard]] std::string EncodeHead(const Publication& publication);
// kBadRequest where the bytes are malformed.
[[nodiscard]] Result<Publication> DecodeHead(std::string_view extra);
// The topics alone, without copying; false where the bytes are malformed.
[[nodiscard]] bool ReadTopics(std::string_view extra, std::vector<std::string_view>& topics);

}  // namespace parley::wire
