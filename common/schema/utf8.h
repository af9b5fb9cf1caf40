// Whether bytes are valid UTF-8 (RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF).
#pragma once

#include <string_view>

namespace parley::schema {

[[nodiscard]] bool IsUtf8(std::string_view bytes);

}  // namespace parley::schema
