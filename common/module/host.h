// What a worker offers its module beside the requests it hands it.
#pragma once

#include <functional>
#include <string_view>

#include "common/base/ids.h"
#include "common/base/now.h"
#include "common/base/slot.h"

namespace parley::module {

class Context;

// Slow work on helper threads. `work` runs there, `then` on the loop's thread.
class Executor {
 public:
  virtual ~Executor() = default;
  // False when too much waits already: nothing happens.
  [[nodiscard]] virtual bool Run(std::function<void()> work, std::function<void()> then) = 0;
};

class Host {
 public:
  virtual ~Host() = default;
  [[nodiscard]] virtual const Now& now() const = 0;
  // Whether this worker is the primary of a slot now.
  [[nodiscard]] virtual bool Owns(Slot slot) const = 0;
  // Runs `fn` with a context of its own, as a request of the module itself: what it writes is committed, what it
  // publishes is said after that. Nothing happens when the slot is not owned.
  virtual void InSlot(Slot slot, const std::function<void(Context&)>& fn) = 0;
};

}  // namespace parley::module
