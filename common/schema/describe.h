// What a declared message looks like, for documentation and for `session.methods`.
#pragma once

#include <string>
#include <tuple>
#include <vector>

#include "common/schema/codec.h"

namespace parley::schema {

struct Argument {
  std::string name;
  std::string type;  // text, int, bool, list or map
  bool required = false;
  std::string doc;

  bool operator==(const Argument&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("name", &Argument::name, "its key"),
      Required("type", &Argument::type, "text, int, bool, list or map"),
      Required("required", &Argument::required, "whether it must be there"),
      Required("doc", &Argument::doc, "what it means"),
  };
};

namespace internal {
template <class T>
constexpr std::string_view TypeName() {
  if constexpr (IsOptional<T>::value) {
    return Codec<typename IsOptional<T>::Inner>::kTypeName;
  } else {
    return Codec<T>::kTypeName;
  }
}
}  // namespace internal

// The fields of a message, in the order of their declaration.
template <Declared S>
std::vector<Argument> Describe() {
  std::vector<Argument> arguments;
  std::apply(
      [&](const auto&... field) {
        (arguments.push_back({std::string(field.name),
                              std::string(internal::TypeName<typename std::decay_t<decltype(field)>::Type>()),
                              field.required, std::string(field.doc)}),
         ...);
      },
      S::kFields);
  return arguments;
}

}  // namespace parley::schema
