// Telling the modules which sessions there are. A session that is identified is attached: every route marked `attach`
// is called for it, and once it ends every route marked `detach`. What the modules keep of it is soft, so it is told
// again when a slot's primary is another, when the bus is, and when a call failed. A slot that is known to be down is
// told when it is back: nobody's login waits for it.
#pragma once

#include <bitset>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/now.h"
#include "common/base/slot.h"
#include "common/wire/calls.h"
#include "frontend/routes.h"
#include "frontend/session_set.h"
#include "frontend/slab.h"

namespace parley::frontend {

// Whose session on which connection: what a module is told.
struct Identity {
  UserHandle user;
  std::string session;
  std::string address;
  uint64_t connection = 0;
};

class AttachListener {
 public:
  // A module answered; obey its directives (encoded; may be empty).
  virtual void OnAttached(Session& session, std::string_view directives) = 0;
  // No call of this session is on its way any more. Some may have failed: they are repeated.
  virtual void OnAttachesDone(Session& session) = 0;

 protected:
  ~AttachListener() = default;
};

class Attachments : private wire::CallListener {
 public:
  static constexpr size_t kOnTheirWayMax = 256;  // of those that nobody waits for
  static constexpr int64_t kAttachMs = 5'000, kDetachMs = 10'000;
  static constexpr int64_t kRetryMs = 1'000;
  static constexpr int kDetachTriesMax = 5;

  Attachments(wire::Calls& calls, SessionSet& sessions, const Now& now, AttachListener& listener)
      : calls_(calls), sessions_(sessions), now_(now), listener_(listener) {}

  // Sessions are attached to the attach routes that were not there before.
  void SetRoutes(std::shared_ptr<const RouteTable> routes);
  // Just identified: calls at once, but for slots that are down. False when there is nobody to call.
  bool Attach(Session& session);
  // The session's identity ends: forgets its calls on their way.
  void Cancel(Session& session);
  void Detach(const Identity& identity);
  // The primaries of these slots are new, or gone.
  void OnSlots(const wire::SlotsNotice& notice);
  // The bus is new: as AttachAll, and which slots are down it says anew.
  void OnBusChanged();
  // Events were lost: everybody, paced. Each gets session.resync after it.
  void AttachAll();
  void Tick();

  [[nodiscard]] size_t on_their_way() const { return calls_on_their_way_.size(); }
  [[nodiscard]] size_t waiting() const { return waiting_.size() + retries_.size(); }

 private:
  struct AttachCall {
    bool detach = false;
    uint64_t session = 0;  // attach
    Identity identity;     // detach
    std::string method;
    RequestId request;
    int tries = 0;
    bool paced = false;
  };
  struct Retry {
    int64_t due_ms;
    AttachCall call;
  };

  void OnCallReply(uint64_t tag, const wire::CallReply& reply) override;
  void StartAttach(Session& session, const Route& route, bool paced);
  void StartDetach(AttachCall call);
  void ForgetCalls(Session& session);
  RequestId Start(const Route& route, const Identity& identity, int64_t ttl_ms, uint32_t tag);
  [[nodiscard]] const Route* AttachRoute(std::string_view method) const;
  [[nodiscard]] bool IsDown(const std::string& module, Slot slot) const;
  // To be called when there is room; or, where its slot is down, once that is up again.
  void CallLater(const Session& session, const Route& route);
  void Pump();

  wire::Calls& calls_;
  SessionSet& sessions_;
  const Now& now_;
  AttachListener& listener_;
  std::shared_ptr<const RouteTable> routes_;
  Slab<AttachCall> calls_on_their_way_;
  size_t paced_on_their_way_ = 0;
  std::map<std::string, std::bitset<kSlots>> down_;     // by module: slots of which the bus said so
  std::set<std::pair<uint64_t, std::string>> owed_;     // session and method, not called because the slot is down
  std::set<std::pair<uint64_t, std::string>> waiting_;  // session and method, to be attached when there is room
  std::deque<Retry> retries_;                           // in order of time
};

}  // namespace parley::frontend
