// Between clients and the bus: reads what clients say, asks the modules, answers, and passes events on. The decisions
// of a frontend, without a socket or a clock: bytes and times go in; what is to be sent waits in the sessions' queues
// and leaves through the bus's port.
//
// It knows no module's messages. What a session is, and what it may hear, the modules say by directives.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "common/base/now.h"
#include "common/schema/rpc.h"
#include "common/wire/calls.h"
#include "common/wire/figures.h"
#include "common/wire/node.h"
#include "frontend/attachments.h"
#include "frontend/deadlines.h"
#include "frontend/fanout.h"
#include "frontend/limits.h"
#include "frontend/method_stats.h"
#include "frontend/routes.h"
#include "frontend/session_set.h"
#include "frontend/slab.h"
#include "frontend/traces.h"
#include "frontend/turns.h"

namespace parley::frontend {

struct GatewayOptions {
  Timeouts timeouts;
  OutBounds out;
  int in_flight_max = limits::kInFlightMax;
  int64_t user_rate = limits::kUserRate;
  int64_t user_burst = limits::kUserBurst;
  int64_t address_connections_max = 1'000;
  size_t request_bytes_max = 256 * 1024 * 1024;  // of all requests on their way
  uint64_t seed = 0;                             // of the jitter
};

// The process around the gateway.
class GatewayHost {
 public:
  // What waits to be sent to the bus is stale.
  virtual void OnBusLost() = 0;
  // The bus will not have this process: it should end.
  virtual void OnRefused(const std::string& reason) = 0;
  // An operator has this frontend drained: no new connections; or it takes part again.
  virtual void OnDrained(bool drained) = 0;

 protected:
  ~GatewayHost() = default;
};

struct GatewayCounts {
  uint64_t requests = 0, notifications = 0, errors = 0, events = 0, pushes = 0, resyncs = 0, malformed_events = 0;
  uint64_t received_bytes = 0, sent_bytes = 0;  // from clients, to clients
};

class Gateway : private wire::NodeListener, private wire::CallListener, private AttachListener {
 public:
  // All references must outlive it; `now` is read whenever it is called.
  Gateway(const GatewayOptions& options, wire::Registration registration, wire::BusPort& port, GatewayHost& host,
          const Now& now);

  // A new connection. `session` must stay where it is until OnGone. Where the process has no room for it, or its
  // address has too many, it is told so and closed. An empty address is not known yet: it comes with Introduce, before
  // any byte, or the session is closed as one that does not log in.
  void Open(Session& session, std::string address, bool no_room = false);
  void Introduce(Session& session, std::string address);
  // What came instead of an introduction was none: closed as `protocol`.
  void Reject(Session& session, std::string problem);
  void OnBytes(Session& session, std::string_view bytes);
  // The client sends nothing more: what it asked is answered, then the session closes.
  void OnHalfClose(Session& session);
  // The connection is no more. Nothing of the session is kept.
  void OnGone(Session& session);

  // The sessions that have something to send, were closed or are over. See SessionSet::TakeDirty.
  const std::vector<Session*>& TakeDirty() { return sessions_.TakeDirty(); }
  // Has TakeDirty name it.
  void Touch(Session& session) { sessions_.Touch(session); }
  // `bytes` of the session's queue went to the client; 0: it takes nothing now.
  void OnSent(Session& session, size_t bytes);

  void OnBatch(std::string_view batch) { node_.OnBatch(batch, now_); }
  // The bus does not keep up: new requests are refused until it does.
  void SetCongested(bool congested) { congested_ = congested; }
  // At least every 50 ms.
  void Tick();

  // The process leaves: answers what was asked, closes every session, and takes no new one.
  void Drain();
  [[nodiscard]] bool drained() const;
  // The last word to the bus.
  void LeaveBus() { node_.Leave(); }

  [[nodiscard]] bool ready() const { return node_.registered() && routes_ != nullptr; }
  // Why it should be sent no clients, as a sentence; empty: it should.
  [[nodiscard]] std::string NotReady() const;
  // Adds what it counts.
  void Report(metrics::Exposition& out) const;
  [[nodiscard]] const GatewayCounts& counts() const { return counts_; }
  [[nodiscard]] const SessionSet& sessions() const { return sessions_; }
  [[nodiscard]] size_t requests_on_their_way() const { return pending_.size(); }

