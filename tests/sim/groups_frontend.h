// A frontend of the simulated cluster, as far as groups need one: one session for each user, which is attached, hears
// what modules have it hear, and asks one thing after the other on the user's behalf.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "common/base/handle.h"
#include "common/wire/calls.h"
#include "common/wire/node.h"
#include "common/wire/publication.h"
#include "tests/sim/network.h"

namespace parley::sim {

class GroupFrontend final : wire::BusPort, wire::NodeListener, wire::CallListener {
 public:
  struct Listener {
    // The end of a request: its answer, or an error.
    std::function<void(uint64_t tag, const Result<std::string>& result)> answered;
    // A session of the user was told something.
    std::function<void(const UserHandle& user, std::string_view method, std::string_view body)> told;
    std::function<void(const std::string& rule)> broken;
    // For who reads a trace.
    std::function<void(const std::string& what)> note;
  };

  GroupFrontend(std::string name, Network& network, Listener listener)
      : name_(std::move(name)), network_(network), listener_(std::move(listener)) {}

  void AddUser(const UserHandle& user) { sessions_[user]; }
  void Start(const Now& now);
  // Whatever was asked has an unknown end.
  void Kill(bool host);
  [[nodiscard]] bool alive() const { return node_ != nullptr; }
  [[nodiscard]] const std::string& identity() const { return identity_; }
  [[nodiscard]] bool Knows(std::string_view method) const { return routes_.contains(method); }

  void OnBatch(std::string_view batch, const Now& now);
  void Tick(const Now& now);
  void EndTurn();

  // Only methods that it Knows().
  void Ask(const UserHandle& user, uint64_t tag, std::string_view method, std::string_view arguments);
  [[nodiscard]] bool idle() const { return asked_.empty() && calls_->open() == 0; }
  // Every session is attached.
  [[nodiscard]] bool attached() const;
  [[nodiscard]] bool Hears(const UserHandle& user, const std::string& topic) const;

  int64_t paused_until_ms = 0;
  int64_t back_ms = 0;

 private:
  struct Session {
    std::set<std::string> topics;
    bool attached = false;
    bool attaching = false;
    RequestId attach;
  };

  void Send(const wire::Envelope& envelope) override { wire::Append(saying_, envelope); }
  void SendEncoded(std::string_view envelopes) override { saying_.append(envelopes); }
  void OnRegistered(const std::string& bus_boot) override;
  void OnBusLost() override {}
  void OnRefused(const std::string& reason) override { listener_.broken(name_ + " was refused: " + reason); }
  void OnEnvelope(const wire::Envelope& envelope) override;
  void OnCallReply(uint64_t tag, const wire::CallReply& reply) override;
  void OnEvent(const wire::Envelope& event);
  void AttachSome();
  void AttachAgain(const UserHandle& user, Session& session);
  void OnLost();
  void Obey(const UserHandle& user, Session& session, const wire::Directives& directives);
  void SendTopics(wire::Kind kind, const std::set<std::string>& topics);
  RequestId Call(const UserHandle& user, Access role, std::string_view method, std::string_view arguments,
                 uint64_t tag);

  const std::string name_;
  Network& network_;
  const Listener listener_;
  int lives_ = 0;
  std::string identity_, saying_;
  Now now_;
  std::unique_ptr<wire::Node> node_;
  std::unique_ptr<wire::Calls> calls_;
  std::map<std::string, wire::RouteRow, std::less<>> routes_;
  std::map<UserHandle, Session> sessions_;
  std::map<uint64_t, uint64_t> asked_;        // call → the asker's tag
  std::map<uint64_t, UserHandle> attaching_;  // call → whose session
  uint64_t last_call_ = 0;
};

}  // namespace parley::sim
