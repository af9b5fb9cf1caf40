#include "tests/sim/friends_crowd.h"

#include "common/base/slot.h"
#include "common/schema/codec.h"

namespace parley::sim {
namespace {

constexpr size_t kAtOnce = 5;

template <class Request>
std::pair<std::string_view, std::string> As(const FriendsAct& act) {
  Request request;
  request.user = act.other;
  request.id = act.id;
  return {Request::kMethod, schema::Encode(request)};
}

std::pair<std::string_view, std::string> MethodOf(const FriendsAct& act) {
  switch (act.step) {
    case friends::Step::kRequest:
      return As<friends::Request>(act);
    case friends::Step::kAccept:
      return As<friends::Accept>(act);
    case friends::Step::kDecline:
      return As<friends::Decline>(act);
    case friends::Step::kCancel:
      return As<friends::Cancel>(act);
    case friends::Step::kRemove:
      return As<friends::Remove>(act);
    case friends::Step::kBlock:
      return As<friends::Block>(act);
    case friends::Step::kUnblock:
      return As<friends::Unblock>(act);
  }
  return {};
}

}  // namespace

FriendsCrowd::FriendsCrowd(std::vector<UserHandle> users, Dice& dice, Network& network, Listener listener)
    : users_(std::move(users)),
      dice_(dice),
      network_(network),
      listener_(std::move(listener)),
      ttl_ms_(dice.Percent(50) ? 10'000 : 2'500) {}

void FriendsCrowd::Start(const Now& now) {
  wire::Registration registration;
  registration.role = "frontend";
  registration.name = "crowd";
  registration.host = "sim";
  registration.version = PARLEY_VERSION;
  registration.boot = "1";
  wire::BusPort& port = *this;
  wire::NodeListener& listener = *this;
  node_ = std::make_unique<wire::Node>(registration, port, listener);
  calls_ = std::make_unique<wire::Calls>(*node_);
  identity_ = node_->identity();
  network_.Open(identity_);
  Go(now);
  EndTurn();
}

void FriendsCrowd::Act() {
  using friends::Step;
  if (acts_.size() >= kAtOnce) return;
  static constexpr std::array kSteps = {Step::kRequest, Step::kRequest, Step::kRequest, Step::kRequest, Step::kAccept,
                                        Step::kAccept,  Step::kDecline, Step::kDecline, Step::kCancel,  Step::kCancel,
                                        Step::kRemove,  Step::kRemove,  Step::kBlock,   Step::kUnblock, Step::kUnblock};
  FriendsAct act;
  act.by = dice_.Pick(users_);
  act.other = dice_.Pick(users_);
  if (act.by == act.other) return;
  act.step = dice_.Pick(kSteps);
  act.id = std::to_string(++last_);
  listener_.began(act);
  acts_.emplace(last_, std::move(act));
  Ask(last_);
}

void FriendsCrowd::Ask(uint64_t number) {
  FriendsAct& act = acts_.at(number);
  act.again_ms = 0;
  const auto [method, arguments] = MethodOf(act);
  wire::Envelope request;
  request.module = "friend";
  request.method = method;
  request.user = act.by.text();
  request.slot = SlotOf(request.user);
  request.role = Access::kUser;
  request.session = "s";
  request.address = "192.0.2.1";
  request.connection = 1;
  request.body = arguments;
  calls_->Start(request, ttl_ms_, now_, *this, number);
}

void FriendsCrowd::Go(const Now& now) {
  now_ = now;
  node_->Tick(now);
  calls_->Tick(now);
  for (auto& [number, act] : acts_) {
    if (act.again_ms != 0 && now.mono_ms >= act.again_ms) Ask(number);
  }
}

void FriendsCrowd::OnBatch(std::string_view batch, const Now& now) {
  now_ = now;
  node_->OnBatch(batch, now);
}

void FriendsCrowd::EndTurn() {
  if (!saying_.empty()) network_.Say(identity_, std::exchange(saying_, {}));
}

void FriendsCrowd::OnEnvelope(const wire::Envelope& envelope) {
  if (envelope.kind == wire::Kind::kSlots) {
    calls_->OnSlots(schema::Decode<wire::SlotsNotice>(envelope.body).value(), now_);
  } else {
    calls_->OnEnvelope(envelope, now_);
  }
}

void FriendsCrowd::OnCallReply(uint64_t number, const wire::CallReply& reply) {
  FriendsAct& act = acts_.at(number);
  if (reply.error && RowOf(reply.error->code).retryable) {
    act.again_ms = now_.mono_ms + dice_.Between(20, 1'000);
    act.asked_again = true;
    return;
  }
  const FriendsAct ended = std::move(act);
  acts_.erase(number);
  listener_.ended(ended, reply.error);
}

}  // namespace parley::sim
