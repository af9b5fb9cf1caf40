// Between MessagePack and JSON, for people and for JSON-RPC.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

namespace parley::schema {

// One MessagePack value as JSON; text that is not UTF-8 gets replacement characters.
// `indent` below 0: on one line. kBadRequest when `encoded` is not one MessagePack value.
[[nodiscard]] Result<std::string> JsonOf(std::string_view encoded, int indent = -1);

// JSON text as MessagePack. kBadRequest with the position when it is not JSON, or nested deeper than 64.
[[nodiscard]] Result<std::string> EncodedOfJson(std::string_view json);

}  // namespace parley::schema
