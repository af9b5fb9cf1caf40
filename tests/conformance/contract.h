// The methods and notifications that clients may rely on, for good. Append only.
#pragma once

#include <array>
#include <string_view>

namespace parley::conformance {

struct ContractMethod {
  std::string_view name;
  std::string_view access;
  std::string_view arguments;  // separated by spaces; optional ones end with ?
  std::string_view result;     // the same
};

inline constexpr std::array kMethods = {
    ContractMethod{"session.hello", "anonymous", "client? version?", "server version protocol idle_ms limits"},
    ContractMethod{"session.ping", "anonymous", "", "time_ms"},
    ContractMethod{"session.methods", "anonymous", "module?", "methods"},
    ContractMethod{"session.trace", "admin", "method arguments?", "request hops result? error?"},

    ContractMethod{"user.register", "anonymous", "user password name? id?", "user"},
    ContractMethod{"user.login", "anonymous", "user password device?", "user token session expires_ms role"},
    ContractMethod{"user.resume", "anonymous", "token device?", "user token session expires_ms role"},
    ContractMethod{"user.logout", "user", "", ""},
    ContractMethod{"user.password", "user", "old new id?", ""},
    ContractMethod{"user.profile", "user", "user?", "user name about created_ms online? state? text? last_seen_ms?"},
    ContractMethod{"user.update", "user", "name? about? id?",
                   "user name about created_ms online? state? text? last_seen_ms?"},
    ContractMethod{"user.status", "user", "state text? id?", ""},
    ContractMethod{"user.sessions", "user", "", "sessions"},
    ContractMethod{"user.revoke", "user", "session id?", ""},
    ContractMethod{"user.search", "user", "prefix cursor? limit?", "users cursor?"},
    ContractMethod{"user.delete", "user", "password id?", ""},

    ContractMethod{"message.send", "user", "to body id kind? reply_to? mentions?", "conversation seq time_ms"},
    ContractMethod{"message.history", "user", "conversation? with? after? before? limit?",
                   "conversation messages head floor more"},
    ContractMethod{"message.sync", "user", "previews? cursor? limit?", "conversations cursor?"},
    ContractMethod{"message.received", "user", "conversation seq id?", ""},
    ContractMethod{"message.read", "user", "conversation seq id?", ""},
    ContractMethod{"message.receipts", "user", "conversation seq cursor? limit?", "receipts cursor?"},
    ContractMethod{"message.edit", "user", "conversation seq body id?", "seq"},
    ContractMethod{"message.recall", "user", "conversation seq id?", "seq"},
    ContractMethod{"message.react", "user", "conversation seq emoji on id?", "seq?"},
    ContractMethod{"message.typing", "user", "to on", ""},
    ContractMethod{"message.mute", "user", "conversation until_ms id?", ""},

    ContractMethod{"friend.request", "user", "user note? id?", "state"},
    ContractMethod{"friend.accept", "user", "user id?", ""},
    ContractMethod{"friend.decline", "user", "user id?", ""},
    ContractMethod{"friend.cancel", "user", "user id?", ""},
    ContractMethod{"friend.remove", "user", "user id?", ""},
    ContractMethod{"friend.list", "user", "cursor? limit?", "friends cursor?"},
    ContractMethod{"friend.requests", "user", "", "incoming outgoing"},
    ContractMethod{"friend.alias", "user", "user alias id?", ""},
    ContractMethod{"friend.block", "user", "user id?", ""},
    ContractMethod{"friend.unblock", "user", "user id?", ""},
    ContractMethod{"friend.blocked", "user", "", "users"},

    ContractMethod{"group.create", "user", "group name? topic? policy? id?",
                   "group name topic policy owner members role? created_ms muted_until_ms?"},
    ContractMethod{"group.info", "user", "group",
                   "group name topic policy owner members role? created_ms muted_until_ms?"},
    ContractMethod{"group.update", "user", "group name? topic? policy? id?",
                   "group name topic policy owner members role? created_ms muted_until_ms?"},
    ContractMethod{"group.join", "user", "group note? id?", "state"},
    ContractMethod{"group.leave", "user", "group id?", ""},
    ContractMethod{"group.invite", "user", "group user id?", ""},
    ContractMethod{"group.approve", "user", "group user id?", ""},
    ContractMethod{"group.reject", "user", "group user id?", ""},
    ContractMethod{"group.kick", "user", "group user ban? id?", ""},
    ContractMethod{"group.unban", "user", "group user id?", ""},
    ContractMethod{"group.role", "user", "group user role id?", ""},
    ContractMethod{"group.transfer", "user", "group user id?", ""},
    ContractMethod{"group.mute", "user", "group user? until_ms id?", ""},
    ContractMethod{"group.dissolve", "user", "group id?", ""},
    ContractMethod{"group.members", "user", "group cursor? limit?", "members cursor?"},
    ContractMethod{"group.requests", "user", "group cursor? limit?", "users cursor?"},
    ContractMethod{"group.bans", "user", "group cursor? limit?", "users cursor?"},
    ContractMethod{"group.invitations", "user", "", "groups"},
    ContractMethod{"group.list", "user", "cursor? limit?", "groups cursor?"},
    ContractMethod{"group.search", "user", "prefix cursor? limit?", "groups cursor?"},
    ContractMethod{"admin.announce", "admin", "body id", "seq"},
    ContractMethod{"admin.ban", "admin", "user reason until_ms? id?", ""},
    ContractMethod{"admin.unban", "admin", "user id?", ""},
    ContractMethod{"admin.kick", "admin", "user id?", ""},
    ContractMethod{"admin.grant", "admin", "user id?", ""},
    ContractMethod{"admin.ungrant", "admin", "user id?", ""},
    ContractMethod{"admin.users", "admin", "prefix? cursor? limit?", "users cursor?"},
    ContractMethod{"admin.recall", "admin", "conversation seq id?", "seq"},
    ContractMethod{"admin.audit", "admin", "user? cursor? limit?", "entries cursor?"},
    ContractMethod{"admin.nodes", "admin", "", "nodes"},
    ContractMethod{"admin.slots", "admin", "module?", "slots"},
    ContractMethod{"admin.drain", "admin", "node id?", "left"},
    ContractMethod{"admin.undrain", "admin", "node id?", "left"},
    ContractMethod{"admin.stats", "admin", "", "methods totals"},
};

struct ContractEvent {
  std::string_view name;
  std::string_view arguments;
};

inline constexpr std::array kEvents = {
    ContractEvent{"message.new",
                  "conversation seq from time_ms kind body? id? reply_to? mentions? edited_ms? recalled? target? "
                  "emoji? on? event? user? role? name? topic? policy? until_ms? head"},
    ContractEvent{"message.read", "conversation user seq"},
    ContractEvent{"message.received", "conversation user seq"},
    ContractEvent{"message.typing", "conversation user on"},
    ContractEvent{"friend.requested", "user note?"},
    ContractEvent{"friend.accepted", "user"},
    ContractEvent{"friend.removed", "user"},
    ContractEvent{"friend.cancelled", "user"},
    ContractEvent{"friend.presence", "user online state? text? time_ms"},
    ContractEvent{"group.invited", "group by"},
    ContractEvent{"group.requested", "group user note?"},
    ContractEvent{"group.joined", "group by?"},
    ContractEvent{"group.left", "group by? reason?"},
    ContractEvent{"session.closed", "code message retry_after_ms?"},
    ContractEvent{"session.resync", ""},
};

}  // namespace parley::conformance
