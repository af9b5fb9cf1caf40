#include "modules/user/user.h"

#include <CLI/CLI.hpp>
#include <fstream>
#include <sstream>

#include "common/base/check.h"
#include "common/base/ids.h"
#include "common/base/limits.h"
#include "common/base/log.h"

namespace parley::user {
namespace {

using module::ByArgument;
using module::ByCaller;
using module::ByPrefix;
using module::ByTokenOwner;
using module::Effect;
using module::On;
using module::RouteExtras;

constexpr int64_t kBusyRetryMs = 1'000, kDiskRetryMs = 5'000;

std::string MakeDecoy(const HashCost& cost) {
  std::optional<std::string> hash = HashPassword(RandomText(32), cost);
  PARLEY_CHECK(hash.has_value());  // Check() has tried
  return *std::move(hash);
}

}  // namespace

Error Busy() {
  // Not all at the same time again.
  const auto spread_ms = static_cast<int64_t>(RandomU64() % kBusyRetryMs);
  return {Code::kOverloaded, "too many passwords to check; try again later", kBusyRetryMs + spread_ms};
}

Result<void> CheckDisk(const module::Context& ctx) {
  if (const auto reason = ctx.view().view().store().refusal()) return Fail(Code::kUnavailable, *reason, kDiskRetryMs);
  return {};
}

void UserModule::Options::AddTo(CLI::App& app) {
  app.add_option("--root-user", root_user, "handle of the administrator's account, made at the first start");
  app.add_option("--root-password-file", root_password_file,
                 "file with the root user's first password; a later change of it changes nothing");
  app.add_option("--hash-ops", hash.ops, "passes of Argon2id for new passwords")->check(CLI::Range(1, 100));
  app.add_option("--hash-memory-kib", hash.memory_kib, "KiB of memory of Argon2id for new passwords")
      ->check(CLI::Range(8, 4 << 20));
}

Result<void> UserModule::Options::Check() {
  if (!HashPassword("a password", hash)) {
    return Fail(Code::kInternal, fmt::format("There are no {} KiB of memory to hash a password with. Give the process "
                                             "more, or lower --hash-memory-kib.",
                                             hash.memory_kib));
  }
  if (root_user.empty() && root_password_file.empty()) return {};
  if (root_user.empty()) return Fail(Code::kBadRequest, "--root-password-file was given, but not --root-user.");
  if (root_password_file.empty())
    return Fail(Code::kBadRequest, "--root-user was given, but not --root-password-file.");
  if (const auto handle = UserHandle::Parse(root_user); !handle) {
    return Fail(Code::kBadRequest, fmt::format("--root-user {}: {}.", root_user, handle.error().message));
  }
  std::ifstream file(root_password_file);
  if (!file) {
    return Fail(Code::kBadRequest, fmt::format("The root user's password file {} cannot be read.", root_password_file));
  }
  std::getline(file, root_password);
  if (root_password.ends_with('\r')) root_password.pop_back();
  if (root_password.size() < limits::kPasswordMin || root_password.size() > limits::kPasswordMax) {
    return Fail(Code::kBadRequest,
                fmt::format("The first line of {} must be a password of {} to {} bytes; it has {}.", root_password_file,
                            limits::kPasswordMin, limits::kPasswordMax, root_password.size()));
  }
  return {};
}

UserModule::UserModule(module::Host& host, Options options)
    : host_(host),
      options_(std::move(options)),
      root_(options_.root_user.empty() ? UserHandle() : UserHandle::Must(options_.root_user)),
      decoy_(MakeDecoy(options_.hash)) {}

const std::vector<module::Route>& UserModule::routes() const {
  // Methods with a secret in them are kRepeatable: they see to repetitions themselves, so that no secret is kept.
  static const std::vector<module::Route> kRoutes = {
      On<&UserModule::DoRegister>(Access::kAnonymous, {ByArgument("user")}, Effect::kRepeatable,
                                  "Makes an account. Does not log in."),
      On<&UserModule::DoLogin>(Access::kAnonymous, {ByArgument("user")}, Effect::kRepeatable,
                               "Begins a session; the connection is the user's from now on."),
      On<&UserModule::DoResume>(Access::kAnonymous, {ByTokenOwner("token")}, Effect::kRepeatable,
                                "Goes on with a session on this connection; an older connection of it is closed."),
      On<&UserModule::DoLogout>(Access::kUser, {ByCaller()}, Effect::kRepeatable,
                                "Ends the session; its token is void, the connection anonymous again."),
      On<&UserModule::DoPassword>(Access::kUser, {ByCaller()}, Effect::kRepeatable,
                                  "Changes the password; all other sessions end."),
      On<&UserModule::DoProfile>(Access::kUser, {ByArgument("user"), ByCaller()}, Effect::kReads,
                                 "A user's profile; of oneself and of friends with presence."),
      On<&UserModule::DoUpdate>(Access::kUser, {ByCaller()}, Effect::kChanges,
                                "Changes one's profile; what is not given stays."),
      On<&UserModule::DoStatus>(Access::kUser, {ByCaller()}, Effect::kChanges,
                                "Says how available one is, on all devices, until changed."),
      On<&UserModule::DoSessions>(Access::kUser, {ByCaller()}, Effect::kReads, "One's sessions, on all devices."),
      On<&UserModule::DoRevoke>(Access::kUser, {ByCaller()}, Effect::kChanges,
                                "Ends one of one's sessions; its connection is closed."),
      On<&UserModule::DoSearch>(Access::kUser, {ByPrefix("prefix")}, Effect::kReads,
                                "Users whose handle begins with a prefix.", {.lane = wire::Lane::kBackground}),
      On<&UserModule::DoDelete>(Access::kUser, {ByCaller()}, Effect::kRepeatable,
                                "Deletes one's account for ever; the handle is never given out again."),
      On<&UserModule::DoAttach>(Access::kUser, {ByCaller()}, Effect::kRepeatable,
                                "A session has this connection now. Called by the server itself.", {.attach = true}),
      On<&UserModule::DoDetach>(Access::kUser, {ByCaller()}, Effect::kRepeatable,
                                "This connection has ended. Called by the server itself.", {.detach = true}),
      On<&UserModule::DoIndex>(Access::kModule, {ByPrefix("user")}, Effect::kChanges,
                               "What the search has to know of a user."),
      On<&UserModule::DoExists>(Access::kModule, {ByArgument("user")}, Effect::kReads,
                                "Whether a handle names somebody."),
      On<&UserModule::DoFriendship>(Access::kModule, {ByArgument("user")}, Effect::kSettles,
                                    "Who may see a user's presence, or may no more."),
      On<&UserModule::DoAvailability>(Access::kModule, {ByArgument("key")}, Effect::kReads,
                                      "Whether users of one slot are online, and their status."),
      On<&UserModule::DoSetBan>(Access::kModule, {ByArgument("user")}, Effect::kSettles,
                                "Bans a user, or lifts the ban; connections are closed."),
      On<&UserModule::DoDisconnect>(Access::kModule, {ByArgument("user")}, Effect::kRepeatable,
                                    "Closes a user's connections; the sessions stay."),
      On<&UserModule::DoSetRole>(Access::kModule, {ByArgument("user")}, Effect::kSettles,
                                 "Sets a user's role, in open sessions too."),
      On<&UserModule::DoAccounts>(Access::kModule, {ByArgument("key")}, Effect::kReads,
                                  "The accounts of one slot, as administrators see them."),
  };
  return kRoutes;
}

void UserModule::OnSlotGained(Slot slot) {
  presence_.ClearSlot(slot);
  leavers_.Forgot(slot, host_.now().mono_ms);
  if (!root_.empty() && slot == SlotOf(root_.text())) MakeRoot();
}

void UserModule::OnSlotLost(Slot slot) {
  presence_.ClearSlot(slot);
  leavers_.Forget(slot);
}

void UserModule::OnBusChanged() {
  for (int i = 0; i < kSlots; ++i) {
    const auto slot = static_cast<Slot>(i);
    presence_.ClearSlot(slot);
    if (host_.Owns(slot)) leavers_.Forgot(slot, host_.now().mono_ms);
  }
}

void UserModule::OnNodeGone(NodeId node) {
  for (int i = 0; i < kSlots; ++i) {
    const auto slot = static_cast<Slot>(i);
    const std::vector<Presence::Gone> gone = presence_.NodeGone(slot, node);
    if (gone.empty()) continue;
    host_.InSlot(slot, [&](Context& ctx) {
      for (const Presence::Gone& was : gone) NoteConnectionEnded(ctx, was.user, was.session);
    });
  }
}

void UserModule::OnTick(const Now& now) {
  // Again, in case that it could not be stored at the start.
  if (!root_.empty()) MakeRoot();
  sweep_.Step(host_, presence_);
  TellWhatIsDue(now);
}

// Hashes on the loop's thread: once in the life of a cluster, before anybody could log in.
void UserModule::MakeRoot() {
  host_.InSlot(SlotOf(root_.text()), [&](Context& ctx) {
    store::SlotView view = ctx.view();
    if (const std::optional<Account> account = view.Get(AccountRow{root_})) {
      if (!account->root && !root_warned_) {
        LogWarn("--root-user {}: that is somebody's account already, which was left as it is. Choose another handle.",
                root_.text());
        root_warned_ = true;
      }
      return;
    }
    std::optional<std::string> hash = HashPassword(options_.root_password, options_.hash);
    if (!hash) return;  // no memory at the moment; OnTick tries again
    Account account;
    account.created_ms = ctx.now().wall_ms;
    account.password = *std::move(hash);
    account.password_version = 1;
    account.admin = account.root = true;
    view.Put(AccountRow{root_}, account);
    TellIndex(ctx, root_, account);
    LogInfo("Made the root user {}.", root_.text());
  });
}

std::shared_ptr<PasswordWork> UserModule::NewWork() const {
  auto work = std::make_shared<PasswordWork>();
  work->cost = options_.hash;
  return work;
}

module::OffloadAwaiter UserModule::Run(Context& ctx, const std::shared_ptr<PasswordWork>& work) {
  return ctx.Offload([work] { work->Run(); });
}

}  // namespace parley::user