 private:
  // A client's request on its way.
  struct Pending {
    uint64_t session = 0;
    uint32_t ticket = 0;
    uint32_t bytes = 0;
    bool background = false;
    std::string account;   // of a login: whose; counts when it fails
    RequestId trace = {};  // the request, if it is traced
  };

  // What clients say.
  bool OnMessage(Session& session, std::string_view bytes);
  void OnRequest(Session& session, const schema::RpcMessage& message);
  bool AnswerOwn(Session& session, const OpenRequest& request, const schema::RpcMessage& message);
  Result<const Route*> Admit(const Session& session, std::string_view method) const;
  void OnTrace(Session& session, const OpenRequest& request, const schema::RpcMessage& message);
  // `flags`: kTraced, or none.
  void Forward(Session& session, const OpenRequest& request, const Route& route, const schema::RpcMessage& message,
               uint8_t flags = 0);
  void Start(Pending pending, wire::Envelope& envelope, const OpenRequest& request, int64_t ttl_ms);
  void StartWaiting(Session& session);
  void ExpireWaiting();

  // Answers.
  void OnCallReply(uint64_t tag, const wire::CallReply& reply) override;
  void OnAnswer(const Pending& pending, const wire::CallReply& reply);
  void Answer(Session& session, const OpenRequest& request, std::string_view result);
  void Refuse(Session& session, const OpenRequest& request, const Error& error);
  void WriteResult(Session& session, const OpenRequest& request, std::string_view result);
  void WriteError(Session& session, const OpenRequest& request, const Error& error);
  // An open request was answered: pings that waited for it, leaving.
  void Settle(Session& session, uint32_t ticket);

  // Directives.
  bool Identify(Session& session, const wire::Identify& identify);
  // `own`: they came with an answer to the session itself.
  void Obey(Session& session, const wire::Directives& directives, bool own);
  void Subscribe(Session& session, const std::vector<std::string>& topics, bool own);
  std::vector<std::string> ForgetSubscriptions();
  void SendTopics(wire::Kind kind, std::vector<std::string> topics);
  void Unidentify(Session& session);
  void Close(Session& session, const wire::Close& close);
  void ReleaseHeld(Session& session);
  void OnAttached(Session& session, std::string_view directives) override;
  void OnAttachesDone(Session& session) override;

  // The bus.
  void OnRegistered(const std::string& bus_boot) override;
  void OnBusLost() override { host_.OnBusLost(); }
  void OnRefused(const std::string& reason) override { host_.OnRefused(reason); }
  void OnEnvelope(const wire::Envelope& envelope) override;
  void OnEvent(const wire::Envelope& event);
  void OnRoutes(const wire::Envelope& envelope);
  void OnDrain(const wire::Envelope& envelope);
  std::string TellFigures(const Now& now, int64_t up_ms) override;

  void OnDue(Session& session);
  void ResyncLater(Session& session);
  void ResyncNow(Session& session);
  void SendClientsAway();
  // For a client that comes back within `spread_ms` from the earliest moment.
  [[nodiscard]] wire::Close Draining(int64_t spread_ms);
  [[nodiscard]] uint32_t WaitedUs(const OpenRequest& request) const {
    return static_cast<uint32_t>(now_.mono_us) - request.since_us;
  }
  int64_t Jitter(int64_t most) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(most)); }

  const GatewayOptions options_;
  GatewayHost& host_;
  const Now& now_;
  wire::Node node_;
  wire::Calls calls_;
  SessionSet sessions_;
  Deadlines deadlines_;
  Topics topics_;
  Users users_;
  LoginGuard guard_;
  AddressLimit addresses_;
  Attachments attachments_;
  MethodStats stats_;
  Traces traces_;
  std::shared_ptr<const RouteTable> routes_;  // null: the bus has not told them yet
  Slab<Pending> pending_;
  Turns turns_;
  size_t pending_bytes_ = 0;  // of requests under way and of those that wait for their turn
  schema::Parser parser_;
  std::mt19937_64 random_;
  GatewayCounts counts_;
  wire::Meter meter_;
  int64_t logged_in_ = 0;  // sessions
  int64_t swept_ms_ = 0;
  bool congested_ = false;
  bool draining_ = false;
  bool leaving_ = false;  // and will not come back
  int64_t drain_began_ms_ = 0;
};

}  // namespace parley::frontend
