// user.sessions, user.revoke, and what frontends tell of connections: user.attach, user.detach.
#include <algorithm>
#include <tuple>

#include "common/base/limits.h"
#include "modules/user/session_life.h"
#include "modules/user/user.h"

namespace parley::user {

UserModule::Sessions UserModule::SessionsOf(const Context& ctx, const UserHandle& user) {
  Sessions sessions;
  ctx.view().Scan<SessionRow>(
      store::Order::kAscending,
      [&](const SessionRow& row, const Session& session) {
        sessions.emplace_back(row, session);
        return true;
      },
      user);
  return sessions;
}

void UserModule::MakeRoom(Context& ctx, const UserHandle& user, Sessions sessions) {
  const auto most = static_cast<size_t>(limits::kSessionsMax);
  if (sessions.size() < most) return;
  // Idle longest first: a session with a connection is not idle.
  std::ranges::sort(sessions, {}, [&](const auto& entry) {
    const auto& [row, session] = entry;
    return std::tuple(presence_.Connected(user, row.session), session.used_ms, session.since_ms, row.session);
  });
  std::vector<std::string> idle;
  for (size_t i = 0; i + most <= sessions.size(); ++i) idle.push_back(sessions[i].first.session);
  EndSessions(ctx, user, idle, "a newer login took its place");
}

void UserModule::EndSessions(Context& ctx, const UserHandle& user, const std::vector<std::string>& sessions,
                             std::string_view message) {
  store::SlotView view = ctx.view();
  Ended ended = view.Get(EndedRow{user}).value_or(Ended{});
  module::To connections;
  bool had_connection = false;
  for (const std::string& session : sessions) {
    const SessionRow row{user, session};
    if (!view.Has(row)) continue;
    view.Delete(row);
    had_connection |= presence_.End(user, session);
    ended.sessions.push_back(session);
    connections.topics.push_back(wire::SessionTopic(session));
  }
  if (connections.topics.empty()) return;
  const size_t kept = std::min(ended.sessions.size(), static_cast<size_t>(limits::kSessionsMax));
  ended.sessions.erase(ended.sessions.begin(), ended.sessions.end() - static_cast<ptrdiff_t>(kept));
  view.Put(EndedRow{user}, ended);
  if (had_connection) NoteSeen(ctx, user);
  connections.except_caller_connection = true;
  connections.directives.close = wire::Close{"revoked", std::string(message), 0};
  ctx.Direct(connections);
}

Result<SessionList> UserModule::DoSessions(Context& ctx, const ListSessions&) {
  TRY(FindOwn(ctx));
  SessionList list;
  for (const auto& [row, session] : SessionsOf(ctx, ctx.user())) {
    if (HasExpired(session.used_ms, ctx.now().wall_ms)) continue;
    const bool current = row.session == ctx.caller().session;
    const bool connected = current || presence_.Connected(ctx.user(), row.session);
    list.sessions.push_back({row.session, session.device, session.address, session.since_ms, connected, current});
  }
  std::ranges::stable_sort(list.sessions, {}, &SessionEntry::since_ms);
  return list;
}

Result<Done> UserModule::DoRevoke(Context& ctx, const Revoke& request) {
  TRY(FindOwn(ctx));
  if (!ctx.view().Has(SessionRow{ctx.user(), request.session})) {
    const Ended ended = ctx.view().Get(EndedRow{ctx.user()}).value_or(Ended{});
    if (std::ranges::find(ended.sessions, request.session) != ended.sessions.end()) return Done{};
    return Fail(Code::kNotFound, "session: no such session");
  }
  EndSessions(ctx, ctx.user(), {request.session}, "the session was ended from another device");
  if (request.session == ctx.caller().session) ctx.directives().anonymous = true;
  return Done{};
}

Result<Done> UserModule::DoAttach(Context& ctx, const Attach&) {
  const SessionRow row{ctx.user(), ctx.caller().session};
  std::optional<Session> session = ctx.view().Get(row);
  const std::optional<Account> account = Find(ctx, row.user);
  if (!session || !account) {
    ctx.directives().close = wire::Close{"revoked", "this session has ended; log in again", 0};
    return Done{};
  }
  if (const Result<void> allowed = CheckNotBanned(ctx, row.user); !allowed) {
    ctx.directives().close = wire::Close{"banned", allowed.error().message, 0};
    return Done{};
  }
  if (!presence_.Attach(row.user, row.session, ctx.caller().connection)) {
    ctx.directives().close = wire::Close{"replaced", "the session goes on with another connection", 0};
    return Done{};
  }
  // A role that changed while this connection was not listening.
  ctx.directives().identify = wire::Identify{row.user, row.session, account->admin};
  if (IsStale(session->used_ms, ctx.now().wall_ms)) {
    session->used_ms = ctx.now().wall_ms;
    ctx.view().Put(row, *session);
  }
  NoteConnected(ctx, row.user);
  return Done{};
}

Result<Done> UserModule::DoDetach(Context& ctx, const Detach&) {
  if (presence_.Detach(ctx.user(), ctx.caller().session, ctx.caller().connection)) {
    NoteConnectionEnded(ctx, ctx.user(), ctx.caller().session);
  }
  return Done{};
}

void UserModule::NoteConnectionEnded(Context& ctx, const UserHandle& user, const std::string& session) {
  const SessionRow row{user, session};
  if (std::optional<Session> stored = ctx.view().Get(row)) {
    stored->used_ms = ctx.now().wall_ms;
    ctx.view().Put(row, *stored);
  }
  NoteSeen(ctx, user);
}

void UserModule::NoteSeen(Context& ctx, const UserHandle& user) {
  if (presence_.Online(user)) return;
  ctx.view().Put(SeenRow{user}, Seen{ctx.now().wall_ms});
  leavers_.Left(user, ctx.now().mono_ms);
}

}  // namespace parley::user
