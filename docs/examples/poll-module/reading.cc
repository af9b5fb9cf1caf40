// Showing and listing.
#include "ballot.h"
#include "common/schema/page.h"
#include "poll_module.h"
#include "rows.h"

namespace polls {

namespace {

constexpr size_t kPageBytesMax = 900 * 1024;

// Where the next page begins.
struct Place {
  int64_t number = 0;
  bool operator==(const Place&) const = default;
  static constexpr auto kFields = std::tuple{Required("n", &Place::number)};
};

}  // namespace

Task<Result<Seen>> PollModule::DoShow(Context& ctx, Show request) {
  CO_TRY(co_await MayRead(ctx, request.conversation));
  CO_TRY_ASSIGN(Poll poll, Find(ctx, request.conversation, request.poll));
  co_return SeenBy(ctx, std::move(poll));
}

Task<Result<PollsPage>> PollModule::DoList(Context& ctx, List request) {
  Place place;
  if (request.cursor) {
    CO_TRY_ASSIGN(place, parley::schema::ReadCursor<Place>(*request.cursor, ctx.now().wall_ms));
  }
  CO_TRY(co_await MayRead(ctx, request.conversation));
  if (!request.cursor) place.number = ctx.view().Get(CountsRow{request.conversation}).value_or(Counts{}).made;
  const size_t size = parley::schema::PageSize(request.limit);
  std::vector<Poll> found;
  size_t bytes = 0;
  std::optional<int64_t> next;
  ctx.view().ScanFrom(
      PollRow{request.conversation, static_cast<uint64_t>(place.number)}, parley::store::Order::kDescending,
      [&](const PollRow&, const Poll& poll) {
        if (request.open && poll.closed_ms) return true;
        bytes += parley::schema::Encode(poll).size();
        if (found.size() == size || (bytes > kPageBytesMax && !found.empty())) {
          next = poll.poll;
          return false;
        }
        found.push_back(poll);
        return true;
      },
      request.conversation);
  PollsPage page;
  for (Poll& poll : found) page.polls.push_back(SeenBy(ctx, std::move(poll)));
  if (next) page.cursor = parley::schema::MakeCursor(Place{*next}, ctx.now().wall_ms);
  co_return page;
}

}  // namespace polls
