// Whether what a node says of itself makes sense. Knows nothing of who else is registered.
#pragma once

#include <string_view>

#include "common/base/result.h"
#include "common/wire/control.h"

namespace parley::bus {

// Reads the body of a kRegister that came from `identity`. Errors are sentences for the one who started that process.
[[nodiscard]] Result<wire::Registration> ReadRegistration(std::string_view identity, std::string_view body);

}  // namespace parley::bus
