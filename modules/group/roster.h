// One group, over the view of its slot: who belongs to it, and what follows from a change. Each change gives the group
// a new version, writes the rows, and sends the news through the outbox: to the message module, which records it and
// decides by it who reads and writes, and to the lists of the users whom it concerns. Knows nothing of who may change
// what: that is the handlers' part.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/module/context.h"
#include "modules/group/rows.h"
#include "modules/message/messages.h"

namespace parley::group {

inline constexpr int64_t kInvitedMs = 30 * 24 * 3'600'000LL;

class Roster {
 public:
  // kNotFound where there is no such group, or no more.
  static Result<Roster> Find(module::Context& ctx, const GroupHandle& handle);
  // The same where the caller may not know of it: a group for the invited alone.
  static Result<Roster> FindFor(module::Context& ctx, const GroupHandle& handle);
  // A new one, of the caller. The handle must not have been used.
  static Roster Create(module::Context& ctx, const GroupHandle& handle, Group group);

  [[nodiscard]] const GroupHandle& handle() const { return handle_; }
  [[nodiscard]] const Group& group() const { return group_; }
  [[nodiscard]] std::string name() const { return group_.name.empty() ? handle_.text() : group_.name; }
  [[nodiscard]] std::optional<MemberState> MemberOf(const UserHandle& user) const;
  [[nodiscard]] std::optional<Role> RoleOf(const UserHandle& user) const;
  [[nodiscard]] bool IsBanned(const UserHandle& user) const;
  // Within the 30 days.
  [[nodiscard]] std::optional<InviteState> InvitationOf(const UserHandle& user) const;
  [[nodiscard]] std::optional<RequestState> RequestOf(const UserHandle& user) const;
  [[nodiscard]] Info InfoFor(const UserHandle& user) const;
  // Who owns it after the owner: the oldest admin, else the oldest member, else nobody.
  [[nodiscard]] std::optional<UserHandle> NextOwner() const;
  // The owner's and the admins' topics, as many as there are.
  [[nodiscard]] std::vector<std::string> TopicsOfAdmins() const;

  // Changes. `by` is the caller unless given.
  void Admit(const UserHandle& user);
  void Invite(const UserHandle& user);
  void Ask(const UserHandle& user, std::optional<std::string> note);
  // The user's invitation and request are no more.
  void Withdraw(const UserHandle& user);
  void Remove(const UserHandle& user, message::GroupEvent event, std::string reason, const UserHandle& by);
  void SetBan(const UserHandle& user);
  void LiftBan(const UserHandle& user);
  void SetRole(const UserHandle& user, Role role);
  void Transfer(const UserHandle& user, const UserHandle& by);
  // Nobody: all but owner and admins.
  void Mute(const std::optional<UserHandle>& user, int64_t until_ms);
  void Update(const Group& group);
  void Dissolve(const UserHandle& by);
  // The account is deleted: membership, invitation and request end; what it owned passes on.
  void End(const UserHandle& user);

  // Writes the group. The answer of the handler is given when everybody has the news.
  void SaveAndAnswerAfter();
  // Nothing is to be done, because the user stands so already: the answer is given when everybody has the news of that.
  void AnswerAfterNewsOf(const UserHandle& user) const;
  // For handlers that are called by a delivery.
  void Save();

 private:
  Roster(module::Context& ctx, GroupHandle handle, Group group)
      : ctx_(&ctx), handle_(std::move(handle)), group_(std::move(group)) {}

  void Tell(message::GroupChange change);
  // How the user stands now, to the user's list and sessions.
  void TellUser(const UserHandle& user, Told told = Told::kNothing, const UserHandle& by = {},
                std::optional<std::string> reason = {});
  void TellIndex(bool shown);
  void PutMember(const UserHandle& user, const MemberState& member);
  void DropMember(const UserHandle& user, const MemberState& member);
  [[nodiscard]] SeniorRow SeniorOf(const MemberState& member) const;
  bool DropInvitationAndRequest(const UserHandle& user);

  module::Context* ctx_;
  GroupHandle handle_;
  Group group_;
  std::vector<module::Delivery> deliveries_;
};

}  // namespace parley::group
