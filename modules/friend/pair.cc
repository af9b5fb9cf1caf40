#include "modules/friend/pair.h"

namespace parley::friends {
namespace {

Side OtherOf(Side side) { return side == Side::kFirst ? Side::kSecond : Side::kFirst; }

int64_t& RequestBy(Pair& pair, Side side) {
  return side == Side::kFirst ? pair.request_by_first_ms : pair.request_by_second_ms;
}

int64_t& BlockBy(Pair& pair, Side side) {
  return side == Side::kFirst ? pair.block_by_first_ms : pair.block_by_second_ms;
}

void DropRequest(Pair& pair) {
  pair.request_by_first_ms = pair.request_by_second_ms = 0;
  pair.note.reset();
}

Told Befriend(Pair& pair, int64_t now_ms) {
  DropRequest(pair);
  pair.since_ms = now_ms;
  return {News::kAccepted, News::kAccepted};
}

// Friendship and requests end. Who was asked hears that a request is taken back; who asked does not hear of a refusal.
Told EndAll(Pair& pair, Side by) {
  Told told;
  if (pair.friends()) told = {News::kRemoved, News::kRemoved};
  if (RequestBy(pair, by) != 0) told.other = News::kCancelled;
  pair.since_ms = 0;
  DropRequest(pair);
  return told;
}

tl::unexpected<Error> NoRequest(std::string_view whose) {
  return Fail(Code::kNotFound, "user: there is no request " + std::string(whose));
}

Result<Told> TakeRequest(Pair& pair, Side by, const std::optional<std::string>& note, int64_t now_ms) {
  if (pair.blocked()) return Fail(Code::kForbidden, "user: one of you blocks the other");
  if (pair.friends() || RequestBy(pair, by) != 0) return Told{};
  if (RequestBy(pair, OtherOf(by)) != 0) return Befriend(pair, now_ms);
  RequestBy(pair, by) = now_ms;
  pair.note = note;
  return Told{News::kNothing, News::kRequested};
}

}  // namespace

Side SideOf(const Conversation& pair, const UserHandle& user) {
  return pair.first() == user ? Side::kFirst : Side::kSecond;
}

Result<Told> Take(Pair& pair, Side by, Step step, const std::optional<std::string>& note, int64_t now_ms) {
  if (pair.gone) return Fail(Code::kNotFound, "user: no such user");
  switch (step) {
    case Step::kRequest:
      return TakeRequest(pair, by, note, now_ms);
    case Step::kAccept:
      if (pair.friends()) return Told{};
      if (RequestBy(pair, OtherOf(by)) == 0) return NoRequest("from them");
      return Befriend(pair, now_ms);
    case Step::kDecline:
      if (RequestBy(pair, OtherOf(by)) == 0) return NoRequest("from them");
      DropRequest(pair);
      return Told{};
    case Step::kCancel:
      if (RequestBy(pair, by) == 0) return NoRequest("to them");
      DropRequest(pair);
      return Told{News::kNothing, News::kCancelled};
    case Step::kRemove:
      if (!pair.friends()) return Told{};
      return EndAll(pair, by);
    case Step::kBlock:
      if (BlockBy(pair, by) != 0) return Told{};
      BlockBy(pair, by) = now_ms;
      return EndAll(pair, by);
    case Step::kUnblock:
      BlockBy(pair, by) = 0;
      return Told{};
  }
  return Fail(Code::kInternal, "no such step");
}

Told TakeGone(Pair& pair, Side gone) {
  const Told told = EndAll(pair, gone);
  pair.block_by_first_ms = pair.block_by_second_ms = 0;
  pair.gone = true;
  return told;
}

Listed ViewOf(const Conversation& name, const Pair& pair, const UserHandle& user, News news) {
  const Side own = SideOf(name, user);
  Pair seen = pair;
  Listed listed;
  listed.user = user;
  listed.peer = name.Other(user);
  listed.version = pair.version;
  if (pair.friends()) listed.since_ms = pair.since_ms;
  if (const int64_t ms = RequestBy(seen, own); ms != 0) listed.outgoing_ms = ms;
  if (const int64_t ms = RequestBy(seen, OtherOf(own)); ms != 0) listed.incoming_ms = ms;
  if (const int64_t ms = BlockBy(seen, own); ms != 0) listed.blocked_ms = ms;
  listed.note = pair.note;
  listed.gone = pair.gone;
  listed.news = news;
  return listed;
}

}  // namespace parley::friends
