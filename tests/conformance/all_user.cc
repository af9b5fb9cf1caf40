#include "modules/user/user.h"
#include "tests/conformance/modules.h"
#include "tests/conformance/shapes.h"

namespace parley::conformance {

ModuleShape User() {
  using namespace user;
  ModuleShape shape;
  UserModule::Options options;
  options.hash = {1, 8};
  shape.name = UserModule::kName;
  shape.module = std::make_unique<UserModule>(Nowhere(), options);
  AddRequests<Register, Login, Resume, Logout, ChangePassword, GetProfile, Update, SetStatus, ListSessions, Revoke,
              Search, Delete, Attach, Detach, Index, Exists, Friendship, GetAvailability, SetBan, Disconnect, SetRole,
              Accounts>(shape.requests, shape.replies);
  shape.rows =
      RowShapes<AccountRow, BanRow, SessionRow, EndedRow, PasswordChangeRow, SeenRow, IndexRow, FriendRow, OnlineRow>();
  return shape;
}

}  // namespace parley::conformance
