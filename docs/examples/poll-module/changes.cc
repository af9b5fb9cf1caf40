// Asking, answering, closing.
#include <algorithm>
#include <set>

#include "ballot.h"
#include "poll_module.h"
#include "rows.h"

namespace polls {

using parley::Code;
using parley::Fail;

namespace {

Result<Nothing> CheckOptions(const std::vector<std::string>& options) {
  std::set<std::string_view> different;
  for (size_t i = 0; i < options.size(); ++i) {
    const std::string place = "options: number " + std::to_string(i + 1);
    if (options[i].empty()) return Fail(Code::kBadRequest, place + " is empty");
    if (options[i].size() > kOptionMax) return Fail(Code::kLimit, place + " has more than 100 bytes");
    if (!different.insert(options[i]).second) return Fail(Code::kBadRequest, place + " is there twice");
  }
  return Nothing{};
}

// What was chosen, ascending.
Result<std::vector<int64_t>> CheckChoice(const Poll& poll, std::vector<int64_t> options) {
  std::ranges::sort(options);
  for (const int64_t option : options) {
    if (option < 1 || option > static_cast<int64_t>(poll.options.size())) {
      return Fail(Code::kBadRequest, "options: " + std::to_string(option) + " is none of the poll's, which has 1 to " +
                                         std::to_string(poll.options.size()));
    }
  }
  if (std::ranges::adjacent_find(options) != options.end())
    return Fail(Code::kBadRequest, "options: one is there twice");
  if (options.size() > 1 && !poll.multiple) return Fail(Code::kBadRequest, "options: just one may be chosen here");
  return options;
}

void Count(Poll& poll, const std::vector<int64_t>& options, int64_t step) {
  for (const int64_t option : options) poll.options[static_cast<size_t>(option - 1)].votes += step;
  if (!options.empty()) poll.voters += step;
}

}  // namespace

Task<Result<Seen>> PollModule::DoCreate(Context& ctx, Create request) {
  CO_TRY(CheckOptions(request.options));
  CO_TRY(co_await MayAsk(ctx, request.conversation));
  const CountsRow row{request.conversation};
  Counts counts = ctx.view().Get(row).value_or(Counts{});
  if (counts.open >= kOpenMax) {
    co_return Fail(Code::kLimit, "conversation: at most 50 polls are open at a time; close some");
  }
  ++counts.made;
  ++counts.open;
  Poll poll;
  poll.conversation = request.conversation;
  poll.poll = counts.made;
  poll.question = std::move(request.question);
  for (std::string& text : request.options) poll.options.push_back({std::move(text), 0});
  poll.multiple = request.multiple;
  poll.by = ctx.user();
  poll.created_ms = ctx.now().wall_ms;
  ctx.view().Put(row, counts);
  ctx.view().Put(PollRow{poll.conversation, static_cast<uint64_t>(poll.poll)}, poll);
  Tell(ctx, poll);
  co_return Seen{std::move(poll), {}};
}

Task<Result<Seen>> PollModule::DoVote(Context& ctx, Vote request) {
  CO_TRY(co_await MayVote(ctx, request.conversation));
  CO_TRY_ASSIGN(Poll poll, Find(ctx, request.conversation, request.poll));
  CO_TRY_ASSIGN(std::vector<int64_t> chosen, CheckChoice(poll, std::move(request.options)));
  const VoteRow row{request.conversation, static_cast<uint64_t>(request.poll), ctx.user()};
  const Choice before = ctx.view().Get(row).value_or(Choice{});
  // What is so already is no change: also after the end, so that asking again is always safe.
  if (before.options == chosen) co_return Seen{std::move(poll), std::move(chosen)};
  if (poll.closed_ms) co_return Fail(Code::kConflict, "poll: it is closed");
  Count(poll, before.options, -1);
  Count(poll, chosen, +1);
  chosen.empty() ? ctx.view().Delete(row) : ctx.view().Put(row, Choice{chosen});
  ctx.view().Put(PollRow{request.conversation, static_cast<uint64_t>(request.poll)}, poll);
  Tell(ctx, poll);
  co_return Seen{std::move(poll), std::move(chosen)};
}

Task<Result<Seen>> PollModule::DoClose(Context& ctx, Close request) {
  CO_TRY(co_await MayRead(ctx, request.conversation));
  CO_TRY_ASSIGN(Poll poll, Find(ctx, request.conversation, request.poll));
  if (poll.by != ctx.user())
    co_return Fail(Code::kForbidden, "poll: only " + poll.by.text() + ", who asked, may close it");
  if (poll.closed_ms) co_return SeenBy(ctx, std::move(poll));
  poll.closed_ms = ctx.now().wall_ms;
  const CountsRow row{request.conversation};
  Counts counts = ctx.view().Get(row).value_or(Counts{});
  --counts.open;
  ctx.view().Put(row, counts);
  ctx.view().Put(PollRow{request.conversation, static_cast<uint64_t>(request.poll)}, poll);
  Tell(ctx, poll);
  co_return SeenBy(ctx, std::move(poll));
}

}  // namespace polls
