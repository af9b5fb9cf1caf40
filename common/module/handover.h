// A worker's part in moving slots (docs/decisions/0025): it gives slots away while it serves them, and takes slots that
// others serve. The bus decides which slot moves and when it changes hands; this decides what to say and what to write.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "common/base/now.h"
#include "common/module/giving.h"
#include "common/module/taking.h"
#include "common/wire/control.h"
#include "common/wire/envelope.h"

namespace parley::module {

class Handover {
 public:
  class Port {
   public:
    virtual ~Port() = default;
    virtual void SendNow(const wire::Envelope& envelope) = 0;
    // As part of the current turn.
    virtual void WriteRow(std::string key, std::optional<std::string> value) = 0;
    // `then` once the current turn is durable.
    virtual void AfterCommit(std::function<void()> then) = 0;
    [[nodiscard]] virtual int CommitsUnderWay() const = 0;
    [[nodiscard]] virtual store::KeyValue& slot_store() = 0;
    [[nodiscard]] virtual bool Serves(Slot slot) const = 0;
    // The slot is served no more, and may be taken back under the same epoch.
    virtual void StopServing(Slot slot) = 0;
    virtual void ServeAgain(Slot slot) = 0;
    [[nodiscard]] virtual Epoch EpochOf(Slot slot) const = 0;
    // What is here of the slot is, with the current turn, all that its primary of that epoch had: it must outlive this
    // process until the bus has said whose the slot is.
    virtual void KeepCopy(Slot slot, Epoch epoch) = 0;
    [[nodiscard]] virtual bool KeepsCopy(Slot slot) const = 0;
    virtual void DropCopy(Slot slot) = 0;
  };

  explicit Handover(Port& port) : port_(port) {}

  // False where it is no envelope about moving slots.
  bool OnEnvelope(const wire::Envelope& envelope);
  void OnCommitted(const store::Batch& batch);
  // Whoever knew of the moves knows them no more. Whole copies stay until it is known whose they are.
  void Forget();
  // About every 20 ms: removes what is not wanted, asks for what is.
  void Tick(const Now& now);

  // The slot is on its way to another worker, and stopped being served for that.
  [[nodiscard]] bool Released(Slot slot) const;
  // The slot is being copied here.
  [[nodiscard]] bool Takes(Slot slot) const { return taking_.contains(slot); }
  // The slot belongs to another worker now (or always did): what is here of it goes.
  void Discard(Slot slot);
  // The slot is this worker's: nothing of it goes.
  void Keep(Slot slot);
  // What an earlier life left in the slots that are not kept goes. Once, at the start.
  void Clean(const std::array<bool, kSlots>& kept);

 private:
  void OnCopy(const wire::MoveStep& step);
  void OnPull(const wire::SlotPart& pull, NodeId from);
  void OnPart(const wire::SlotPart& part, const wire::Envelope& envelope);
  void OnStored(Slot slot, const wire::SlotPart& part);
  void OnRelease(const wire::MoveStep& step);
  void OnResume(const wire::MoveStep& step);
  void OnCopyEnd(const wire::MoveStep& step);
  void Give(Slot slot);
  // At most `rows` of the slot, which becomes what is left of that; true when the slot has none any more.
  bool RemoveSome(Slot slot, int& rows);
  void OnEmptied(Slot slot);
  void Say(wire::Kind kind, int64_t move, Slot slot, const std::string& problem = {});

  // To whom the part asked last goes, once there is one.
  struct Giver {
    Giving giving;
    NodeId to;
    int64_t asked = 0;
  };

  Port& port_;
  std::map<Slot, Giver> giving_;
  std::map<Slot, Taking> taking_;
  std::set<Slot> unwanted_;  // slots with rows that go
  std::set<Slot> emptied_;   // of those, the ones without rows in the store; what is on its way to it may bring some
};

}  // namespace parley::module
