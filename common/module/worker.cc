#include "common/module/worker.h"

#include "common/base/check.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/module/ownership.h"
#include "common/wire/route_key.h"
#include "common/wire/trace.h"

namespace parley::module {
namespace {

constexpr int64_t kSecondMs = 1'000;
constexpr int kSweepRowsPerSecond = 2'000;
constexpr int64_t kDiskFullRetryMs = 5'000;
// What may be ready to leave before a background request is served: its answer can be a large page, and those of
// realtime requests would wait behind all of them.
constexpr size_t kBackgroundBytesMax = 1024 * 1024;
constexpr int kBackgroundPerTurn = 16;
constexpr int64_t kLateRetryMs = 1'000;
// A commit costs the same whatever it holds, and so does each hop of what it releases. After one of kBusyRequests the
// next one waits for more, until kGatherMs after the start of the last, or until it holds kFullRequests.
constexpr size_t kBusyRequests = 32, kFullRequests = 1'024;
constexpr int64_t kGatherMs = 4;

// The registration with the module's routes in it.
wire::Registration WithRoutes(wire::Registration registration, const Module& module) {
  for (const Route& route : module.routes()) registration.routes.push_back(route.row);
  return registration;
}

}  // namespace

Worker::Worker(wire::Registration registration, const std::function<std::unique_ptr<Module>(Host&)>& make,
               store::KeyValue& store, wire::BusPort& port, Executor& commits, Executor& helpers)
    : store_(store),
      view_(store),
      commits_(commits),
      helpers_(helpers),
      now_(),
      module_(make(*this)),
      name_(registration.name),
      module_name_(registration.module),
      node_(WithRoutes(registration, *module_), port, *this),
      identity_(node_.identity()),
      calls_(node_),
      outbox_(*this, registration.module),
      known_ids_(store, helpers),
      handover_(*this),
      port_(port) {
  for (const Route& route : module_->routes()) {
    PARLEY_CHECK(routes_.emplace(route.row.method, &route).second);  // one route per method
  }
  LoadHeld();
}

Worker::~Worker() { *alive_ = false; }

size_t Worker::slots() const {
  return static_cast<size_t>(std::ranges::count_if(owned_, [](Epoch epoch) { return epoch != 0; }));
}

size_t Worker::held() const {
  return static_cast<size_t>(std::ranges::count_if(held_epochs_, [](Epoch epoch) { return epoch != 0; }));
}

bool Worker::evacuated() const { return nobody_ || !assigned_ || held() == 0; }

bool Worker::idle() const {
  return background_.empty() && awaiting_.empty() && !committing_ && gathering_.empty() && !view_.has_writes();
}

std::optional<std::string> Worker::failure() const { return store_.failure(); }

std::string Worker::TellFigures(const Now& now, int64_t up_ms) {
  using enum wire::FigureKind;
  wire::Figures figures;
  figures.up_ms = up_ms;
  figures.figures = {{"requests", kCount, requests_},
                     {"commits", kCount, commits_done_},
                     {"asked_again", kCount, static_cast<int64_t>(calls_.resent())},
                     {"outbox", kGauge, static_cast<int64_t>(outbox_.size())},
                     {"waiting", kGauge, static_cast<int64_t>(awaiting_.size())},
                     {"bus_lost", kDrop, static_cast<int64_t>(node_.dropped())}};
  meter_.Rate(figures.figures, now);
  return schema::Encode(figures);
}

void Worker::OnBatch(std::string_view batch, const Now& now) {
  now_ = now;
  node_.OnBatch(batch, now);
}

void Worker::Tick(const Now& now) {
  now_ = now;
  node_.Tick(now);
  calls_.Tick(now);
  outbox_.Tick(now);
  known_ids_.Tick(now.wall_ms);
  if (!left_) handover_.Tick(now);
  if (now.mono_ms < next_second_ms_) return;
  next_second_ms_ = now.mono_ms + kSecondMs;
  Mark();
  sweep_.Step(view_, owned_, now, kSweepRowsPerSecond);
  module_->OnTick(now);
}

void Worker::OnRegistered(const std::string& bus_boot) {
  if (!bus_boot_.empty() && bus_boot != bus_boot_) module_->OnBusChanged();
  bus_boot_ = bus_boot;
  nobody_ = false;
  handover_.Forget();
  calls_.OnRegistered(now_);
}

void Worker::OnEnvelope(const wire::Envelope& envelope) {
  switch (envelope.kind) {
    case wire::Kind::kRequest:
      return envelope.lane == wire::Lane::kBackground ? OnBackground(envelope) : OnRequest(envelope);
    case wire::Kind::kAssign:
      if (const auto assignment = schema::Decode<wire::Assignment>(envelope.body)) OnAssignment(*assignment);
      return;
    case wire::Kind::kSlots:
      if (const auto notice = schema::Decode<wire::SlotsNotice>(envelope.body)) calls_.OnSlots(*notice, now_);
      return;
    case wire::Kind::kNodeGone:
      if (const auto gone = schema::Decode<wire::NodeGone>(envelope.body)) {
        module_->OnNodeGone(NodeId{std::strtoull(gone->node.c_str(), nullptr, 16)});
      }
      return;
    case wire::Kind::kLeaving:
      left_ = true;
      return;
    case wire::Kind::kNobody:
      nobody_ = true;
      return;
    case wire::Kind::kHop:
      return OnHop(envelope);
    default:
      if (!handover_.OnEnvelope(envelope)) calls_.OnEnvelope(envelope, now_);
  }
}

void Worker::OnAssignment(const wire::Assignment& assignment) {
  std::array<Epoch, kSlots> next{};
  for (const wire::SlotEpoch& slot : assignment.slots) {
    if (slot.slot >= 0 && slot.slot < kSlots) next[static_cast<size_t>(slot.slot)] = static_cast<Epoch>(slot.epoch);
  }
  int gained = 0, lost = 0;
  for (int i = 0; i < kSlots; ++i) {
    const auto slot = static_cast<Slot>(i);
    if (next[slot] == 0) {
      lost += owned_[slot] != 0;
      if (owned_[slot] != 0) LoseSlot(slot);
      if (held_epochs_[slot] != 0) DisownSlot(slot);
      if (copied_epochs_[slot] != 0 && !handover_.Takes(slot)) handover_.Discard(slot);
      continue;
    }
    // One that was released for a move is still this worker's, until it is another's or the bus gives it back.
    if (owned_[slot] == next[slot] || (handover_.Released(slot) && held_epochs_[slot] == next[slot])) continue;
    if (owned_[slot] != 0) LoseSlot(slot);
    GainSlot(slot, next[slot]);
    ++gained;
  }
  TellHeld();
  // Those that move come and go one by one: the bus tells of them together.
  if (gained + lost > 1 || !assigned_) LogInfo("Primary of {} slots: {} gained, {} lost.", slots(), gained, lost);
  assigned_ = true;
}

void Worker::GainSlot(Slot slot, Epoch epoch) {
  owned_[slot] = epoch;
  if (held_epochs_[slot] == 0 && copied_epochs_[slot] == 0) RemoveRemains(slot);
  copied_epochs_[slot] = 0;
  handover_.Keep(slot);
  if (held_epochs_[slot] != epoch) {
    // Durable before anything that is answered under this epoch: it is in the same batch, or in one before.
    held_epochs_[slot] = epoch;
    view_.Put(store::KeyOf(slot, OwnedRow{}), schema::Encode(Owned{static_cast<int64_t>(epoch)}));
  }
  known_ids_.Gain(slot);
  outbox_.Load(slot, view_);
  module_->OnSlotGained(slot);
}

void Worker::DisownSlot(Slot slot) {
  held_epochs_[slot] = 0;
  view_.Put(store::KeyOf(slot, OwnedRow{}), std::nullopt);
  handover_.Discard(slot);
}

void Worker::RemoveRemains(Slot slot) {
  view_.Scan(std::string(1, static_cast<char>(slot)), "", store::Order::kAscending, [&](std::string_view key, auto&&) {
    if (MovesWithSlot(key)) view_.Put(std::string(key), std::nullopt);
    return true;
  });
}

void Worker::KeepCopy(Slot slot, Epoch epoch) {
  copied_epochs_[slot] = epoch;
  view_.Put(store::KeyOf(slot, OwnedRow{}), schema::Encode(Owned{static_cast<int64_t>(epoch), true}));
  TellHeld();
}

void Worker::DropCopy(Slot slot) {
  if (std::exchange(copied_epochs_[slot], 0) == 0) return;
  view_.Put(store::KeyOf(slot, OwnedRow{}), std::nullopt);
  TellHeld();
}

void Worker::LoadHeld() {
  std::array<bool, kSlots> kept{};
  for (int i = 0; i < kSlots; ++i) {
    const auto slot = static_cast<Slot>(i);
    const std::optional<Owned> owned = store::SlotView(view_, slot).Get(OwnedRow{});
    kept[slot] = owned.has_value();
    if (owned) (owned->copy ? copied_epochs_ : held_epochs_)[slot] = static_cast<Epoch>(owned->epoch);
  }
  handover_.Clean(kept);
  TellHeld();
}

void Worker::TellHeld() {
  std::vector<wire::SlotEpoch> held, copies;
  for (int i = 0; i < kSlots; ++i) {
    const auto slot = static_cast<Slot>(i);
    if (held_epochs_[slot] != 0) held.push_back({slot, static_cast<int64_t>(held_epochs_[slot])});
    if (copied_epochs_[slot] != 0) copies.push_back({slot, static_cast<int64_t>(copied_epochs_[slot])});
  }
  node_.SetHeld(std::move(held), std::move(copies));
}

void Worker::Evacuate() {
  wire::Envelope envelope;
  envelope.kind = wire::Kind::kEvacuate;
  node_.Send(envelope);
}

void Worker::LoseSlot(Slot slot) {
  owned_[slot] = 0;
  known_ids_.Lose(slot);
  outbox_.Drop(slot);
  std::erase_if(held_, [&](const auto& entry) { return Outbox::SlotOfNumber(entry.first) == slot; });
  std::vector<uint64_t> gone;
  for (const auto& [number, invocation] : awaiting_) {
    if (invocation->slot_ == slot) gone.push_back(number);
  }
  for (const uint64_t number : gone) {
    const auto it = awaiting_.find(number);
    for (const ReplyTo& to : it->second->reply_to_) SayMoved(to, it->second->method_, slot, true);
    std::erase_if(waits_, [&](const auto& entry) { return entry.second.invocation == number; });
    if (!it->second->idempotence_key_.empty()) changing_.erase(it->second->idempotence_key_);
    awaiting_.erase(it);
    since_us_.erase(number);
  }
  module_->OnSlotLost(slot);
}

void Worker::OnBackground(const wire::Envelope& request) {
  // Its caller became impatient: the one that waits is answered.
  const auto is_same = [&](const Background& waiting) {
    return waiting.request == request.request && waiting.source == request.source;
  };
  if ((request.flags & wire::kResent) != 0 && std::ranges::any_of(background_, is_same)) return;
  Tell(AskerOf(request), request.method, "has it wait for its turn");
  Background waiting{{}, request.source, request.request, now_.mono_ms + request.ttl_ms};
  wire::Append(waiting.envelope, request);
  background_.push_back(std::move(waiting));
}

bool Worker::MayServeBackground() const {
  const size_t held = committing_ ? committing_->release.envelopes.size() : 0;
  return held + gathering_.envelopes.size() + port_.pending_bytes() < kBackgroundBytesMax;
}

// After all that is realtime, and no more in a turn than makes about kBackgroundBytesMax.
void Worker::ServeBackground() {
  for (int served = 0; served < kBackgroundPerTurn && !background_.empty() && MayServeBackground(); ++served) {
    const Background next = std::move(background_.front());
    background_.pop_front();
    const std::optional<wire::Envelope> request = wire::BatchReader(next.envelope).Next();
    if (now_.mono_ms < next.deadline_ms) {
      OnRequest(*request);
    } else {
      Refuse(*request, {Code::kUnavailable, "it could not be done before its deadline", kLateRetryMs});
    }
  }
}

void Worker::OnRequest(const wire::Envelope& request) {
  ++requests_;
  const LogRequest log(request.request);
  const ReplyTo asker = AskerOf(request);
  Tell(asker, request.method, "begins");
  if (owned_[request.slot] == 0 || owned_[request.slot] != request.epoch) {
    return SayMoved(asker, request.method, request.slot, false);
  }
  const auto found = routes_.find(request.method);
  if (found == routes_.end()) {
    return Refuse(request, {Code::kUnsupported, "no such method: " + std::string(request.method), 0});
  }
  const Route& route = *found->second;
  if (static_cast<int64_t>(request.role) < route.row.access) return RefuseRole(request, route);
  if (route.effect == Effect::kChanges || route.effect == Effect::kSettles) {
    // Modules' own calls finish what was begun, and may use the reserve.
    if (const auto reason = store_.refusal(); reason && request.role != Access::kModule) {
      return Refuse(request, {Code::kUnavailable, *reason, kDiskFullRetryMs});
    }
  }
  static constexpr std::string_view kEmptyMap = "\x80";
  const Result<schema::Value> arguments = parser_.Parse(request.body.empty() ? kEmptyMap : request.body);
  if (!arguments) return Refuse(request, arguments.error());
  // Where no key is found the arguments are wrong too, and decoding them says how.
  std::string key = wire::FindKey(route.row.key, *arguments, request.user).value_or("");
  if (!key.empty() && SlotOf(key) != request.slot && request.role != Access::kModule) {
    return Refuse(request, {Code::kBadRequest, "the request was sent to the wrong slot", 0});
  }
  auto invocation = std::make_unique<Invocation>(*this, request, std::move(key));
  invocation->arguments_ = *arguments;
  invocation->reply_to_.push_back(asker);
  Run(std::move(invocation), [&](Invocation& running) { route.run(*module_, running); });
}

void Worker::RefuseRole(const wire::Envelope& request, const Route& route) {
  const Error error{
      request.user.empty() ? Code::kUnauthenticated : Code::kForbidden,
      route.row.access == static_cast<int64_t>(Access::kAdmin) ? "only administrators may do that" : "not allowed", 0};
  if (route.row.audited) {
    Invocation invocation(*this, request, "");
    const schema::Value arguments = parser_.Parse(request.body).value_or(schema::Value());
    module_->OnRefused(invocation.context(), {request.method, arguments, error});
  }
  Refuse(request, error);
}

void Worker::Run(std::unique_ptr<Invocation> invocation, const std::function<void(Invocation&)>& run) {
  invocation->number_ = ++last_number_;
  ++gathered_;
  Mark();
  run(*invocation);
  invocation->arguments_ = {};
  if (invocation->finished_ && invocation->deliveries_open_ == 0) return;
  const uint64_t number = invocation->number_;
  if (!invocation->idempotence_key_.empty()) changing_.emplace(invocation->idempotence_key_, number);
  awaiting_.emplace(number, std::move(invocation));
  if (observer_ != nullptr) since_us_.emplace(number, now_.mono_us);
}

void Worker::InSlot(Slot slot, const std::function<void(Context&)>& fn) {
  if (!Owns(slot)) return;
  wire::Envelope request;
  request.slot = slot;
  request.role = Access::kModule;
  request.request = RequestId::Random();
  Invocation invocation(*this, request, "");
  fn(invocation.context());
}

uint64_t Worker::AddWaiting(const Invocation& invocation, std::function<void(const wire::CallReply*)> resume) {
  const uint64_t wait = ++last_wait_;
  waits_.emplace(wait, Waiting{invocation.number_, std::move(resume)});
  return wait;
}

void Worker::Resume(uint64_t wait, const wire::CallReply* reply) {
  const auto it = waits_.find(wait);
  if (it == waits_.end()) return;
  const Invocation* waiting = WaitingOf(wait);
  const LogRequest log(waiting == nullptr ? RequestId() : waiting->request_);
  if (waiting != nullptr) Tell(*waiting, "goes on");
  const auto resume = std::move(it->second.resume);
  waits_.erase(it);
  Mark();
  resume(reply);
}

void Worker::OnCallReply(uint64_t tag, const wire::CallReply& reply) { Resume(tag, &reply); }

void Worker::Tell(const Invocation& invocation, std::string_view what) {
  for (const ReplyTo& asker : invocation.reply_to_) Tell(asker, invocation.method_, what);
}

void Worker::SendHop(const ReplyTo& asker, std::string_view method, std::string_view what) {
  const Now now = clock_ ? clock_() : now_;
  std::string hop;
  wire::AppendHop(hop, {asker.node, asker.request}, {name_, std::string(what), std::string(method), now.wall_us});
  node_.SendEncoded(hop);
}

void Worker::OnHop(const wire::Envelope& hop) {
  const std::optional<uint64_t> wait = calls_.TagOf(hop.request, *this);
  const Invocation* waiting = wait ? WaitingOf(*wait) : nullptr;
  if (waiting == nullptr) return;
  for (const ReplyTo& to : waiting->reply_to_) {
    if (!to.traced) continue;
    wire::Envelope passed_on = hop;
    passed_on.target = to.node;
    passed_on.request = to.request;
    node_.Send(passed_on);
  }
}

const Invocation* Worker::WaitingOf(uint64_t wait) const {
  const auto waiting = waits_.find(wait);
  if (waiting == waits_.end()) return nullptr;
  const auto it = awaiting_.find(waiting->second.invocation);
  return it == awaiting_.end() ? nullptr : it->second.get();
}

bool Worker::AnsweredBefore(Invocation& invocation) {
  if (const auto it = changing_.find(invocation.idempotence_key_); it != changing_.end()) {
    // The same is being done right now: both get its answer.
    Invocation& first = *awaiting_.at(it->second);
    invocation.idempotence_key_.clear();
    if (first.method_ != invocation.method_ || first.arguments_hash_ != invocation.arguments_hash_) {
      invocation.Finish(Fail(Code::kConflict, "id: used before with another method or other arguments"));
      return true;
    }
    first.reply_to_.insert(first.reply_to_.end(), invocation.reply_to_.begin(), invocation.reply_to_.end());
    invocation.finished_ = true;
    return true;
  }
  if (!known_ids_.MayHave(invocation.slot_, invocation.idempotence_key_)) return false;
  const std::optional<std::string> bytes = view_.Get(invocation.idempotence_key_);
  if (!bytes) return false;
  const std::string key = std::exchange(invocation.idempotence_key_, {});
  const Result<Done> done = schema::Decode<Done>(*bytes);
  if (!done) {
    view_.Corrupt(key, done.error().message);
    invocation.Finish(Fail(Code::kInternal, "the store is corrupt"));
    return true;
  }
  if (done->time_ms < now_.wall_ms - limits::kRequestIdKeptMs) {
    invocation.idempotence_key_ = key;  // forgotten: as if it were new
    return false;
  }
  if (done->method != invocation.method_ || static_cast<uint64_t>(done->arguments_hash) != invocation.arguments_hash_) {
    invocation.Finish(Fail(Code::kConflict, "id: used before with another method or other arguments"));
    return true;
  }
  // Epochs, not times: the slot may have come from a host with another clock.
  if (invocation.resent_ && static_cast<Epoch>(done->epoch) < owned_[invocation.slot_]) {
    module_->OnAnsweredAgain(invocation.context_, done->result.bytes);
  }
  // What was done may still be on its way to others.
  std::vector<int64_t> undelivered;
  std::ranges::copy_if(done->after, std::back_inserter(undelivered),
                       [&](int64_t number) { return outbox_.Has(static_cast<uint64_t>(number)); });
  invocation.finished_ = true;
  if (!Hold(invocation, undelivered, done->result.bytes)) Answer(invocation, done->result.bytes);
  return true;
}

void Worker::Finish(Invocation& invocation, Result<std::string> result) {
  if (!result) {
    Rollback();
    if (const auto it = routes_.find(invocation.method_); it != routes_.end() && it->second->row.audited) {
      module_->OnRefused(invocation.context_, {invocation.method_, invocation.arguments_, result.error()});
    }
    return Answer(invocation, result);
  }
  if (!invocation.idempotence_key_.empty()) {
    const Done done{invocation.method_,       static_cast<int64_t>(invocation.arguments_hash_), {*result}, now_.wall_ms,
                    invocation.answer_after_, static_cast<int64_t>(owned_[invocation.slot_])};
    known_ids_.Add(invocation.idempotence_key_, now_.wall_ms);
    view_.Put(invocation.idempotence_key_, schema::Encode(done));
  }
  if (!Hold(invocation, invocation.answer_after_, *result)) Answer(invocation, result);
}

bool Worker::Hold(Invocation& invocation, const std::vector<int64_t>& deliveries, const std::string& result) {
  if (deliveries.empty()) return false;
  invocation.deliveries_open_ = deliveries.size();
  invocation.held_result_ = result;
  Tell(invocation, "waits until those concerned were told");
  for (const int64_t number : deliveries) held_[static_cast<uint64_t>(number)].push_back(invocation.number_);
  return true;
}

void Worker::Answer(Invocation& invocation, const Result<std::string>& result) {
  for (const ReplyTo& to : invocation.reply_to_) {
    Reply(to, invocation.method_, result, invocation.directives_, invocation.slot_);
  }
  const auto since = since_us_.find(invocation.number_);  // where it is not, it is of this turn
  NoteServed(invocation.method_, result ? std::nullopt : std::optional(result.error().code),
             since == since_us_.end() ? now_.mono_us : since->second);
  if (since != since_us_.end()) since_us_.erase(since);
  if (const auto it = awaiting_.find(invocation.number_); it != awaiting_.end()) {
    if (!invocation.idempotence_key_.empty()) changing_.erase(invocation.idempotence_key_);
    awaiting_.erase(it);  // the invocation and its coroutine end here
  }
}

void Worker::Mark() {
  view_.Mark();
  mark_envelopes_ = gathering_.envelopes.size();
  mark_then_ = gathering_.then.size();
  mark_intents_ = gathering_.intents.size();
  mark_served_ = gathering_.served.size();
  mark_traced_ = gathering_.traced.size();
}

// A handler that fails leaves nothing behind of what it did since it last awaited.
void Worker::Rollback() {
  view_.Rollback();
  gathering_.envelopes.resize(mark_envelopes_);
  gathering_.then.resize(mark_then_);
  gathering_.intents.resize(mark_intents_);
  gathering_.served.resize(mark_served_);
  gathering_.traced.resize(mark_traced_);
}

std::optional<uint64_t> Worker::LastIntentTo(const Outbox::Destination& to) const {
  for (const Release* release : {&gathering_, committing_ ? &committing_->release : nullptr}) {
    if (release == nullptr) continue;
    const auto last = std::ranges::find(release->intents.rbegin(), release->intents.rend(), to,
                                        [](const auto& intent) { return intent.first; });
    if (last != release->intents.rend()) return last->second;
  }
  return outbox_.LastTo(to);
}

void Worker::Reply(const ReplyTo& to, std::string_view method, const Result<std::string>& result,
                   const wire::Directives& directives, Slot slot) {
  std::string extra;
  wire::Envelope reply;
  reply.kind = wire::Kind::kReply;
  reply.request = to.request;
  reply.target = to.node;
  reply.connection = to.connection;
  reply.slot = slot;
  reply.epoch = owned_[slot];
  if (to.traced) {
    reply.flags |= wire::kTraced;
    reply.method = method;
    gathering_.traced.emplace_back(to, method);
  }
  if (result) {
    if (!directives.empty()) schema::EncodeTo(extra, directives);
    reply.extra = extra;
    reply.body = *result;
  } else {
    reply.code = static_cast<uint8_t>(result.error().code);
    reply.ttl_ms = static_cast<uint32_t>(result.error().retry_after_ms);
    reply.body = result.error().message;
    const LogRequest log(to.request);
    LogDebug("{} is refused: {}: {}.", method, NameOf(result.error().code), result.error().message);
  }
  wire::Append(gathering_.envelopes, reply);
}

void Worker::Refuse(const wire::Envelope& request, const Error& error) {
  Reply(AskerOf(request), request.method, Fail(error), {}, request.slot);
  NoteServed(request.method, error.code, now_.mono_us);
}

void Worker::NoteServed(std::string_view method, std::optional<Code> error, int64_t since_us) {
  if (observer_ == nullptr) return;
  const auto found = routes_.find(method);
  gathering_.served.push_back({found == routes_.end() ? nullptr : found->second, error, since_us});
}

void Worker::SayMoved(const ReplyTo& to, std::string_view method, Slot slot, bool begun) {
  wire::Envelope moved;
  moved.kind = wire::Kind::kMoved;
  if (begun) moved.flags |= wire::kBegun;
  if (to.traced) {
    moved.flags |= wire::kTraced;
    moved.method = method;
  }
  moved.request = to.request;
  moved.target = to.node;
  moved.connection = to.connection;
  moved.slot = slot;
  wire::Append(gathering_.envelopes, moved);
}

bool Worker::gathers() const {
  return !committing_ && view_.has_writes() && last_gathered_ >= kBusyRequests && gathered_ < kFullRequests &&
         now_.mono_ms - last_start_ms_ < kGatherMs;
}

void Worker::EndTurn() {
  ServeBackground();
  if (store_.failure()) return;  // nothing more is said
  if (!committing_) {
    if (gathers()) return;
    view_.has_writes() ? StartCommit() : ReleaseNow(std::exchange(gathering_, {}));
    return;
  }
  // What was only read rests on writes that are being committed, at most: it need not wait for the commit after.
  if (!view_.has_writes() && !gathering_.empty()) {
    committing_->release.envelopes += gathering_.envelopes;
    for (auto& then : gathering_.then) committing_->release.then.push_back(std::move(then));
    std::vector<Served>& served = committing_->release.served;
    served.insert(served.end(), gathering_.served.begin(), gathering_.served.end());
    for (auto& traced : gathering_.traced) committing_->release.traced.push_back(std::move(traced));
    gathering_ = {};
  }
}

void Worker::StartCommit() {
  last_gathered_ = std::exchange(gathered_, 0);
  last_start_ms_ = now_.mono_ms;
  committing_.emplace(Commit{view_.TakeTurn(), std::exchange(gathering_, {})});
  auto result = std::make_shared<Result<void>>();
  const store::Batch& batch = committing_->turn.batch;
  if (observer_ != nullptr) observer_->OnCommit(last_gathered_, batch.size());
  for (const auto& [asker, method] : committing_->release.traced) Tell(asker, method, "writes to the disk");
  const bool accepted = commits_.Run([this, result, &batch] { *result = store_.Commit(batch); },
                                     [this, result, alive = alive_] {
                                       if (*alive) OnCommitted(*result);
                                     });
  PARLEY_CHECK(accepted);  // one commit at a time
}

void Worker::OnCommitted(const Result<void>& result) {
  if (!result || store_.failure()) return;  // the store is poisoned; the process is about to end
  ++commits_done_;
  Commit commit = std::exchange(committing_, std::nullopt).value();
  view_.Committed(commit.turn);
  handover_.OnCommitted(commit.turn.batch);
  ReleaseNow(std::move(commit.release));
}

void Worker::ReleaseNow(Release release) {
  if (!release.served.empty()) observer_->OnReleased(release.served);
  for (const auto& [asker, method] : release.traced) Tell(asker, method, "answers");
  if (!release.envelopes.empty()) node_.SendEncoded(release.envelopes);
  for (const auto& then : release.then) then();
}

void Worker::StartCall(const wire::Envelope& request, int64_t ttl_ms, wire::CallListener& listener, uint64_t tag) {
  calls_.Start(request, ttl_ms, now_, listener, tag);
}

void Worker::RemoveIntent(Slot slot, uint64_t number) {
  Mark();
  view_.Put(store::KeyOf(slot, IntentRow{number}), std::nullopt);
}

void Worker::OnDelivered(uint64_t number) {
  const auto held = held_.find(number);
  if (held == held_.end()) return;
  const std::vector<uint64_t> waiting = std::move(held->second);
  held_.erase(held);
  for (const uint64_t invocation : waiting) {
    const auto it = awaiting_.find(invocation);
    if (it != awaiting_.end() && --it->second->deliveries_open_ == 0) Answer(*it->second, it->second->held_result_);
  }
}

}  // namespace parley::module
