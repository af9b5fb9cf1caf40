// People who ask, accept, remove and block each other at random, and ask again under the same id until they know the
// end. They speak to the bus as one frontend does, which is never killed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/wire/calls.h"
#include "common/wire/node.h"
#include "modules/friend/messages.h"
#include "tests/sim/dice.h"
#include "tests/sim/network.h"

namespace parley::sim {

// Something one of them does about another.
struct FriendsAct {
  UserHandle by, other;
  friends::Step step = friends::Step::kRequest;
  std::string id;
  int64_t again_ms = 0;  // 0: on its way
  bool asked_again = false;

  [[nodiscard]] Conversation pair() const { return Conversation::Direct(by, other); }
};

class FriendsCrowd final : wire::BusPort, wire::NodeListener, wire::CallListener {
 public:
  // Hears of each act when it begins, and when its end is known: the error, if it was refused.
  struct Listener {
    std::function<void(const FriendsAct&)> began;
    std::function<void(const FriendsAct&, const std::optional<Error>&)> ended;
  };

  FriendsCrowd(std::vector<UserHandle> users, Dice& dice, Network& network, Listener listener);

  void Start(const Now& now);
  void Act();
  // What is to be asked again by now.
  void Go(const Now& now);
  void OnBatch(std::string_view batch, const Now& now);
  void EndTurn();

  [[nodiscard]] const std::string& identity() const { return identity_; }
  [[nodiscard]] bool idle() const { return acts_.empty(); }

 private:
  void Ask(uint64_t number);
  void Send(const wire::Envelope& envelope) override { wire::Append(saying_, envelope); }
  void SendEncoded(std::string_view envelopes) override { saying_.append(envelopes); }
  void OnRegistered(const std::string&) override { calls_->OnRegistered(now_); }
  void OnBusLost() override {}
  void OnRefused(const std::string&) override {}
  void OnEnvelope(const wire::Envelope& envelope) override;
  void OnCallReply(uint64_t number, const wire::CallReply& reply) override;

  const std::vector<UserHandle> users_;
  Dice& dice_;
  Network& network_;
  const Listener listener_;
  const int64_t ttl_ms_;
  std::string identity_, saying_;
  Now now_;
  std::unique_ptr<wire::Node> node_;
  std::unique_ptr<wire::Calls> calls_;
  std::map<uint64_t, FriendsAct> acts_;
  uint64_t last_ = 0;
};

}  // namespace parley::sim
