// user.search, and what keeps its index: user.index.
#include "common/base/limits.h"
#include "common/schema/page.h"
#include "modules/user/user.h"

namespace parley::user {
namespace {

// Where a page begins: after this handle.
struct Place {
  std::string prefix;
  std::string after;

  bool operator==(const Place&) const = default;
  static constexpr auto kFields = std::tuple{
      Required("p", &Place::prefix),
      Required("a", &Place::after),
  };
};

}  // namespace

void UserModule::TellIndex(Context& ctx, const UserHandle& user, const Account& account) {
  Index index{user, account.name, account.deleted()};
  ctx.Deliver(std::string_view(user.text()).substr(0, limits::kPrefixMin), index);
}

Result<FoundPage> UserModule::DoSearch(Context& ctx, const Search& request) {
  Place from{request.prefix, request.prefix};
  if (request.cursor) {
    TRY_ASSIGN(from, schema::ReadCursor<Place>(*request.cursor, ctx.now().wall_ms));
    if (from.prefix != request.prefix) return Fail(Code::kBadRequest, "cursor: belongs to another prefix");
  }
  FoundPage page;
  const size_t size = schema::PageSize(request.limit);
  ctx.view().ScanFrom<IndexRow>(
      IndexRow{from.after}, store::Order::kAscending, [&](const IndexRow& row, const Indexed& indexed) {
        if (request.cursor && row.user == from.after) return true;
        if (!row.user.starts_with(request.prefix)) return false;
        if (page.users.size() == size) {
          page.cursor = schema::MakeCursor(Place{request.prefix, page.users.back().user.text()}, ctx.now().wall_ms);
          return false;
        }
        page.users.push_back({UserHandle::Must(row.user), indexed.name.empty() ? row.user : indexed.name});
        return true;
      });
  return page;
}

// Each account's news arrive in order, each once: the outbox and the kit see to that.
Result<Done> UserModule::DoIndex(Context& ctx, const Index& request) {
  const IndexRow row{request.user.text()};
  if (request.gone) {
    ctx.view().Delete(row);
  } else {
    ctx.view().Put(row, Indexed{request.name});
  }
  return Done{};
}

}  // namespace parley::user
