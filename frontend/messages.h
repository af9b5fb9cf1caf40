// What the frontend itself answers and says: session.*. Everything else is the modules' (their own messages.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "common/base/caller.h"
#include "common/schema/codec.h"
#include "common/schema/describe.h"
#include "common/wire/trace.h"

namespace parley::frontend {

using schema::Optional;
using schema::Required;

struct HelloLimits {
  int64_t request = 0;
  int64_t body = 0;
  int64_t in_flight = 0;
  int64_t user_rate = 0;
  int64_t page = 0;
  bool operator==(const HelloLimits&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("request", &HelloLimits::request, "bytes of one message of a client"),
      Required("body", &HelloLimits::body, "bytes of a message's text"),
      Required("in_flight", &HelloLimits::in_flight, "requests of one connection that may be open at a time"),
      Required("user_rate", &HelloLimits::user_rate, "requests per second of one user; 0: no limit"),
      Required("page", &HelloLimits::page, "entries of one page"),
  };
};

struct HelloReply {
  std::string server, version;
  int64_t protocol = 1;
  int64_t idle_ms = 0;
  HelloLimits limits;
  static constexpr auto kFields = std::tuple{
      Required("server", &HelloReply::server, "the server's name"),
      Required("version", &HelloReply::version, "the server's version"),
      Required("protocol", &HelloReply::protocol, "version of the protocol"),
      Required("idle_ms", &HelloReply::idle_ms, "a connection that sends nothing for so long is closed"),
      Required("limits", &HelloReply::limits, "what the server takes"),
  };
};

struct Hello {
  using Reply = HelloReply;
  std::optional<std::string> client, version;
  static constexpr std::string_view kMethod = "session.hello";
  static constexpr Access kAccess = Access::kAnonymous;
  static constexpr std::string_view kDoc = "Tells what the server is, and its limits.";
  static constexpr auto kFields = std::tuple{
      Optional("client", &Hello::client, "the client program's name"),
      Optional("version", &Hello::version, "the client program's version"),
  };
};

struct PingReply {
  int64_t time_ms = 0;
  static constexpr auto kFields = std::tuple{Required("time_ms", &PingReply::time_ms, "the server's time")};
};

struct Ping {
  using Reply = PingReply;
  static constexpr std::string_view kMethod = "session.ping";
  static constexpr Access kAccess = Access::kAnonymous;
  static constexpr std::string_view kDoc = "Answered after everything that this connection asked before it.";
  static constexpr auto kFields = std::tuple{};
};

struct MethodRow {
  std::string name, access, doc;
  std::vector<schema::Argument> arguments;
  bool operator==(const MethodRow&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("name", &MethodRow::name, "the method"),
      Required("access", &MethodRow::access, "who may call it: anonymous, user or admin"),
      Required("doc", &MethodRow::doc, "what it does"),
      Required("arguments", &MethodRow::arguments, "what it takes"),
  };
};

struct MethodsReply {
  std::vector<MethodRow> methods;
  static constexpr auto kFields = std::tuple{Required("methods", &MethodsReply::methods, "sorted by name")};
};

struct Methods {
  using Reply = MethodsReply;
  std::optional<std::string> module;
  static constexpr std::string_view kMethod = "session.methods";
  static constexpr Access kAccess = Access::kAnonymous;
  static constexpr std::string_view kDoc = "Lists the methods that clients may call.";
  static constexpr auto kFields = std::tuple{Optional("module", &Methods::module, "only those of this module")};
};

// How a traced request ended where it did not end well.
struct TraceError {
  std::string code, message;
  bool operator==(const TraceError&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("code", &TraceError::code, "the error"),
      Required("message", &TraceError::message, "why, for people"),
  };
};

struct TraceReply {
  std::string request;
  std::vector<wire::Hop> hops;
  std::optional<schema::Encoded> result;
  std::optional<TraceError> error;
  static constexpr auto kFields = std::tuple{
      Required("request", &TraceReply::request, "its id on the bus, as log lines have it"),
      Required("hops", &TraceReply::hops, "what happened to it, and to what it led to, as the processes told"),
      Optional("result", &TraceReply::result, "what it was answered"),
      Optional("error", &TraceReply::error, "or why it was not"),
  };
};

struct Trace {
  using Reply = TraceReply;
  std::string method;
  std::optional<schema::Encoded> arguments;
  static constexpr std::string_view kMethod = "session.trace";
  static constexpr Access kAccess = Access::kAdmin;
  static constexpr std::string_view kDoc = "Makes a call, and tells its way through the processes.";
  static constexpr auto kFields = std::tuple{
      Required("method", &Trace::method, "of a module"),
      Optional("arguments", &Trace::arguments, "its arguments"),
  };
};

// Notification: the connection is closed after it.
struct Closed {
  std::string code, message;
  int64_t retry_after_ms = 0;
  static constexpr std::string_view kMethod = "session.closed";
  static constexpr auto kFields = std::tuple{
      Required("code", &Closed::code,
               "revoked, kicked, banned, replaced, idle, protocol, slow, draining or overloaded"),
      Required("message", &Closed::message, "why, for people"),
      Optional("retry_after_ms", &Closed::retry_after_ms, "when to connect again"),
  };
};

// Notification: pushes were dropped; the client looks for what it missed.
struct Resync {
  static constexpr std::string_view kMethod = "session.resync";
  static constexpr auto kFields = std::tuple{};
};

}  // namespace parley::frontend
