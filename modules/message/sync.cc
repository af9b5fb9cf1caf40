// The listing of a user's conversations, from the user's slot, and how each of them stands, from its own slot.
#include <algorithm>
#include <map>
#include <utility>

#include "common/schema/page.h"
#include "common/wire/publication.h"
#include "modules/message/listing.h"
#include "modules/message/members.h"
#include "modules/message/message.h"
#include "modules/message/unread.h"

namespace parley::message {
namespace {

constexpr size_t kPageBytesMax = 900 * 1024;
constexpr int64_t kUnreadMax = 100;
// Of one call to a slot: with previews, its answer stays under 1 MiB.
constexpr size_t kHeadsPerCall = 32;
// Calls on their way at once for one listing.
constexpr size_t kCallsAtOnce = 64;

// For so long after a group was left, sessions that attach are told not to hear it.
constexpr int64_t kOffToldMs = 3'600'000;

// Where a page ended.
struct Place {
  Conversation conversation;
  bool operator==(const Place&) const = default;
  static constexpr auto kFields = std::tuple{schema::Required("c", &Place::conversation)};
};

using HeadsCalls = std::vector<std::pair<std::string, Heads>>;

// One call per slot, or more where a slot has many.
HeadsCalls CallsFor(const std::vector<Conversation>& conversations, const UserHandle& user, bool previews) {
  std::map<Slot, std::vector<Conversation>> by_slot;
  for (const Conversation& conversation : conversations) by_slot[SlotOf(conversation.text())].push_back(conversation);
  HeadsCalls calls;
  for (const auto& [slot, all] : by_slot) {
    for (size_t from = 0; from < all.size(); from += kHeadsPerCall) {
      const size_t to = std::min(all.size(), from + kHeadsPerCall);
      Heads heads{all[from],
                  user,
                  {all.begin() + static_cast<ptrdiff_t>(from), all.begin() + static_cast<ptrdiff_t>(to)},
                  previews};
      calls.emplace_back(all[from].text(), std::move(heads));
    }
  }
  return calls;
}

}  // namespace

module::Task<Result<SyncReply>> MessageModule::DoSync(Context& ctx, Sync request) {
  std::optional<Conversation> after;
  if (request.cursor) {
    CO_TRY_ASSIGN(Place place, schema::ReadCursor<Place>(*request.cursor, ctx.now().wall_ms));
    after = std::move(place.conversation);
  }
  const size_t size = schema::PageSize(request.limit);
  Listing listing = ListAfter(ctx.view(), ctx.user(), after, size);
  // The announcements are everybody's, and first in the order of a list.
  const Conversation announcements = Conversation::Announcements();
  if (!after) listing.conversations.insert(listing.conversations.begin(), announcements);
  const HeadsCalls calls = CallsFor(listing.conversations, ctx.user(), request.previews);

  std::map<std::string, Overview> found;
  for (size_t from = 0; from < calls.size(); from += kCallsAtOnce) {
    const size_t to = std::min(calls.size(), from + kCallsAtOnce);
    const HeadsCalls wave(calls.begin() + static_cast<ptrdiff_t>(from), calls.begin() + static_cast<ptrdiff_t>(to));
    std::vector<Result<HeadsReply>> answers = co_await ctx.CallAll(wave);
    for (Result<HeadsReply>& answer : answers) {
      // A listing that lacks some would tell the client that they are no longer the caller's.
      if (!answer) co_return Fail(answer.error());
      for (Overview& overview : answer->conversations) {
        std::string name = overview.conversation.text();
        found.emplace(std::move(name), std::move(overview));
      }
    }
  }

  if (!after && listing.conversations.size() > size) {
    found.contains(announcements.text())
        ? listing.conversations.pop_back()
        : static_cast<void>(listing.conversations.erase(listing.conversations.begin()));
    listing.more = listing.more || found.contains(announcements.text());
  }

  SyncReply reply;
  bool more = listing.more;
  size_t bytes = 0;
  Place last;
  for (const Conversation& conversation : listing.conversations) {
    const auto overview = found.find(conversation.text());
    if (overview != found.end()) {
      bytes += schema::Encode(overview->second).size();
      more = more || bytes > kPageBytesMax;
      if (bytes > kPageBytesMax) break;
      reply.conversations.push_back(std::move(overview->second));
    }
    last.conversation = conversation;
  }
  if (more) reply.cursor = schema::MakeCursor(last, ctx.now().wall_ms);
  co_return reply;
}

Result<HeadsReply> MessageModule::DoHeads(Context& ctx, const Heads& request) {
  HeadsReply reply;
  for (const Conversation& conversation : request.conversations) {
    const Result<Seat> seat = MayRead(ctx.view(), request.user, conversation);
    if (!seat && conversation.is_group()) continue;  // still, or already, on the list
    if (!seat) return Fail(seat.error());
    if (SlotOf(conversation.text()) != ctx.slot()) return Fail(Code::kBadRequest, "conversations: of another slot");
    Log log(ctx.view(), conversation);
    if (!log.begun()) continue;
    const Cursor cursor = ctx.view().Get(CursorRow{conversation, request.user}).value_or(Cursor{});
    Overview overview;
    overview.conversation = conversation;
    overview.head = log.head();
    overview.read = cursor.read;
    overview.received = cursor.received;
    overview.floor = seat->floor;
    overview.unread = conversation.is_direct() ? log.UnreadAbove(cursor.read, request.user, kUnreadMax)
                                               : UnreadOf(log, seat->member.value_or(Member{}), cursor, kUnreadMax);
    if (cursor.muted_until_ms > ctx.now().wall_ms) overview.muted_until_ms = cursor.muted_until_ms;
    if (request.previews) {
      const std::optional<Stored> last = log.Get(log.head());
      if (last) overview.last = Show(conversation, {log.head(), *last}, request.user);
    }
    reply.conversations.push_back(std::move(overview));
  }
  return reply;
}

Result<Nothing> MessageModule::DoListAdd(Context& ctx, const ListAdd& request) {
  if (ctx.view().Has(GoneRow{request.user})) return Fail(Code::kNotFound, "user: no such user");
  const ListRow row{request.user, request.conversation};
  std::optional<Listed> listed = ctx.view().Get(row);
  if (!listed || request.version > listed->version) {
    listed = Listed{ctx.now().wall_ms, request.version, false, request.coming};
    ctx.view().Put(row, *listed);
  }
  if (!row.conversation.is_group() || listed->version != request.version || listed->off || request.coming) {
    return Nothing{};
  }
  if (std::exchange(listed->coming, false)) ctx.view().Put(row, *listed);
  module::To sessions;
  sessions.topics = {wire::UserTopic(request.user)};
  sessions.directives.subscribe = {wire::ConversationTopic(request.conversation)};
  ctx.Direct(sessions);
  return Nothing{};
}

Result<Nothing> MessageModule::DoListRemove(Context& ctx, const ListRemove& request) {
  const ListRow row{request.user, request.conversation};
  const std::optional<Listed> listed = ctx.view().Get(row);
  if (!listed || request.version > listed->version)
    ctx.view().Put(row, Listed{ctx.now().wall_ms, request.version, true});
  if (request.dissolved) {
    // A session that was attached since the end of the group was told of heard it: it was on the list until now.
    module::To sessions;
    sessions.topics = {wire::UserTopic(request.user)};
    sessions.directives.unsubscribe = {wire::ConversationTopic(request.conversation)};
    ctx.Direct(sessions);
  }
  return Nothing{};
}

// Also told again to sessions that a directive may have missed (a bus that died took it along): they are put right.
Result<Nothing> MessageModule::DoAttach(Context& ctx, const Attach&) {
  wire::Directives& directives = ctx.directives();
  directives.subscribe.push_back(wire::ConversationTopic(Conversation::Announcements()));
  // Groups come before direct conversations in the order of a list.
  ctx.view().Scan<ListRow>(
      store::Order::kAscending,
      [&](const ListRow& row, const Listed& listed) {
        if (!row.conversation.is_group()) return false;
        if (listed.coming) return true;
        if (!listed.off) {
          directives.subscribe.push_back(wire::ConversationTopic(row.conversation));
        } else if (ctx.now().wall_ms - listed.since_ms < kOffToldMs) {
          directives.unsubscribe.push_back(wire::ConversationTopic(row.conversation));
        }
        return true;
      },
      ctx.user());
  return Nothing{};
}

}  // namespace parley::message
