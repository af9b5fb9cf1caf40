#include "common/module/handover.h"

#include "common/base/log.h"
#include "common/module/ownership.h"
#include "common/module/slot_rows.h"

namespace parley::module {
namespace {

constexpr int kRowsRemovedAtOnce = 1'000;

std::string PrefixOf(Slot slot) { return std::string(1, static_cast<char>(slot)); }

template <class Body>
std::optional<Body> BodyOf(const wire::Envelope& envelope) {
  Result<Body> body = schema::Decode<Body>(envelope.body);
  if (body && body->slot >= 0 && body->slot < kSlots) return *std::move(body);
  LogError("What was said of a move of a slot cannot be read.");
  return std::nullopt;
}

}  // namespace

bool Handover::OnEnvelope(const wire::Envelope& envelope) {
  using wire::Kind;
  switch (envelope.kind) {
    case Kind::kCopy:
      if (const auto step = BodyOf<wire::MoveStep>(envelope)) OnCopy(*step);
      return true;
    case Kind::kPull:
      if (const auto pull = BodyOf<wire::SlotPart>(envelope)) OnPull(*pull, envelope.source);
      return true;
    case Kind::kPart:
      if (const auto part = BodyOf<wire::SlotPart>(envelope)) OnPart(*part, envelope);
      return true;
    case Kind::kRelease:
      if (const auto step = BodyOf<wire::MoveStep>(envelope)) OnRelease(*step);
      return true;
    case Kind::kResume:
      if (const auto step = BodyOf<wire::MoveStep>(envelope)) OnResume(*step);
      return true;
    case Kind::kCopyEnd:
      if (const auto step = BodyOf<wire::MoveStep>(envelope)) OnCopyEnd(*step);
      return true;
    default:
      return false;
  }
}

void Handover::Say(wire::Kind kind, int64_t move, Slot slot, const std::string& problem) {
  const std::string body = schema::Encode(wire::MoveStep{move, slot, {}, problem});
  wire::Envelope envelope;
  envelope.kind = kind;
  envelope.slot = slot;
  envelope.body = body;
  port_.SendNow(envelope);
}

// --- taking ---

void Handover::OnCopy(const wire::MoveStep& step) {
  const auto slot = static_cast<Slot>(step.slot);
  if (port_.Serves(slot)) return;
  if (const auto reason = port_.slot_store().refusal()) return Say(wire::Kind::kCopyEnd, step.move, slot, *reason);
  Discard(slot);
  taking_.insert_or_assign(slot, Taking(step.move, NodeId{std::strtoull(step.peer.c_str(), nullptr, 16)}));
}

void Handover::OnPart(const wire::SlotPart& part, const wire::Envelope& envelope) {
  const auto slot = static_cast<Slot>(part.slot);
  const auto it = taking_.find(slot);
  if (it == taking_.end() || it->second.move() != part.move || !it->second.Arrived(part.part)) return;
  if (const auto reason = port_.slot_store().refusal()) {
    taking_.erase(it);
    Discard(slot);
    return Say(wire::Kind::kCopyEnd, part.move, slot, *reason);
  }
  bool good = true;
  good = ReadRows(envelope.extra,
                  [&](std::string_view key, std::optional<std::string> value) {
                    const bool fits = MovesWithSlot(key) && key[0] == static_cast<char>(slot);
                    if (fits) port_.WriteRow(std::string(key), std::move(value));
                    good = good && fits;
                  }) &&
         good;
  if (!good) {
    taking_.erase(it);
    Discard(slot);
    return Say(wire::Kind::kCopyEnd, part.move, slot, "a part of it cannot be read");
  }
  if (part.last) port_.KeepCopy(slot, envelope.epoch);
  port_.AfterCommit([this, slot, part] { OnStored(slot, part); });
}

void Handover::OnStored(Slot slot, const wire::SlotPart& part) {
  const auto it = taking_.find(slot);
  if (it == taking_.end() || it->second.move() != part.move || it->second.part() != part.part) return;
  const bool caught_up = it->second.Stored(part.behind, part.last);
  if (caught_up) Say(wire::Kind::kCaughtUp, part.move, slot);
  if (part.last) Say(wire::Kind::kTaken, part.move, slot);
}

void Handover::OnCopyEnd(const wire::MoveStep& step) {
  const auto slot = static_cast<Slot>(step.slot);
  const auto it = taking_.find(slot);
  if (it == taking_.end() || it->second.move() != step.move) return;
  taking_.erase(it);
  Discard(slot);
}

void Handover::Tick(const Now& now) {
  int rows = kRowsRemovedAtOnce;
  for (auto it = unwanted_.begin(); it != unwanted_.end() && rows > 0;) {
    const Slot slot = *it;
    if (!RemoveSome(slot, rows)) {
      ++it;
      continue;
    }
    it = unwanted_.erase(it);
    if (emptied_.insert(slot).second) port_.AfterCommit([this, slot] { OnEmptied(slot); });
  }
  for (auto& [slot, taking] : taking_) {
    if (!taking.Ask(now.mono_ms)) continue;
    const std::string body = schema::Encode(wire::SlotPart{taking.move(), slot, taking.part(), false, false});
    wire::Envelope pull;
    pull.kind = wire::Kind::kPull;
    pull.slot = slot;
    pull.target = taking.from();
    pull.body = body;
    port_.SendNow(pull);
  }
}

// What was written to the slot before it was unwanted is in the store by now too.
void Handover::OnEmptied(Slot slot) {
  if (emptied_.erase(slot) == 0 || unwanted_.contains(slot)) return;
  const auto it = port_.slot_store().Iterate();
  for (it->Seek(PrefixOf(slot)); it->valid() && it->key()[0] == static_cast<char>(slot); it->Next()) {
    if (!MovesWithSlot(it->key())) continue;
    unwanted_.insert(slot);
    return;
  }
  if (const auto taking = taking_.find(slot); taking != taking_.end()) taking->second.Cleared();
}

bool Handover::RemoveSome(Slot slot, int& rows) {
  const auto it = port_.slot_store().Iterate();
  bool none = true;
  for (it->Seek(PrefixOf(slot)); it->valid() && it->key()[0] == static_cast<char>(slot); it->Next()) {
    if (!MovesWithSlot(it->key())) continue;
    none = false;
    if (--rows < 0) break;
    port_.WriteRow(std::string(it->key()), std::nullopt);
  }
  return none;
}

// --- giving ---

void Handover::OnPull(const wire::SlotPart& pull, NodeId from) {
  const auto slot = static_cast<Slot>(pull.slot);
  auto it = giving_.find(slot);
  if (it == giving_.end() || it->second.giving.move() < pull.move) {
    if (!port_.Serves(slot) || pull.part != 1) return;
    it = giving_.insert_or_assign(slot, Giver{Giving(pull.move, slot), from, 0}).first;
  }
  if (it->second.giving.move() != pull.move) return;
  it->second.asked = pull.part;
  Give(slot);
}

// Where there is nothing to tell yet, the answer waits for it.
void Handover::Give(Slot slot) {
  Giver& giver = giving_.at(slot);
  if (giver.asked == 0) return;
  const std::optional<Giving::Part> part = giver.giving.Get(giver.asked, port_.slot_store());
  if (!part) return;
  giver.asked = 0;
  const std::string body =
      schema::Encode(wire::SlotPart{giver.giving.move(), slot, part->number, part->behind, part->last});
  wire::Envelope envelope;
  envelope.kind = wire::Kind::kPart;
  envelope.slot = slot;
  envelope.epoch = port_.EpochOf(slot);
  envelope.target = giver.to;
  envelope.extra = part->rows;
  envelope.body = body;
  port_.SendNow(envelope);
}

void Handover::OnRelease(const wire::MoveStep& step) {
  const auto slot = static_cast<Slot>(step.slot);
  const auto it = giving_.find(slot);
  if (it == giving_.end() || it->second.giving.move() != step.move || it->second.giving.released()) return;
  if (!port_.Serves(slot)) return;
  port_.StopServing(slot);
  it->second.giving.Release(port_.CommitsUnderWay());
  Give(slot);
}

void Handover::OnResume(const wire::MoveStep& step) {
  const auto slot = static_cast<Slot>(step.slot);
  const auto it = giving_.find(slot);
  if (it == giving_.end() || it->second.giving.move() != step.move) return;
  const bool released = it->second.giving.released();
  giving_.erase(it);
  if (released) port_.ServeAgain(slot);
}

void Handover::OnCommitted(const store::Batch& batch) {
  for (auto& [slot, giver] : giving_) {
    giver.giving.OnCommitted(batch);
    Give(slot);
  }
}

bool Handover::Released(Slot slot) const {
  const auto it = giving_.find(slot);
  return it != giving_.end() && it->second.giving.released();
}

void Handover::Forget() {
  giving_.clear();
  for (const auto& [slot, taking] : taking_) {
    if (!port_.KeepsCopy(slot)) Discard(slot);
  }
  taking_.clear();
}

// --- what stays and what goes ---

void Handover::Discard(Slot slot) {
  giving_.erase(slot);
  unwanted_.insert(slot);
  port_.DropCopy(slot);
}

void Handover::Keep(Slot slot) {
  taking_.erase(slot);
  unwanted_.erase(slot);
  emptied_.erase(slot);
}

void Handover::Clean(const std::array<bool, kSlots>& kept) {
  for (int i = 0; i < kSlots; ++i) {
    if (!kept[static_cast<size_t>(i)]) unwanted_.insert(static_cast<Slot>(i));
  }
}

}  // namespace parley::module
