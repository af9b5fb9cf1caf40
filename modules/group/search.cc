// group.search, and what keeps its index: group.index. The index holds handles alone; names and numbers of members are
// asked of the groups, so that a join costs the index nothing.
#include <map>

#include "common/schema/page.h"
#include "modules/group/group.h"

namespace parley::group {
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

module::Task<Result<FoundPage>> GroupModule::DoSearch(Context& ctx, Search request) {
  if (!request.prefix.starts_with('#')) co_return Fail(Code::kBadRequest, "prefix: must begin with #");
  Place from{request.prefix, request.prefix};
  if (request.cursor) {
    CO_TRY_ASSIGN(from, schema::ReadCursor<Place>(*request.cursor, ctx.now().wall_ms));
    if (from.prefix != request.prefix) co_return Fail(Code::kBadRequest, "cursor: belongs to another prefix");
  }
  std::vector<GroupHandle> groups;
  FoundPage page;
  const size_t size = schema::PageSize(request.limit);
  ctx.view().ScanFrom<IndexRow>(
      IndexRow{from.after}, store::Order::kAscending, [&](const IndexRow& row, const Indexed&) {
        if (!row.group.starts_with(request.prefix)) return false;
        if (request.cursor && row.group == from.after) return true;
        if (groups.size() == size) {
          page.cursor = schema::MakeCursor(Place{request.prefix, groups.back().text()}, ctx.now().wall_ms);
          return false;
        }
        groups.push_back(GroupHandle::Must(row.group));
        return true;
      });
  const Result<std::map<std::string, Brief>> briefs = co_await BriefsOf(ctx, std::move(groups));
  if (!briefs) co_return Fail(briefs.error());
  for (const auto& [handle, brief] : *briefs) {
    if (!brief.hidden) page.groups.push_back({brief.group, brief.name, brief.members});
  }
  co_return page;
}

// Each group's news arrive in order, each once: the outbox and the kit see to that.
Result<Done> GroupModule::DoIndex(Context& ctx, const Index& request) {
  const IndexRow row{request.group.text()};
  if (request.gone) {
    ctx.view().Delete(row);
  } else {
    ctx.view().Put(row, Indexed{ctx.now().wall_ms});
  }
  return Done{};
}

}  // namespace parley::group
