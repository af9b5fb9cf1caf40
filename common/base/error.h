// The error codes of the client contract: the one table of what can go wrong, for code, wire and docs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace parley {

// Wire-stable. Append only.
enum class Code : uint8_t {
  kBadRequest = 1,
  kLimit,
  kUnauthenticated,
  kForbidden,
  kNotFound,
  kExists,
  kConflict,
  kUnsupported,
  kRateLimited,
  kOverloaded,
  kUnavailable,
  kTimeout,
  kInternal,
};

struct CodeRow {
  Code code;
  std::string_view name;
  bool retryable;
  std::string_view meaning;
};

inline constexpr CodeRow kCodes[] = {
    {Code::kBadRequest, "bad_request", false, "missing, wrong type or form; the message names the argument"},
    {Code::kLimit, "limit", false, "too long, too many; the message names the argument and the limit"},
    {Code::kUnauthenticated, "unauthenticated", false,
     "not logged in; at login and resume: a wrong user, password or token (never which)"},
    {Code::kForbidden, "forbidden", false, "logged in, but not allowed"},
    {Code::kNotFound, "not_found", false, "no such thing, or none that the caller may know of"},
    {Code::kExists, "exists", false, "that name is taken"},
    {Code::kConflict, "conflict", false, "same id with other arguments; or the state does not allow it"},
    {Code::kUnsupported, "unsupported", false, "no such method"},
    {Code::kRateLimited, "rate_limited", true, "too many requests; nothing was done"},
    {Code::kOverloaded, "overloaded", true, "the server is busy; nothing was done"},
    {Code::kUnavailable, "unavailable", true, "no worker could take it; nothing was done"},
    {Code::kTimeout, "timeout", true, "the deadline passed; outcome unknown: send again with the same id"},
    {Code::kInternal, "internal", false, "a bug; outcome unknown; the message carries a reference found in the log"},
};

// The row of a code; a code outside the table (from a newer peer) reads as internal.
[[nodiscard]] const CodeRow& RowOf(Code code);
[[nodiscard]] std::string_view NameOf(Code code);
[[nodiscard]] std::optional<Code> CodeNamed(std::string_view name);

struct Error {
  Code code = Code::kInternal;
  std::string message;
  int64_t retry_after_ms = 0;  // 0: none given

  bool operator==(const Error&) const = default;
};

}  // namespace parley
