// An ordered map of bytes that survives crashes: what Parley asks of a storage engine, and no more.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace parley::store {

// One change. No value: the key is deleted.
struct Write {
  std::string key;
  std::optional<std::string> value;
  bool operator==(const Write&) const = default;
};
using Batch = std::vector<Write>;

// Reads and one writer may run on different threads at once. A read error is not returned: it poisons the store
// (`failure()`), and what was read is to be thrown away. A poisoned store refuses all writes for ever.
class KeyValue {
 public:
  class Iterator {
   public:
    virtual ~Iterator() = default;
    // To the first key at or after `key`; to the last key at or before it.
    virtual void Seek(std::string_view key) = 0;
    virtual void SeekBack(std::string_view key) = 0;
    [[nodiscard]] virtual bool valid() const = 0;
    virtual void Next() = 0;
    virtual void Previous() = 0;
    // While valid, until the next move.
    [[nodiscard]] virtual std::string_view key() const = 0;
    [[nodiscard]] virtual std::string_view value() const = 0;
  };

  virtual ~KeyValue() = default;
  [[nodiscard]] virtual std::optional<std::string> Get(std::string_view key) = 0;
  // Over the state at the time of the call.
  [[nodiscard]] virtual std::unique_ptr<Iterator> Iterate() = 0;
  // All or nothing; durable when it returns. An error (kInternal) means that the store is poisoned: what was written
  // before is safe, what is written after may not be, so nothing is.
  [[nodiscard]] virtual Result<void> Commit(const Batch& batch) = 0;
  // Why nothing should be written just now, although the store is well: the disk is nearly full. Asked before changes
  // are made; looks at the disk at most every kRefusalEveryMs.
  [[nodiscard]] virtual std::optional<std::string> refusal() = 0;
  // Why the store is poisoned; nothing while it is well.
  [[nodiscard]] virtual std::optional<std::string> failure() const = 0;
  virtual void Poison(const std::string& reason) = 0;
};

struct LevelDbOptions {
  size_t cache_bytes = 64 << 20;
  // Twice this is kept in memory, and at most twice this is read again at a start.
  size_t write_buffer_bytes = 32 << 20;
  size_t reserve_bytes = 64 << 20;  // writes are refused when less than this is free on the disk
};

// LevelDB in the folder `path`, made when absent. kUnavailable when another process has it open.
Result<std::unique_ptr<KeyValue>> OpenLevelDb(const std::string& path, const LevelDbOptions& options);

// In memory, for tests and the simulator. What was committed is shared by all that were made from the same `disk`, so a
// "crash" is: destroy it, make another from the same disk.
struct MemoryDisk;
std::shared_ptr<MemoryDisk> MakeMemoryDisk();
std::unique_ptr<KeyValue> OpenMemory(std::shared_ptr<MemoryDisk> disk);

}  // namespace parley::store
