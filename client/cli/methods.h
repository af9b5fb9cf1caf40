// What a server can do, as it tells in session.methods.
#pragma once

#include <string>
#include <tuple>
#include <vector>

#include "client/cli/account.h"
#include "common/schema/describe.h"

namespace parley::cli {

struct Method {
  std::string name;
  std::string access;
  std::string doc;
  std::vector<schema::Argument> arguments;

  bool operator==(const Method&) const = default;
  static constexpr auto kFields = std::tuple{
      schema::Required("name", &Method::name),
      schema::Required("access", &Method::access),
      schema::Optional("doc", &Method::doc),
      schema::Optional("arguments", &Method::arguments),
  };
};

struct MethodList {
  std::vector<Method> methods;

  static constexpr auto kFields = std::tuple{schema::Required("methods", &MethodList::methods)};
};

// Asks the server, sorted by name.
[[nodiscard]] Result<MethodList> AskMethods(const client::Endpoint& server, int64_t patience_ms);

}  // namespace parley::cli
