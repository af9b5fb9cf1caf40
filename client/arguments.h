// Builds the arguments of a call: a map by name, encoded as it is written.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/schema/value.h"
#include "common/schema/writer.h"

namespace parley::client {

class Arguments {
 public:
  Arguments() = default;
  // A copy of `map`, to be added to. Anything but a map counts as an empty one.
  explicit Arguments(const schema::Value& map);

  Arguments& Text(std::string_view name, std::string_view value);
  Arguments& Int(std::string_view name, int64_t value);
  Arguments& Bool(std::string_view name, bool value);
  Arguments& Texts(std::string_view name, std::span<const std::string> values);
  Arguments& Any(std::string_view name, const schema::Value& value);
  // Leaves the argument out when it is empty.
  Arguments& OptionalText(std::string_view name, std::string_view value);

  [[nodiscard]] std::string Encoded() const;

 private:
  schema::Writer Add(std::string_view name);

  size_t count_ = 0;
  std::string pairs_;
};

}  // namespace parley::client
