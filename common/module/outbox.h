// Durable intents: what one commit decided and another slot or module must learn. Each is a row, written with the
// effect that caused it, and removed when its receiver has acknowledged it.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "common/base/now.h"
#include "common/base/slot.h"
#include "common/schema/codec.h"
#include "common/store/view.h"
#include "common/wire/calls.h"

namespace parley::module {

// `message` of `message.send`.
[[nodiscard]] std::string_view ModuleOf(std::string_view method);

struct Intent {
  std::string key;     // routing key at the receiver
  std::string method;  // of the receiver; its module is the part before the '.'
  std::string user;    // on whose behalf; may be empty
  schema::Encoded arguments;
  static constexpr auto kFields = std::tuple{
      schema::Required("k", &Intent::key),
      schema::Required("m", &Intent::method),
      schema::Required("u", &Intent::user),
      schema::Required("a", &Intent::arguments),
  };
};

//   'O' number   an intent that has not been acknowledged. Numbers grow and are never used twice: epoch, slot, count
//   (24, 8 and 32 bits).
struct IntentRow {
  static constexpr char kTable = 'O';
  uint64_t number = 0;
  static constexpr auto kKey = std::tuple{&IntentRow::number};
  using Value = Intent;
};

// Delivers intents, one at a time per slot of origin and destination (module and key), until acknowledged. It decides;
// the worker calls and writes.
class Outbox final : public wire::CallListener {
 public:
  using Destination = std::tuple<Slot, std::string, std::string>;  // origin, module, key

  class Port {
   public:
    virtual ~Port() = default;
    virtual void StartCall(const wire::Envelope& request, int64_t ttl_ms, wire::CallListener& listener,
                           uint64_t tag) = 0;
    // Removes the row, as part of a turn.
    virtual void RemoveIntent(Slot slot, uint64_t number) = 0;
    // The intent has been acknowledged.
    virtual void OnDelivered(uint64_t number) = 0;
  };

  // Numbers are given once in a module, whichever worker has the slot: with its name they make request ids.
  Outbox(Port& port, std::string module) : port_(port), module_(std::move(module)) {}

  [[nodiscard]] static Destination DestinationOf(Slot slot, const Intent& intent);
  // Numbers for new intents of a slot, in its current epoch.
  uint64_t NextNumber(Slot slot, Epoch epoch);
  [[nodiscard]] static Slot SlotOfNumber(uint64_t number) { return static_cast<Slot>(number >> 32); }
  // Call once the row is durable.
  void Add(Slot slot, uint64_t number, Intent intent);
  // This worker became primary of the slot: everything stored there goes on.
  void Load(Slot slot, store::View& view);
  void Drop(Slot slot);
  void Tick(const Now& now);
  [[nodiscard]] bool Has(uint64_t number) const { return pending_.contains(number); }
  // The last that was added for this destination and is not acknowledged: the others go before it.
  [[nodiscard]] std::optional<uint64_t> LastTo(const Destination& to) const;
  [[nodiscard]] size_t size() const { return pending_.size(); }

  void OnCallReply(uint64_t number, const wire::CallReply& reply) override;

 private:
  struct Pending {
    Slot slot = 0;
    Intent intent;
    int64_t attempts = 0;
    int64_t retry_ms = 0;  // when to try again; 0: on its way, or waiting its turn
  };
  void Start(uint64_t number, Pending& pending);
  void Finish(uint64_t number);

  Port& port_;
  std::string module_;
  int64_t now_ms_ = 0;
  std::map<uint64_t, Pending> pending_;
  std::map<Destination, std::deque<uint64_t>> queues_;  // the first of each is on its way
  std::array<uint32_t, kSlots> counts_{};
  std::array<Epoch, kSlots> count_epochs_{};
};

}  // namespace parley::module
