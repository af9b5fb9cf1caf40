// CHECK: an invariant that only a bug can break. Always on; says where, and ends the process.
#pragma once

namespace parley {

[[noreturn]] void CheckFailed(const char* condition, const char* file, int line) noexcept;

}  // namespace parley

#define PARLEY_CHECK(condition) \
  (static_cast<bool>(condition) ? static_cast<void>(0) : ::parley::CheckFailed(#condition, __FILE__, __LINE__))
