// Which slot a request belongs to. The frontend computes it to route, the worker to check: one function for both.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/caller.h"
#include "common/schema/value.h"
#include "common/wire/control.h"

namespace parley::wire {

// The key that the first applicable rule finds: its argument is there and is text, its caller is known.
// Nothing when none applies.
[[nodiscard]] std::optional<std::string> FindKey(const std::vector<KeyRule>& rules, const schema::Value& arguments,
                                                 std::string_view caller);

}  // namespace parley::wire
