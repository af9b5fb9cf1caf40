#include "modules/user/user.h"
#include "tests/conformance/modules.h"
#include "tests/conformance/shapes.h"

namespace parley::conformance {

ModuleShape User() {
  using namespace user;
  UserModule::Options options;
  options.hash = {1, 8};
  ModuleShape shape = ShapeOfModule<UserModule>(options);
  AddRequests<Register, Login, Resume, Logout, ChangePassword, GetProfile, Update, SetStatus, ListSessions, Revoke,
              Search, Delete, Attach, Detach, Index, Exists, Friendship, GetAvailability, SetBan, Disconnect, SetRole,
              Accounts>(shape.requests, shape.replies);
  shape.rows =
      RowShapes<AccountRow, BanRow, SessionRow, EndedRow, PasswordChangeRow, SeenRow, IndexRow, FriendRow, OnlineRow>();
  return shape;
}

}  // namespace parley::conformance
