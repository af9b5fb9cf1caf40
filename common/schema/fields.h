// How a message is declared: a struct and one tuple, kFields, from which encoding, decoding, documentation and test
// samples all derive.
//
//   struct Send {                                    // message.send
//     Address to;
//     std::string body;
//     std::optional<std::string> kind;
//     static constexpr std::string_view kMethod = "message.send";
//     static constexpr auto kFields = std::tuple{
//         Required("to", &Send::to, "a user or a group"),
//         Required("body", &Send::body, "the text", Bytes(1, 16384)),
//         Optional("kind", &Send::kind, "text unless given", AtMost(32)),
//     };
//   };
//
// Member types: std::string, int64_t, bool, UserHandle, GroupHandle, Address, Conversation, an enum with NamesOf(),
// Encoded (any value, as bytes), another declared struct, std::vector of these, std::optional of these.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <tuple>

namespace parley::schema {

// What a value may measure: bytes of a text, elements of a list, the value of an integer.
// Below `min` is kBadRequest, above `max` is kLimit.
struct Bound {
  int64_t min = std::numeric_limits<int64_t>::min();
  int64_t max = std::numeric_limits<int64_t>::max();
};

constexpr Bound Bytes(size_t min, size_t max) { return {static_cast<int64_t>(min), static_cast<int64_t>(max)}; }
constexpr Bound AtMost(size_t max) { return {0, static_cast<int64_t>(max)}; }
constexpr Bound AtLeast(int64_t min) { return {min, std::numeric_limits<int64_t>::max()}; }

template <class S, class T>
struct Field {
  using Struct = S;
  using Type = T;
  std::string_view name;
  T S::*member;
  std::string_view doc;
  Bound bound;
  bool required;
};

// Must be there; nil counts as absent.
template <class S, class T>
constexpr Field<S, T> Required(std::string_view name, T S::*member, std::string_view doc = {}, Bound bound = {}) {
  return {name, member, doc, bound, true};
}

// May be absent. A std::optional is then empty; any other type keeps its default, and is not written when it has it.
template <class S, class T>
constexpr Field<S, T> Optional(std::string_view name, T S::*member, std::string_view doc = {}, Bound bound = {}) {
  return {name, member, doc, bound, false};
}

template <class T>
concept Declared = requires {
  T::kFields;
};

}  // namespace parley::schema
