#include "common/base/caller.h"

namespace parley {

std::string_view NameOf(Access access) {
  switch (access) {
    case Access::kAnonymous:
      return "anonymous";
    case Access::kUser:
      return "user";
    case Access::kAdmin:
      return "admin";
    case Access::kModule:
      return "module";
  }
  return "module";
}

}  // namespace parley
