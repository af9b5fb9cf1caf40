// One slot that another worker copies while this one serves it: parts of a scan over what is committed, and, behind the
// scan, whatever was committed since. Knows neither time nor the bus.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "common/base/slot.h"
#include "common/store/kv.h"

namespace parley::module {

class Giving {
 public:
  static constexpr size_t kPartBytes = 256 * 1024;  // or one row, if that is larger

  Giving(int64_t move, Slot slot);

  struct Part {
    int64_t number = 0;
    std::string rows;  // slot_rows.h
    bool behind = false;
    bool last = false;
  };
  // The part of that number, or nothing: there is nothing to tell yet, or it is no number that can come now. A part can
  // be had again until the next one was asked for: it may have been lost.
  std::optional<Part> Get(int64_t number, store::KeyValue& store);

  // A batch is in the store now.
  void OnCommitted(const store::Batch& batch);
  // Nothing more is written to the slot but by `commits` batches that are on their way.
  void Release(int commits);

  [[nodiscard]] int64_t move() const { return move_; }
  [[nodiscard]] bool released() const { return released_; }

 private:
  [[nodiscard]] bool Behind() const { return !scanned_ || !dirty_.empty(); }
  void Fill(Part& part, store::KeyValue& store);

  int64_t move_;
  Slot slot_;
  std::string next_;             // key at which the scan goes on
  bool scanned_ = false;         // it has seen the end of the slot
  std::set<std::string> dirty_;  // keys behind the scan that were written since
  std::optional<Part> part_;     // the last one given
  bool released_ = false;
  int commits_left_ = 0;
};

}  // namespace parley::module
